package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.wire.KeyCodec;
import io.holdfast.wire.KeyDigest;
import io.holdfast.wire.KeyField;
import io.holdfast.wire.Request;
import java.nio.ByteBuffer;

/**
 * Finds the keys that a digest stands for, and keeps those that come with one. A list is kept
 * before anything else about its request is judged, so that the next may name it whatever becomes
 * of this one. Belongs to the shard's thread.
 */
final class NamedLists {
  private final Limits limits;
  private long[] decoded = new long[1024];

  NamedLists(Limits limits) {
    this.limits = limits;
  }

  /**
   * The request with its keys in the frame or beside it.
   *
   * @throws HoldfastException KEYS_UNKNOWN for a digest of no list that is kept; where a list is
   *     wrong, why
   */
  ShardRequest resolve(ShardRequest request) {
    if (request.request() instanceof Request.Push push && push.keys().digested()) {
      return request.with(push.withKeys(resolve(push.keys(), push.header().range(), request)));
    }
    if (request.request() instanceof Request.Pull pull && pull.keys().digested()) {
      return request.with(pull.withKeys(resolve(pull.keys(), pull.header().range(), request)));
    }
    return request;
  }

  private KeyField resolve(KeyField field, int range, ShardRequest request) {
    PushIntake.checkCount(field, 0, limits);
    var kept = request.channel().keyLists().get(range, field.digest());
    if (field.encoding() != KeyField.Encoding.DIGEST) {
      if (kept == null) {
        keep(field, range, request);
      }
      return field;
    }
    if (kept == null || kept.count() != field.count()) {
      throw new HoldfastException(
          ErrorCode.KEYS_UNKNOWN,
          "this stream has no list of "
              + field.count()
              + " keys with the digest "
              + Long.toHexString(field.digest())
              + " for range "
              + range
              + " (any more): send the keys");
    }
    return kept;
  }

  private void keep(KeyField field, int range, ShardRequest request) {
    byte[] bytes = request.lease().frame().bytes(field.at(), field.length());
    if (digest(field, bytes) != field.digest()) {
      throw new HoldfastException(
          ErrorCode.MALFORMED_FRAME,
          "the digest "
              + Long.toHexString(field.digest())
              + " is not that of the keys beside it: see 'Key lists' in docs/wire-protocol.md");
    }
    var kept =
        new KeyField(
            field.encoding(),
            field.count(),
            0,
            0,
            bytes.length,
            /* digested= */ true,
            field.digest(),
            bytes);
    request.channel().keyLists().put(range, field.digest(), kept, bytes.length);
  }

  private long digest(KeyField field, byte[] bytes) {
    int count = field.count();
    if (decoded.length < count) {
      decoded = new long[count];
    }
    var source = ByteBuffer.wrap(bytes);
    switch (field.encoding()) {
      case RAW -> KeyCodec.decodeRaw(source, 0, bytes.length, decoded, count);
      case DELTA -> KeyCodec.decodeDeltas(source, 0, bytes.length, decoded, count);
      case CONTIGUOUS, DIGEST -> throw new IllegalStateException("no list beside the digest");
    }
    return KeyDigest.of(decoded, 0, count);
  }
}
