package io.holdfast.replication.chain;

import java.util.List;

/**
 * What a range says once it has a version of the roster committed.
 *
 * @param version the version that it has
 * @param ended clocks that have ended there; where the change {@link Roster.Change#holds}, no
 *     further one ends before it is decided
 * @param clocks of each worker that is to be given up, in the order of {@link Roster.Change#lost}:
 *     the clocks that it has finished there; none is added any more
 */
public record RosterAnswer(int version, int ended, List<Integer> clocks) {
  public RosterAnswer {
    clocks = List.copyOf(clocks);
  }
}
