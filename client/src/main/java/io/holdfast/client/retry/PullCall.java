package io.holdfast.client.retry;

import io.holdfast.model.Consistency;
import io.holdfast.model.KeyRange;
import io.holdfast.model.KnownConsistency;
import io.holdfast.wire.KeyLists;
import io.holdfast.wire.OutboundRequest;
import io.holdfast.wire.Reply;
import io.holdfast.wire.Request;
import io.holdfast.wire.ValueShape;
import org.jspecify.annotations.Nullable;

/** A pull of some rows of one range. */
public final class PullCall extends RangeCall {
  private static final KnownConsistency UNKNOWN = KnownConsistency.first(Consistency.eventual());

  private final RowSource rows;
  private final int from;
  private final int to;
  private final boolean latest;
  private final ValueShape wanted;
  private final long seed;
  private final NamedKeys keys;
  private int incarnation;
  private int clock;
  private int clocksAhead;
  private KnownConsistency known = UNKNOWN;
  private Request.Need need = Request.Need.NONE;
  private long ownSeq;
  private boolean anyClock;

  /** Another replica has failed it. */
  boolean headOnly;

  /**
   * Of the keys {@code [from, to)}, which are encoded here and now.
   *
   * @param latest whether it must see every push acknowledged before it was sent (P16)
   * @param wanted how the answer may be encoded
   * @param seed of its random rounding
   */
  public PullCall(
      Outcome outcome,
      long deadlineNanos,
      RowSource rows,
      int from,
      int to,
      boolean latest,
      ValueShape wanted,
      long seed) {
    this(new Parts(outcome), deadlineNanos, rows, from, to, latest, wanted, seed);
  }

  /** One whose answer has the values as they are. */
  public PullCall(
      Outcome outcome, long deadlineNanos, RowSource rows, int from, int to, boolean latest) {
    this(outcome, deadlineNanos, rows, from, to, latest, ValueShape.PLAIN, 0);
  }

  private PullCall(
      Parts parts,
      long deadlineNanos,
      RowSource rows,
      int from,
      int to,
      boolean latest,
      ValueShape wanted,
      long seed) {
    super(parts, deadlineNanos);
    this.rows = rows;
    this.from = from;
    this.to = to;
    this.latest = latest;
    this.wanted = wanted;
    this.seed = seed;
    this.keys = new NamedKeys(rows.keys(from, to));
  }

  /** Asks, before it is submitted, for what the worker needs so many clocks later. */
  public PullCall ahead(int clocks) {
    clocksAhead = clocks;
    return this;
  }

  /** States, before it is submitted, what the worker needs by the consistency that it knows. */
  public PullCall by(KnownConsistency now) {
    known = now;
    return this;
  }

  /** Index of its first key. */
  public int from() {
    return from;
  }

  /** Number of its keys. */
  public int count() {
    return to - from;
  }

  /** Bytes of the keys on the wire. */
  public int keyBytes() {
    return keys.byteLength();
  }

  boolean isLatest() {
    return latest;
  }

  @Override
  void admit(WorkerLinks worker, RangeLink range) {
    anyClock = worker.isAnonymous() && clocksAhead == 0;
    if (worker.isAnonymous()) {
      clock = clocksAhead;
    }
    if (range.isJoined()) {
      incarnation = worker.incarnation();
      clock = worker.clock() + clocksAhead;
      need = new Request.Need(Math.max(0, known.neededClocks(clock)), known.version());
      ownSeq = range.standing().readableSeq();
    }
  }

  @Override
  OutboundRequest request(Request.Header header, @Nullable KeyLists<Boolean> sent) {
    return new OutboundRequest.Pull(
        header,
        incarnation,
        clock,
        ownSeq,
        keys.forSending(header.range(), sent),
        anyClock,
        latest,
        wanted,
        seed,
        need);
  }

  @Override
  NamedKeys namedKeys() {
    return keys;
  }

  @Override
  boolean isAnswer(Reply reply) {
    return reply instanceof Reply.Pulled;
  }

  @Override
  @Nullable PullCall part(KeyRange heir) {
    int start = rows.indexOf(heir.start(), from, to);
    int end = heir.end() == 0 ? to : rows.indexOf(heir.end(), from, to);
    return start >= end
        ? null
        : new PullCall(shared(), deadlineNanos(), rows, start, end, latest, wanted, seed)
            .ahead(clocksAhead)
            .by(known);
  }

  @Override
  @Nullable PullCall carried(KeyRange heir) {
    PullCall part = part(heir);
    if (part != null) {
      part.incarnation = incarnation;
      part.clock = clock;
      part.ownSeq = ownSeq;
      part.anyClock = anyClock;
      part.need = need;
    }
    return part;
  }
}
