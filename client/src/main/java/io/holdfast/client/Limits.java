package io.holdfast.client;

import io.holdfast.v1.Welcome;

/**
 * What the servers take in one frame; the least of all nodes that have welcomed us.
 *
 * @param frameBytes of a whole frame
 * @param keys in one request
 */
record Limits(int frameBytes, int keys) {
  /** Before any node has said more. */
  static final Limits DEFAULT = new Limits(64 << 20, 1 << 24);

  /** Room for the fields around keys and values. */
  private static final int OVERHEAD_BYTES = 256;

  /** A key takes ten bytes at most. */
  private static final int KEY_BYTES = 10;

  Limits and(Welcome welcome) {
    return new Limits(
        least(frameBytes, welcome.getMaxFrameBytes()), least(keys, welcome.getMaxKeys()));
  }

  /** Rows that one request may hold, at least one. */
  int rows(int rowBytes, int pieceBytes) {
    int byPiece = pieceBytes / rowBytes;
    int byFrame = (frameBytes - OVERHEAD_BYTES) / (rowBytes + KEY_BYTES);
    return Math.max(1, Math.min(keys, Math.min(byPiece, byFrame)));
  }

  private static int least(int known, int said) {
    return said > 0 ? Math.min(known, said) : known;
  }
}
