package io.holdfast.wire;

import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Welcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server's frame as a client reads it.
 *
 * @param welcome in the first frame of a stream only
 * @param failure the stream is of no use any more
 * @param replies each names the call that it answers
 */
public record ServerFrame(
    @Nullable Welcome welcome, @Nullable HoldfastException failure, List<Reply> replies) {
  public ServerFrame {
    replies = List.copyOf(replies);
  }
}
