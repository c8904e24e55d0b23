package io.holdfast.wire;

import io.holdfast.v1.Hello;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's frame as a server reads it.
 *
 * @param hello in the first frame of a stream only
 * @param requests in the order sent
 */
public record ClientFrame(@Nullable Hello hello, List<Request> requests) {
  public ClientFrame {
    requests = List.copyOf(requests);
  }
}
