package io.holdfast.client.retry;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Retry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A worker's dealings with one range: its seqs, and the calls that have no answer yet, in the order
 * of submission.
 *
 * <p><b>Sending again.</b> A range takes pushes and ticks in the order of their seqs. Where one is
 * refused for a while, those sent behind it are refused for their gap, so all sequenced calls are
 * held, and after a pause all are sent again in order. Replies to what was sent before the pause
 * are ignored. A pull is held alone. Where the range may have another head the map is asked first,
 * at once for the first time, then after pauses; a new head or epoch has all that is unanswered
 * sent again, as the range refuses the old epoch (P1).
 *
 * <p><b>Key lists.</b> Where a node has forgotten the keys that a digest stood for, the call goes
 * again at once with its keys.
 *
 * <p><b>A push that is refused for good</b> leaves a gap; a push of nothing takes its seq. Giving
 * the seq to the next push instead would be wrong: what an earlier, broken stream still has in
 * transit could then be taken under the same seq as something else.
 *
 * <p><b>A split</b> gives each half the duplicate table of the whole (P24). So each goes on with
 * the whole's seqs, and takes its part of every sequenced call that is unanswered, if only a push
 * of nothing, under the seq that the call has: a half of what was in at the split is a duplicate.
 * How the halves are numbered from there on is said in {@link RangeUnit}.
 */
public final class RangeLink {
  private final WorkerLinks worker;
  private final RangeSet set;
  private final Readers readers;
  private final Waiting waiting;
  private final Standing standing;
  private final Unanswered unanswered;
  private Route route;
  private @Nullable RangeUnit unit;
  private List<RangeLink> heirs = List.of();
  private boolean sequencedHeld;

  RangeLink(WorkerLinks worker, RangeSet set, Route route) {
    this(worker, set, route, new Standing());
  }

  private RangeLink(WorkerLinks worker, RangeSet set, Route route, Standing standing) {
    this.worker = worker;
    this.set = set;
    this.route = route;
    this.standing = standing;
    this.unanswered = new Unanswered(worker.pushes());
    this.readers = new Readers(worker.policy());
    this.waiting = new Waiting(worker, set, this::resume);
  }

  public Route route() {
    return route;
  }

  Unanswered unanswered() {
    return unanswered;
  }

  boolean isIdle() {
    return unanswered.isEmpty();
  }

  public boolean isJoined() {
    return standing.joined;
  }

  public long lastSeq() {
    return standing.lastSeq;
  }

  /** What its pushes are numbered with. */
  RangeUnit unit() {
    return Objects.requireNonNull(unit);
  }

  void unit(RangeUnit of) {
    unit = of;
  }

  Standing standing() {
    return standing;
  }

  /** Takes a call for sending; a sequenced one has its seq. */
  void submit(RangeCall call) {
    if (!heirs.isEmpty()) {
      submitToHeirs(call);
      return;
    }
    if (call instanceof RangeCall.Sequenced sequenced) {
      standing.lastSeq = sequenced.seq;
    }
    call.link = this;
    call.admit(worker, this);
    unanswered.add(call);
    send(call);
  }

  /** The call has its answer: nobody else completes it. */
  void answered(RangeCall call) {
    unanswered.remove(call);
    call.address = null;
    // What pulls are told says nothing of pushes that are refused.
    if (call.isSequenced() || !unanswered.hasSequenced()) {
      waiting.succeeded();
    }
    if (call instanceof RangeCall.Sequenced answered) {
      standing.answeredSeq = Math.max(standing.answeredSeq, answered.seq);
      worker.pushEnded();
    }
  }

  /** There is nothing more to be done as this incarnation. */
  public static boolean endsLife(ErrorCode code) {
    return code == ErrorCode.STALE_INCARNATION || code == ErrorCode.EXPELLED;
  }

  // Left already: by this call's first sending, or by the group's roster, which may come first.
  private static boolean isNoMember(ErrorCode code) {
    return code == ErrorCode.UNKNOWN_TABLE || code == ErrorCode.NOT_JOINED;
  }

