package io.holdfast.tools.command;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.Initial;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.RuleSpec;
import java.util.Locale;

/** How the parts of a table's definition are written on the command line, and read from it. */
final class TableArguments {
  private TableArguments() {}

  /** {@code eventual}, {@code bounded:4}, {@code sequential[:sum|mean[:BACKUP_WORKERS]]}. */
  static Consistency consistency(String text) {
    String[] parts = text.split(":", -1);
    if (text.equals("eventual")) {
      return Consistency.eventual();
    }
    if (parts[0].equals("bounded") && parts.length == 2) {
      return Consistency.bounded(whole(parts[1], text));
    }
    if (parts[0].equals("sequential") && parts.length <= 3) {
      var combine =
          parts.length == 1
              ? Consistency.Combine.SUM
              : choice(Consistency.Combine.class, parts[1], text);
      return new Consistency.Sequential(combine, parts.length == 3 ? whole(parts[2], text) : 0);
    }
    throw new IllegalArgumentException(
        "consistency '"
            + text
            + "' is not eventual, bounded:CLOCKS or sequential[:sum|mean[:BACKUP_WORKERS]]");
  }

  static String text(Consistency consistency) {
    if (consistency instanceof Consistency.Bounded bounded) {
      return "bounded:" + bounded.staleness();
    }
    if (consistency instanceof Consistency.Sequential sequential) {
      int backup = sequential.backupWorkers();
      return "sequential:" + lower(sequential.combine()) + (backup == 0 ? "" : ":" + backup);
    }
    return "eventual";
  }

  /**
   * {@code zero}, {@code constant:V}, {@code uniform:LOW,HIGH[,SEED]}, {@code
   * normal:MEAN,SD[,SEED]}.
   */
  static Initial initial(String text) {
    if (text.equals("zero")) {
      return Initial.ZERO;
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String[] numbers = text.substring(colon + 1).split(",", -1);
    if (colon > 0 && kind.equals("constant") && numbers.length == 1) {
      return new Initial.Constant(number(numbers[0], text));
    }
    if (colon > 0 && (numbers.length == 2 || numbers.length == 3)) {
      double first = number(numbers[0], text);
      double second = number(numbers[1], text);
      long seed = numbers.length == 3 ? whole(numbers[2], text) : 1;
      if (kind.equals("uniform")) {
        return new Initial.Uniform(first, second, seed);
      }
      if (kind.equals("normal")) {
        return new Initial.Normal(first, second, seed);
      }
    }
    throw new IllegalArgumentException(
        "initial value '"
            + text
            + "' is not zero, constant:V, uniform:LOW,HIGH[,SEED] or normal:MEAN,SD[,SEED]");
  }

  static String text(Initial initial) {
    if (initial instanceof Initial.Uniform uniform) {
      return "uniform:" + uniform.low() + "," + uniform.high() + "," + uniform.seed();
    }
    if (initial instanceof Initial.Normal normal) {
      return "normal:" + normal.mean() + "," + normal.standardDeviation() + "," + normal.seed();
    }
    double value = initial instanceof Initial.Constant constant ? constant.value() : 0;
    return value == 0 ? "zero" : "constant:" + value;
  }

  /** {@code NAME[:PARAMETER=VALUE[,PARAMETER=VALUE]...]}, such as {@code prox_l1:strength=0.1}. */
  static RuleSpec rule(String text) {
    int colon = text.indexOf(':');
    RuleSpec spec = RuleSpec.of(colon < 0 ? text : text.substring(0, colon));
    if (colon < 0) {
      return spec;
    }
    for (String pair : text.substring(colon + 1).split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "'" + text + "' is not like prox_l1:strength=0.1 or prox_elastic_net:l1=0.1,l2=1");
      }
      spec = spec.with(pair.substring(0, equals), number(pair.substring(equals + 1), text));
    }
    return spec;
  }

  static String text(RuleSpec spec) {
    var parameters = new StringBuilder();
    spec.parameters()
        .forEach(
            (name, value) ->
                parameters
                    .append(parameters.isEmpty() ? ':' : ',')
                    .append(name)
                    .append('=')
                    .append(value));
    return spec.name() + parameters;
  }

  static Durability durability(String text) {
    return choice(Durability.class, text, text);
  }

  static NanPolicy nanPolicy(String text) {
    return choice(NanPolicy.class, text, text);
  }

  /** An unsigned 64-bit key, decimal or {@code 0x} hexadecimal. */
  static long key(String text) {
    try {
      return text.startsWith("0x")
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "key '" + text + "' is no number within 0 and 2^64 - 1", e);
    }
  }

  static double number(String text, String whole) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' in '" + whole + "' is no number", e);
    }
  }

  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static int whole(String text, String whole) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' in '" + whole + "' is no whole number", e);
    }
  }

  private static <E extends Enum<E>> E choice(Class<E> type, String text, String whole) {
    for (E constant : type.getEnumConstants()) {
      if (lower(constant).equals(text)) {
        return constant;
      }
    }
    var known =
        java.util.Arrays.stream(type.getEnumConstants()).map(TableArguments::lower).toList();
    throw new IllegalArgumentException(
        "'" + text + "' in '" + whole + "' is none of " + String.join(", ", known));
  }
}
