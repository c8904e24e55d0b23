package io.holdfast.tools.server;

import io.holdfast.coordination.Chains;
import io.holdfast.coordination.Splits;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.CatalogState;
import io.holdfast.v1.Range;
import io.holdfast.v1.Split;
import io.holdfast.v1.SplitRangeReply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Has a range split (rule P24) and waits until that is done. Calls block. */
final class RangeSplitting {
  private final Node node;
  private final Duration patience;

  /**
   * @param patience how long a caller waits; the split goes on after that
   */
  RangeSplitting(Node node, Duration patience) {
    this.node = node;
    this.patience = patience;
  }

  /**
   * @param key first key of the right half; 0: in the middle
   * @throws HoldfastException as {@link Splits#begin}; DEADLINE_EXCEEDED, UNKNOWN_RANGE where the
   *     table was dropped meanwhile
   */
  SplitRangeReply split(int range, long key) {
    var authority = node.authority();
    var begun = authority.change(s -> Splits.begin(s, range, key));
    var split = Chains.existing(begun, range).range().getSplit();
    var done = new CompletableFuture<CatalogState>();
    Runnable look =
        () -> {
          var state = authority.state();
          if (isDone(state, range, split)) {
            done.complete(state);
          }
        };
    try (var watch = authority.watch(look)) {
      look.run();
      var state = done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return SplitRangeReply.newBuilder()
          .setLeft(node.here(state, half(state, range, split.getLeft())))
          .setRight(node.here(state, half(state, range, split.getRight())))
          .build();
    } catch (TimeoutException e) {
      throw new HoldfastException(
          ErrorCode.DEADLINE_EXCEEDED,
          "range "
              + range
              + " is not split after "
              + patience.toSeconds()
              + " s; it goes on: 'range list' shows the halves "
              + split.getLeft()
              + " and "
              + split.getRight()
              + " when it is done",
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HoldfastException(ErrorCode.UNAVAILABLE, "the node is stopping", e);
    }
  }

  /** Both halves serve, or there is nothing left of the whole. */
  private static boolean isDone(CatalogState state, int range, Split split) {
    return Chains.range(state, range).isEmpty()
        && isServing(state, split.getLeft())
        && isServing(state, split.getRight());
  }

  private static boolean isServing(CatalogState state, int half) {
    return Chains.range(state, half).map(p -> Chains.isActivated(p.range())).orElse(true);
  }

  private static Range half(CatalogState state, int range, int half) {
    return Chains.range(state, half)
        .map(Chains.Placed::range)
        .orElseThrow(
            () ->
                new HoldfastException(
                    ErrorCode.UNKNOWN_RANGE,
                    "range " + range + " was split, or its table was dropped, meanwhile"));
  }
}