  /** The node refused the call, which is not there any more. */
  void refused(RangeCall call, HoldfastException error) {
    String from = call.address == null ? "" : call.address;
    call.address = null;
    if (endsLife(error.code())) {
      worker.kill(error);
    } else if (error.code() == ErrorCode.SEQ_GAP && call.isSequenced()) {
      if (call.equals(unanswered.firstSequenced())) {
        lose(error);
      } else {
        hold(call, Waiting.For.MAP);
      }
    } else if (error.code() == ErrorCode.KEYS_UNKNOWN) {
      sendInFull(call, error);
    } else if (error.retry() != Retry.NEVER) {
      if (!sendToHeadInstead(call, from)) {
        hold(call, Waiting.For.after(error.code()));
      }
    } else if (call instanceof RangeCall.Sequenced refused) {
      fill(refused, error);
    } else if (call instanceof RangeCall.Leave && isNoMember(error.code())) {
      left(call);
    } else {
      end(call, error);
    }
  }

  /** Nobody waits for the call any more. */
  void expire(RangeCall call) {
    abandon(call, call.late(route));
  }

  /** No node will ever take the call. */
  void abandon(RangeCall call, HoldfastException error) {
    if (call.isSequenced()) {
      lose(error);
    } else {
      end(call, error);
    }
  }

  /** The range is gone. */
  void drop(HoldfastException error) {
    standing.lost = error;
    for (RangeCall call : unanswered.copy()) {
      if (call instanceof RangeCall.Leave) {
        left(call);
      }
    }
    failAll(error);
  }

  void failAll(HoldfastException error) {
    unanswered.copy().forEach(call -> end(call, error));
  }

  /** What the node had is unanswered; the host has forgotten it. */
  void broken(String address) {
    var pulls = new ArrayList<RangeCall>();
    boolean isHead = false;
    for (RangeCall call : unanswered) {
      if (address.equals(call.address)) {
        call.address = null;
        isHead |= call.isSequenced();
        if (!call.isSequenced()) {
          pulls.add(call);
        }
      }
    }
    RangeCall first = isHead ? unanswered.firstSequenced() : null;
    if (first != null) {
      hold(first, Waiting.For.MAP_NOW);
    }
    for (RangeCall call : pulls) {
      if (!sendToHeadInstead(call, address)) {
        hold(call, Waiting.For.MAP_NOW);
      }
    }
    if (route.head().equals(address) || route.readers().contains(address)) {
      waiting.look();
    }
  }

  /** What the map says; gives the ranges that have taken its place, or itself. */
  List<RangeLink> apply(List<Route> routes) {
    int range = route.range();
    var parts = routes.stream().filter(other -> other.ancestors().contains(range)).toList();
    if (!parts.isEmpty()) {
      return split(Route.inOrder(parts));
    }
    for (Route other : routes) {
      if (other.range() == range) {
        reroute(other);
      }
    }
    return List.of(this);
  }

  // The range is where this says; calls that went by another route are sent again.
  private void reroute(Route changed) {
    boolean replaces = changed.replaces(route);
    if (!replaces && changed.epoch() < route.epoch()) {
      return; // by a node that lags behind
    }
    route = changed;
    if (replaces) {
      readers.clear();
      for (RangeCall call : unanswered) {
        withdraw(call);
        call.held = true;
        if (call instanceof PullCall pull) {
          pull.headOnly = false;
        }
      }
      resume();
    }
  }

  /** The map was asked. */
  void resumeAfterMap() {
    if (waiting.isForMap()) {
      resume();
    }
  }

  /** Sends what is held, in order. */
  void resume() {
    waiting.end();
    sequencedHeld = false;
    sendHeld();
  }

  private void sendHeld() {
    for (RangeCall call : unanswered) {
      if (call.held) {
        send(call);
      }
    }
  }

  /** What waits for the save of that clock is sent. */
  void saved(int clock) {
    if (standing.saved(clock) && !sequencedHeld) {
      sendHeld();
    }
  }

  /** All pushes of a clock have ended: what waits for that is sent. */
  void stepped() {
    if (!sequencedHeld) {
      sendHeld();
    }
  }

