package io.holdfast.client;

/** Which replicas of a range answer pulls. */
public enum ReadFrom {
  /** The one that takes the pushes. */
  HEAD,
  /**
   * Any that serves, in turn. One that does not have yet what a pull needs (clocks, own pushes)
   * lets it wait until it has; where one fails, the head is asked.
   */
  ANY
}
