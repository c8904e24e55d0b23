package io.holdfast.model;

import java.util.List;

/**
 * A table's definition: 64-bit unsigned keys to rows of {@code width} values.
 *
 * @param rows dense: the keys are 0 to rows - 1; 0: sparse, any key
 * @param width values in a row, 1 to 4,096
 * @param element what the values are
 * @param placement how keys are spread over ranges
 * @param initial what a row reads as before it is written
 * @param rule how a push changes a row
 * @param proximal operators applied after the rule, in this order
 * @param durability what acknowledged means
 * @param consistency what pulls see
 * @param nanPolicy what becomes of NaN and infinity
 * @param stalenessScaled divide the learning rate by the push's staleness where that is above 1
 *     (Zhang et al., IJCAI '16)
 * @param rangeCount into how many ranges the keys are cut; 0: the server's choice
 * @param replicas nodes in the chain of each range; 0: the server's choice
 * @param minInSync pushes are refused while fewer replicas serve; 0: one less than the replicas, at
 *     the least 1
 * @param combinePushes pushes that wait together at the head go into one record, which holds their
 *     sums (Li et al., OSDI '14, section 4.4): fewer bytes to the other replicas, and every push
 *     still counts exactly once. Float addition is not associative: {@code w + (a + b)} may differ
 *     from {@code (w + a) + b} in rounding, and overflow where that does not, and which pushes wait
 *     together is chance; replicas get the same bits of one another in any case. Of rule {@code
 *     add} only, without proximal operators and staleness scaling; no effect while the consistency
 *     is sequential
 */
