package io.holdfast.tools.snapshot;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Hands bytes on, not faster than its throttle, and compares them with the object that they should
 * be before it hands the last ones on. For one thread.
 */
final class VerifyingStream extends InputStream {
  private final InputStream in;
  private final StoredObject expected;
  private final Throttle throttle;
  private final LongConsumer moved;
  private final Function<String, HoldfastException> damaged;
  private final MessageDigest digest = Hashes.sha256();
  private long read;
  private boolean isVerified;

  /**
   * @param moved told of the bytes of each read
   * @param damaged makes the error from what is wrong
   */
  VerifyingStream(
      InputStream in,
      StoredObject expected,
      Throttle throttle,
      LongConsumer moved,
      Function<String, HoldfastException> damaged) {
    this.in = in;
    this.expected = expected;
    this.throttle = throttle;
    this.moved = moved;
    this.damaged = damaged;
    if (expected.bytes() == 0) {
      verify();
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = in.read(into, offset, length);
    if (count < 0) {
      if (read < expected.bytes()) {
        throw damaged.apply("has " + read + " bytes in place of " + expected.bytes());
      }
      return count;
    }
    read += count;
    if (read > expected.bytes()) {
      throw damaged.apply("has more than its " + expected.bytes() + " bytes");
    }
    digest.update(into, offset, count);
    throttle.take(count);
    moved.accept(count);
    if (read == expected.bytes() && !isVerified) {
      verify();
    }
    return count;
  }

  private void verify() {
    isVerified = true;
    String actual = HexFormat.of().formatHex(digest.digest());
    if (!actual.equals(expected.sha256())) {
      throw damaged.apply("has the SHA-256 " + actual + " in place of " + expected.sha256());
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
