package io.holdfast.client;

/**
 * A table whose pulled rows are kept at the worker for as long as its consistency allows (Ho et
 * al., NIPS '13, the process cache of SSPTable; Li et al., OSDI '14, section 3.5). A pull whose
 * keys are all there, recent enough, is answered without a call, and its future is complete when it
 * returns; else the missing and the too old rows are pulled, and no others.
 *
 * <p><b>Recent enough.</b> A row is as fresh as the {@link Rows#minClock} of the answer that it
 * came with. In a bounded table of staleness s a worker that has finished c clocks may use it while
 * that is c - s or more: what a server asks of its state before it answers the same pull. The bound
 * is the one in force now ({@link Table#consistency}), not the one that the row was pulled under.
 * In a sequential table a row lasts for the clock that it was pulled for. In an eventual table it
 * lasts for {@link CacheSettings#eventualStaleness} clocks of this worker's own more than that.
 *
 * <p><b>Own pushes</b> made through this object, or what {@link #after} and {@link #latest} made of
 * it, are seen by pulls behind them. By rule {@code add} they are added to the rows that are kept
 * (so float32 sums may be rounded otherwise than the server's); by another rule the rows pushed are
 * given up and pulled again when they are needed, and so they are where filters or a number format
 * change what the server gets. In sequential tables a push is seen when its clock has ended, as
 * without a cache. <b>Pushes made through the plain table are not seen here</b> before the rows are
 * pulled again.
 *
 * <p>Pulls of ranges of keys, of whole tables, of {@link #latest} and by {@link #pushPull} always
 * go to the servers, and what they bring is not kept. Nothing of the cache outlives the object; a
 * worker that joins again begins with an empty one.
 */
public interface CachedTable extends Table {
  /**
   * Pulls these rows in the background, as of the next clock, so that pulls find them once this
   * worker has ticked; a pull of that clock waits for rows that are on their way instead of asking
   * for them again. Rows that are kept and recent enough for the next clock are not pulled. Rows
   * that this worker pushes to before they have come are not kept.
   *
   * <p>Does not block, but for room in the window as any call. Whatever goes wrong is not told: the
   * pull that needs the rows asks for them itself.
   *
   * @param keys distinct; copied
   */
  void announce(long[] keys);

  /** Counts of all pulls so far. */
  CacheStatistics statistics();

  /** Gives up all rows that are kept or on their way. */
  void clear();

  @Override
  CachedTable latest();

  @Override
  CachedTable after(java.util.concurrent.CompletionStage<?>... earlier);
}
