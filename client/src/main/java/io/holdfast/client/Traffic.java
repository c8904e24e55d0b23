package io.holdfast.client;

/**
 * Bytes of a connection's requests and replies since it was opened: the messages as they stand in
 * their frames, before HTTP/2 adds its own. What is sent again counts again.
 *
 * @param pushed bytes of pushes
 * @param pullRequests bytes of the requests of pulls
 * @param otherRequests bytes of ticks, joins, saves and leaves
 * @param pulled bytes of the answers to pulls
 * @param otherReplies bytes of all other replies, failures included
 */
public record Traffic(
    long pushed, long pullRequests, long otherRequests, long pulled, long otherReplies) {
  /** Bytes sent. */
  public long sent() {
    return pushed + pullRequests + otherRequests;
  }

  /** Bytes received. */
  public long received() {
    return pulled + otherReplies;
  }

  /** What came since an earlier look. */
  public Traffic since(Traffic earlier) {
    return new Traffic(
        pushed - earlier.pushed,
        pullRequests - earlier.pullRequests,
        otherRequests - earlier.otherRequests,
        pulled - earlier.pulled,
        otherReplies - earlier.otherReplies);
  }
}
