package io.holdfast.tools.capture;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times as settings have them, such as {@code 10m}. */
final class Amounts {
  private static final String KEY = "amount";

  private Amounts() {}

  /** A time. */
  static final class OfTime implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        var time = ConfigFactory.parseMap(Map.of(KEY, text)).getDuration(KEY);
        if (time.isNegative() || time.isZero()) {
          throw new TypeConversionException("'" + text + "' is not above 0");
        }
        return time;
      } catch (ConfigException e) {
        throw new TypeConversionException("'" + text + "' is no time such as 10m");
      }
    }
  }
}
