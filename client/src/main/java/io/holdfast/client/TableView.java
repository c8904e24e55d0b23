package io.holdfast.client;

import io.holdfast.filter.Encoding;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a caller and a table.
 *
 * @param pushes where a worker's pushes are noted
 * @param filter what a worker's pushes go through
 * @param pushed how pushes go
 * @param pulled how the answers to pulls come
 * @param atLeast clocks that every worker must have finished before a pull from outside the group
 *     is answered; 0: it waits for none
 * @param latest whether pulls must see every push acknowledged before (P16)
 * @param earlier what calls wait for before they start; null where they start at once
 */
record TableView(
    @Nullable Pushes pushes,
    @Nullable TableFilter filter,
    Encoding pushed,
    Encoding pulled,
    int atLeast,
    boolean latest,
    @Nullable CompletableFuture<Void> earlier) {
  static final TableView PLAIN =
      new TableView(null, null, Encoding.PLAIN, Encoding.PLAIN, 0, false, null);

  TableView recording(@Nullable Pushes by) {
    return new TableView(by, filter, pushed, pulled, atLeast, latest, earlier);
  }

  TableView filtered(TableFilter by) {
    return new TableView(pushes, by, pushed, pulled, atLeast, latest, earlier);
  }

  TableView encoded(Encoding ofPushes, Encoding ofPulls) {
    return new TableView(pushes, filter, ofPushes, ofPulls, atLeast, latest, earlier);
  }

  TableView atLeast(int clocks) {
    return new TableView(pushes, filter, pushed, pulled, clocks, latest, earlier);
  }

  TableView latest(boolean changed) {
    return new TableView(pushes, filter, pushed, pulled, atLeast, changed, earlier);
  }

  TableView after(@Nullable CompletableFuture<Void> calls) {
    return new TableView(pushes, filter, pushed, pulled, atLeast, latest, calls);
  }
}