  void notSaved(int clock, HoldfastException error) {
    if (standing.waitsForSave(clock)) {
      lose(error);
    }
  }

  // These have taken its place; what is unanswered is theirs.
  private List<RangeLink> split(List<Route> routes) {
    heirs = routes.stream().map(part -> new RangeLink(worker, set, part, standing.copy())).toList();
    for (RangeCall call : unanswered.copy()) {
      withdraw(call);
      unanswered.remove(call);
      for (RangeLink heir : heirs) {
        RangeCall part = call.carried(heir.route.keys());
        if (part != null) {
          part.link = heir;
          part.held = true;
          heir.unanswered.add(part);
        }
      }
      call.end();
    }
    heirs.forEach(RangeLink::resume);
    return heirs;
  }

  private void submitToHeirs(RangeCall call) {
    for (RangeLink heir : heirs) {
      RangeCall part = call.part(heir.route.keys());
      if (part != null) {
        heir.submit(part);
      }
    }
    call.end();
  }

  private void send(RangeCall call) {
    String to = call instanceof PullCall pull ? readers.target(route, pull, now()) : route.head();
    if (call instanceof RangeCall.Sequenced sequenced
        && (sequencedHeld
            || standing.isHeldUntilSaved(sequenced.seq)
            || worker.holdsBack(sequenced))) {
      call.held = true; // behind one that is, for a save, or for the clock's pushes
    } else if (to.isEmpty()) {
      hold(call, Waiting.For.MAP);
    } else {
      call.held = false;
      call.address = to;
      worker.host().send(to, call);
    }
  }

  private boolean sendToHeadInstead(RangeCall call, String from) {
    if (!(call instanceof PullCall pull) || pull.isLatest() || route.head().isEmpty()) {
      return false;
    }
    if (from.isEmpty() || from.equals(route.head())) {
      return false;
    }
    readers.avoid(from, now());
    pull.headOnly = true;
    send(pull);
    return true;
  }

  private void hold(RangeCall refused, Waiting.For what) {
    if (refused.isSequenced()) {
      holdSequenced();
    }
    refused.held = true;
    waiting.begin(what);
  }

  private void holdSequenced() {
    sequencedHeld = true;
    for (RangeCall call : unanswered) {
      if (call.isSequenced()) {
        withdraw(call);
        call.held = true;
      }
    }
  }

  // At once. What was sent behind a push is refused for its gap, so all of it goes again, in order.
  private void sendInFull(RangeCall call, HoldfastException error) {
    NamedKeys keys = call.namedKeys();
    if (keys == null || !keys.spellOut()) {
      abandon(call, error); // a server that has forgotten what it is just being told
    } else if (call.isSequenced()) {
      sendSequencedAgain();
    } else {
      send(call);
    }
  }

  private void fill(RangeCall.Sequenced refused, HoldfastException error) {
    if (refused instanceof PushCall push && push.isFiller()) {
      lose(error);
      return;
    }
    PushCall filler = PushCall.filling(refused);
    unanswered.replace(refused, filler);
    sendSequencedAgain();
    refused.fail(error);
  }

  private void sendSequencedAgain() {
    holdSequenced();
    if (!waiting.isOn()) {
      resume();
    }
  }

  // Sequenced calls cannot go on in this incarnation.
  private void lose(HoldfastException error) {
    standing.lost = error;
    worker.markDamaged();
    for (RangeCall call : unanswered.copy()) {
      if (call.isSequenced()) {
        end(call, error);
      }
    }
  }

  private void end(RangeCall call, HoldfastException error) {
    withdraw(call);
    unanswered.remove(call);
    call.fail(error);
    worker.pushEnded();
    if (call instanceof RangeCall.Save save) {
      worker.notSaved(save.clock(), error);
    }
  }

  // There is nothing to be a member of any more.
  private void left(RangeCall call) {
    withdraw(call);
    unanswered.remove(call);
    call.end();
  }

  private void withdraw(RangeCall call) {
    if (call.address != null) {
      worker.host().withdraw(call.address, call);
      call.address = null;
    }
  }

  private long now() {
    return worker.host().nanoTime();
  }
}
