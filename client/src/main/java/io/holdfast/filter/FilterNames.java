package io.holdfast.filter;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** {@link Filters} as a text and back. */
final class FilterNames {
  static final String NONE = "none";
  static final String ERROR_FEEDBACK = "error-feedback";

  private static final String PUSH = "push=";
  private static final String PULL = "pull=";
  private static final String CACHE_KEYS = "cache-keys";
  private static final String SKIP_ZEROS = "skip-zeros";
  private static final String KNOWN =
      "cache-keys, zstd, lz4, bf16, f16, int8, skip-zeros (of pushes and pulls; with push= or pull="
          + " before it of one of them), error-feedback, significant:NORM, significant-share:SHARE,"
          + " top-k:FRACTION, skip:PROBABILITY[:SEED], kkt:THRESHOLD, none";

  private FilterNames() {}

  static Filters parse(String text) {
    var filters = Filters.builder();
    Encoding push = Encoding.PLAIN;
    Encoding pull = Encoding.PLAIN;
    for (String part : text.split(",", -1)) {
      String name = part.strip();
      if (name.equals(ERROR_FEEDBACK)) {
        filters.errorFeedback(true);
      } else if (name.contains(":")) {
        filters.push(pushFilter(name));
      } else if (!name.equals(NONE) && !name.isEmpty()) {
        boolean pushOnly = name.startsWith(PUSH);
        boolean pullOnly = name.startsWith(PULL);
        UnaryOperator<Encoding> change =
            change(pushOnly || pullOnly ? name.substring(PUSH.length()) : name);
        push = pullOnly ? push : change.apply(push);
        pull = pushOnly ? pull : change.apply(pull);
      }
    }
    return filters.pushEncoding(push).pullEncoding(pull).build();
  }

  private static UnaryOperator<Encoding> change(String name) {
    for (Compression compression : Compression.values()) {
      if (compression != Compression.NONE && name.equals(name(compression))) {
        return encoding -> encoding.withCompression(compression);
      }
    }
    for (NumberFormat format : NumberFormat.values()) {
      if (format != NumberFormat.PLAIN && name.equals(name(format))) {
        return encoding -> encoding.withFormat(format);
      }
    }
    return switch (name) {
      case CACHE_KEYS -> encoding -> encoding.withCacheKeys(true);
      case SKIP_ZEROS -> encoding -> encoding.withSkipZeroRows(true);
      default -> throw unknown(name);
    };
  }

  private static PushFilter pushFilter(String name) {
    String[] parts = name.split(":", -1);
    boolean isSkip = parts[0].equals("skip");
    if (parts.length > (isSkip ? 3 : 2)) {
      throw unknown(name);
    }
    try {
      double number = Double.parseDouble(parts[1]);
      return switch (parts[0]) {
        case "significant" -> new SignificantlyModified(number, /* relative= */ false);
        case "significant-share" -> new SignificantlyModified(number, /* relative= */ true);
        case "top-k" -> new TopK(number);
        case "skip" -> new RandomSkip(number, parts.length == 3 ? Long.parseLong(parts[2]) : 0);
        case "kkt" -> new Kkt(number);
        default -> throw unknown(name);
      };
    } catch (NumberFormatException e) {
      throw unknown(name);
    }
  }

  /** The names of encodings; what both directions have has no prefix. */
  static List<String> encodings(Encoding push, Encoding pull) {
    var names = new ArrayList<String>();
    List<String> ofPush = names(push);
    List<String> ofPull = names(pull);
    for (String name : ofPush) {
      names.add(ofPull.contains(name) ? name : PUSH + name);
    }
    for (String name : ofPull) {
      if (!ofPush.contains(name)) {
        names.add(PULL + name);
      }
    }
    return names;
  }

  private static List<String> names(Encoding encoding) {
    var names = new ArrayList<String>();
    if (encoding.cacheKeys()) {
      names.add(CACHE_KEYS);
    }
    if (encoding.skipZeroRows()) {
      names.add(SKIP_ZEROS);
    }
    if (encoding.compression() != Compression.NONE) {
      names.add(name(encoding.compression()));
    }
    if (encoding.format() != NumberFormat.PLAIN) {
      names.add(name(encoding.format()));
    }
    return names;
  }

  private static String name(Compression compression) {
    return switch (compression) {
      case NONE -> NONE;
      case LZ4 -> "lz4";
      case ZSTD -> "zstd";
    };
  }

  private static String name(NumberFormat format) {
    return switch (format) {
      case PLAIN -> NONE;
      case BFLOAT16 -> "bf16";
      case FLOAT16 -> "f16";
      case INT8 -> "int8";
    };
  }

  private static HoldfastException unknown(String name) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT, "there is no filter '" + name + "'; there are: " + KNOWN);
  }
}
