package io.holdfast.filter;

import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What makes a worker's pushes and pulls of one table smaller: filters that decide which rows of a
 * push travel now, how pushes are encoded, and how the answers to pulls are. Immutable; given to
 * {@code Worker.table}.
 *
 * <p><b>What is held back is part of the worker.</b> It is carried over to the next push of the
 * same key, sent as it is by {@code Worker.flush}, {@code Worker.leave} and {@code Table.release},
 * saved with the worker's clock by {@code Worker.tick(byte[])}, and there again when the worker
 * resumes. A worker that dies and does not resume takes it along.
 *
 * <p><b>Which tables.</b> Filters of pushes, and encodings that lose precision, need float32 values
 * and a rule that adds up what is pushed in some way: all but {@code assign}. Whether a plug-in's
 * rule suits is for its user to know.
 *
 * <p><b>As a text</b>, names separated by commas, such as {@code "cache-keys,zstd,bf16,kkt:1"}; see
 * {@link #parse}.
 */
public final class Filters {
  /** Everything travels as it is. */
  public static final Filters NONE = builder().build();

  private final List<PushFilter> pushFilters;
  private final Encoding pushEncoding;
  private final Encoding pullEncoding;
  private final boolean errorFeedback;

  private Filters(Builder built) {
    this.pushFilters = List.copyOf(built.pushFilters);
    this.pushEncoding = built.pushEncoding;
    this.pullEncoding = built.pullEncoding;
    this.errorFeedback = built.errorFeedback;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Reads a list of names, separated by commas. Those of encodings are for pushes and pulls, or
   * with {@code push=} or {@code pull=} before them for one of the two.
   *
   * <ul>
   *   <li>{@code cache-keys}: a list of keys that the server has seen is sent as a digest
   *   <li>{@code zstd}, {@code lz4}: values are compressed
   *   <li>{@code bf16}, {@code f16}, {@code int8}: values are rounded to two bytes or one
   *   <li>{@code skip-zeros}: one bit in place of a row of zeros
   *   <li>{@code error-feedback}: what rounding leaves of a pushed row is added to its next push
   *   <li>{@code significant:NORM}, {@code significant-share:SHARE}: {@link SignificantlyModified}
   *   <li>{@code top-k:FRACTION}: {@link TopK}
   *   <li>{@code skip:PROBABILITY} or {@code skip:PROBABILITY:SEED}: {@link RandomSkip}
   *   <li>{@code kkt:THRESHOLD}: {@link Kkt}
   *   <li>{@code none}, or nothing: no filter
   * </ul>
   *
   * Filters of pushes work in the order given.
   *
   * @throws HoldfastException INVALID_ARGUMENT, naming what may stand there
   */
  public static Filters parse(String text) {
    return FilterNames.parse(text);
  }

  /** Filters of pushes, in their order. */
  public List<PushFilter> pushFilters() {
    return pushFilters;
  }

  public Encoding pushEncoding() {
    return pushEncoding;
  }

  public Encoding pullEncoding() {
    return pullEncoding;
  }

  /** Whether what an encoding leaves of a pushed row is added to its next push. */
  public boolean errorFeedback() {
    return errorFeedback;
  }

  /** Whether a worker may carry rows over from one push to the next. */
  public boolean carries() {
    return errorFeedback || !pushFilters.isEmpty();
  }

  /**
   * Checks that a table can have them.
   *
   * @throws HoldfastException INVALID_ARGUMENT where its values are not float32, or its rule does
   *     not add up
   */
  public void checkSuits(String table, TableSpec spec) {
    boolean lossyPush = pushEncoding.format() != NumberFormat.PLAIN;
    boolean lossyPull = pullEncoding.format() != NumberFormat.PLAIN;
    if (spec.element() != ElementType.FLOAT32 && (carries() || lossyPush || lossyPull)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table "
              + table
              + " holds "
              + spec.element()
              + " values: of the filters '"
              + this
              + "' it can have cache-keys, zstd, lz4 and skip-zeros");
    }
    if (spec.rule().name().equals("assign") && (carries() || lossyPush)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "table "
              + table
              + " has the rule assign, under which what is held back cannot be added later: of the"
              + " filters '"
              + this
              + "' its pushes can have cache-keys, zstd, lz4 and skip-zeros");
    }
  }

  /** As {@link #parse} reads it, where all filters are of the library's own. */
  @Override
  public String toString() {
    String text =
        Stream.of(
                FilterNames.encodings(pushEncoding, pullEncoding).stream(),
                errorFeedback ? Stream.of(FilterNames.ERROR_FEEDBACK) : Stream.<String>empty(),
                pushFilters.stream().map(PushFilter::description))
            .flatMap(names -> names)
            .collect(Collectors.joining(","));
    return text.isEmpty() ? FilterNames.NONE : text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Filters filters
        && filters.pushFilters.equals(pushFilters)
        && filters.pushEncoding.equals(pushEncoding)
        && filters.pullEncoding.equals(pullEncoding)
        && filters.errorFeedback == errorFeedback;
  }

  @Override
  public int hashCode() {
    return pushFilters.hashCode() * 31 + pushEncoding.hashCode() + pullEncoding.hashCode();
  }

  /** Nothing is filtered but what is named here. */
  public static final class Builder {
    private final List<PushFilter> pushFilters = new ArrayList<>();
    private Encoding pushEncoding = Encoding.PLAIN;
    private Encoding pullEncoding = Encoding.PLAIN;
    private boolean errorFeedback;

    private Builder() {}

    /** Adds a filter of pushes behind those there are. */
    public Builder push(PushFilter filter) {
      pushFilters.add(filter);
      return this;
    }

    /** How pushes travel. Default: as they are. */
    public Builder pushEncoding(Encoding encoding) {
      pushEncoding = encoding;
      return this;
    }

    /** How the answers to pulls travel. Default: as they are. */
    public Builder pullEncoding(Encoding encoding) {
      pullEncoding = encoding;
      return this;
    }

    /**
     * Whether what a lossy encoding leaves of a pushed row is added to its next push (Seide et al.,
     * Interspeech '14; Karimireddy et al., ICML '19). Default: no. It costs the worker a row for
     * each key that it has pushed.
     */
    public Builder errorFeedback(boolean on) {
      errorFeedback = on;
      return this;
    }

    /**
     * @throws HoldfastException INVALID_ARGUMENT for error feedback where nothing is rounded
     */
    public Filters build() {
      if (errorFeedback && pushEncoding.format() == NumberFormat.PLAIN) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            "error feedback is for pushes that are rounded; name bf16, f16 or int8 too");
      }
      return new Filters(this);
    }
  }
}
