package io.holdfast.it.sim;

/**
 * What a client asks of a range.
 *
 * @param client process that asks
 * @param call by which it knows the answer
 * @param group workers in the group, of a join
 * @param ownSeq of its worker, that a pull must show
 * @param latest of a pull: linearizable
 * @param op the client's operation that a push carries
 * @param need what a pull's worker states of the others' clocks
 */
record Request(
    Kind kind,
    int client,
    long call,
    int range,
    int epoch,
    int worker,
    int incarnation,
    long seq,
    int clock,
    int group,
    long ownSeq,
    boolean latest,
    int op,
    io.holdfast.wire.Request.Need need) {
  enum Kind {
    JOIN,
    PUSH,
    TICK,
    PULL
  }
}
