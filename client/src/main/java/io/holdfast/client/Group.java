package io.holdfast.client;

import java.time.Duration;
import java.util.List;

/**
 * A job's workers at a moment, as the head of its home range sees them.
 *
 * @param version grows with each change of who counts; workers that start again change nothing
 * @param size ranks of the group
 * @param policy what a lost worker means
 * @param lostAfter without a word from a worker until it counts as lost
 * @param members in the order of ranks
 */
public record Group(
    int version, int size, LostWorkers policy, Duration lostAfter, List<Member> members) {
  public Group {
    members = List.copyOf(members);
  }

  /** How a worker is. */
  public enum State {
    /** Its rank has not joined. */
    UNSEEN,
    LIVE,
    /** It has not been heard of for as long as makes it lost. */
    SILENT,
    /** It has left by itself. */
    LEFT,
    /** It was given up. */
    LOST
  }

  /**
   * One rank.
   *
   * @param incarnation the newest life of it; 0 where it has not joined
   * @param clock clocks that it has finished, as it last said
   * @param silent since it was last heard of; zero for one that is away
   */
  public record Member(int rank, int incarnation, State state, int clock, Duration silent) {}

  static Group of(io.holdfast.v1.GroupNow now) {
    return new Group(
        now.getVersion(),
        now.getSize(),
        now.getLeave() ? LostWorkers.LEAVE : LostWorkers.WAIT,
        Duration.ofMillis(now.getLostAfterMillis()),
        now.getMembersList().stream().map(Group::member).toList());
  }

  private static Member member(io.holdfast.v1.GroupMember member) {
    return new Member(
        member.getRank(),
        member.getIncarnation(),
        State.valueOf(member.getState().name()),
        member.getClock(),
        Duration.ofMillis(member.getSilentMillis()));
  }
}
