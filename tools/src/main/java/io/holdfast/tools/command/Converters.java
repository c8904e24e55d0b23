package io.holdfast.tools.command;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.Initial;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.RuleSpec;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@link TableArguments} for picocli: a wrong argument is a usage error with its own message. */
public final class Converters {
  private Converters() {}

  private static <T> T converted(String text, Function<String, T> reading) {
    try {
      return reading.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  /** A consistency model as {@link OfConsistency} reads it. */
  public static String text(Consistency consistency) {
    return TableArguments.text(consistency);
  }

  static final class OfInitial implements ITypeConverter<Initial> {
    @Override
    public Initial convert(String text) {
      return converted(text, TableArguments::initial);
    }
  }

  static final class OfRule implements ITypeConverter<RuleSpec> {
    @Override
    public RuleSpec convert(String text) {
      return converted(text, TableArguments::rule);
    }
  }

  /** When a push is acknowledged. */
  public static final class OfDurability implements ITypeConverter<Durability> {
    @Override
    public Durability convert(String text) {
      return converted(text, TableArguments::durability);
    }
  }

  /** A consistency model. */
  public static final class OfConsistency implements ITypeConverter<Consistency> {
    @Override
    public Consistency convert(String text) {
      return converted(text, TableArguments::consistency);
    }
  }

  static final class OfNanPolicy implements ITypeConverter<NanPolicy> {
    @Override
    public NanPolicy convert(String text) {
      return converted(text, TableArguments::nanPolicy);
    }
  }

  static final class OfKey implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return converted(text, TableArguments::key);
    }
  }
}