public record TableSpec(
    long rows,
    int width,
    ElementType element,
    Placement placement,
    Initial initial,
    RuleSpec rule,
    List<RuleSpec> proximal,
    Durability durability,
    Consistency consistency,
    NanPolicy nanPolicy,
    boolean stalenessScaled,
    int rangeCount,
    int replicas,
    int minInSync,
    boolean combinePushes) {
  public static final int MAX_WIDTH = 4_096;
  public static final long MAX_DENSE_ROWS = 1L << 40;
  public static final int MAX_RANGES = 10_000;

  /** More nodes in a chain are refused: each one more slows every push down. */
  public static final int MAX_REPLICAS = 16;

  public TableSpec {
    if (rows < 0 || rows > MAX_DENSE_ROWS) {
      throw new IllegalArgumentException("rows " + rows + " is not within 0 (sparse) and 2^40");
    }
    if (width < 1 || width > MAX_WIDTH) {
      throw new IllegalArgumentException("width " + width + " is not within 1 and " + MAX_WIDTH);
    }
    if (rows > 0 && placement == Placement.HASHED) {
      throw new IllegalArgumentException(
          "hashed placement is for sparse tables; a dense table's rows are spread evenly as they are");
    }
    if (element == ElementType.INT64) {
      if (!(initial instanceof Initial.Constant constant)
          || constant.value() != Math.rint(constant.value())) {
        throw new IllegalArgumentException(
            "an int64 table needs a whole number as its initial value");
      }
      if (!proximal.isEmpty() || stalenessScaled) {
        throw new IllegalArgumentException(
            "an int64 table takes no proximal operators and no learning rate");
      }
    }
    if (rangeCount < 0 || rangeCount > MAX_RANGES || (rows > 0 && rangeCount > rows)) {
      throw new IllegalArgumentException(
          "range count "
              + rangeCount
              + " is not within 0 and "
              + MAX_RANGES
              + ", or above the number of rows");
    }
    if (replicas < 0 || replicas > MAX_REPLICAS) {
      throw new IllegalArgumentException(
          "replicas " + replicas + " are not within 0 (the server's choice) and " + MAX_REPLICAS);
    }
    if (minInSync < 0 || minInSync > (replicas == 0 ? MAX_REPLICAS : replicas)) {
      throw new IllegalArgumentException(
          "min-in-sync "
              + minInSync
              + " is not within 0 and the replicas, of which there are "
              + (replicas == 0 ? MAX_REPLICAS + " at the most" : replicas));
    }
    if (combinePushes && !(rule.name().equals("add") && proximal.isEmpty() && !stalenessScaled)) {
      throw new IllegalArgumentException(
          "combine-pushes is for tables of rule 'add' without proximal operators and staleness"
              + " scaling: sums of pushes mean the same as the pushes only there");
    }
    proximal = List.copyOf(proximal);
  }

  /** Any key; a row comes to exist when it is first written. */
  public static Builder sparse() {
    return new Builder(0);
  }

  /** Keys 0 to {@code rows - 1}. */
  public static Builder dense(long rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("a dense table needs at least one row");
    }
    return new Builder(rows);
  }

  public boolean isDense() {
    return rows > 0;
  }

  /** All keys that the table can hold, in their placed order. */
  public KeyRange keys() {
    return isDense() ? new KeyRange(0, rows) : KeyRange.ALL;
  }

  /** Bytes of one row on the wire. */
  public int rowBytes() {
    return width * element.bytes();
  }

  public TableSpec withConsistency(Consistency changed) {
    return new TableSpec(
        rows,
        width,
        element,
        placement,
        initial,
        rule,
        proximal,
        durability,
        changed,
        nanPolicy,
        stalenessScaled,
        rangeCount,
        replicas,
        minInSync,
        combinePushes);
  }

  /**
   * Defaults: width 1, float32, ordered, initially zero, rule {@code add}, no proximal operator,
   * durability FSYNC, eventual consistency, NaN refused, the server's choice of ranges and of
   * replicas, pushes not combined.
   */
  public static final class Builder {
    private final long rows;
    private int width = 1;
    private ElementType element = ElementType.FLOAT32;
    private Placement placement = Placement.ORDERED;
    private Initial initial = Initial.ZERO;
    private RuleSpec rule = RuleSpec.of("add");
    private List<RuleSpec> proximal = List.of();
    private Durability durability = Durability.FSYNC;
    private Consistency consistency = Consistency.eventual();
    private NanPolicy nanPolicy = NanPolicy.REFUSE;
    private boolean stalenessScaled;
    private int rangeCount;
    private int replicas;
    private int minInSync;
    private boolean combinePushes;

    private Builder(long rows) {
      this.rows = rows;
    }

    public Builder width(int values) {
      this.width = values;
      return this;
    }

    public Builder int64() {
      this.element = ElementType.INT64;
      return this;
    }

    public Builder hashed() {
      this.placement = Placement.HASHED;
      return this;
    }

    public Builder initial(Initial values) {
      this.initial = values;
      return this;
    }

    public Builder rule(RuleSpec updateRule) {
      this.rule = updateRule;
      return this;
    }

    public Builder proximal(RuleSpec... operators) {
      this.proximal = List.of(operators);
      return this;
    }

    public Builder durability(Durability acknowledged) {
      this.durability = acknowledged;
      return this;
    }

    public Builder consistency(Consistency model) {
      this.consistency = model;
      return this;
    }

    /** Bounded delay: short for {@code consistency(Consistency.bounded(clocks))}. */
    public Builder staleness(int clocks) {
      return consistency(Consistency.bounded(clocks));
    }

    public Builder nanPolicy(NanPolicy policy) {
      this.nanPolicy = policy;
      return this;
    }

    public Builder stalenessScaled() {
      this.stalenessScaled = true;
      return this;
    }

    public Builder ranges(int count) {
      this.rangeCount = count;
      return this;
    }

    /** Nodes in the chain of each range, at the most 16; 0: the server's choice. */
    public Builder replicas(int nodes) {
      this.replicas = nodes;
      return this;
    }

    /**
     * Pushes are refused, and tried again, while fewer replicas serve; not more than the replicas.
     * 0: one less than the replicas, at the least 1.
     */
    public Builder minInSync(int nodes) {
      this.minInSync = nodes;
      return this;
    }

    /** See {@link TableSpec#combinePushes}; off where it is not called. */
    public Builder combinePushes() {
      this.combinePushes = true;
      return this;
    }

    public TableSpec build() {
      return new TableSpec(
          rows,
          width,
          element,
          placement,
          initial,
          rule,
          proximal,
          durability,
          consistency,
          nanPolicy,
          stalenessScaled,
          rangeCount,
          replicas,
          minInSync,
          combinePushes);
    }
  }
}
