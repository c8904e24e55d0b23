package io.holdfast.filter;

/**
 * Decides which rows of a push travel now. One object describes the filter, is immutable, and may
 * be given to any number of tables; each table of each worker has a {@link Stage} of its own.
 *
 * <p>Implement it for filters of your own, and give it to {@link Filters.Builder#push}. A filter
 * never changes how a push is cut and numbered: a push of which nothing is kept still takes its seq
 * in every range that its keys fall into, so that a worker that resumes numbers its pushes as
 * before, whatever is held back (rule P14).
 */
public interface PushFilter {
  /**
   * Its name with its parameters, such as {@code top-k:0.01}. It stands in the worker's saved
   * state: a worker that resumes has to open the table with the same filters.
   */
  String description();

  /**
   * Begins to filter one table.
   *
   * @param width values in a row
   * @param rank of the worker, for filters that must not do the same on all of them
   */
  Stage open(int width, int rank);

  /** A filter at work. Called by one thread at a time, in the order of the worker's calls. */
  interface Stage {
    /**
     * Decides for each row of a push. What it decides should depend on the pushes alone, on the
     * pulls before them and on {@link #state}, so that a worker that resumes decides the same
     * again.
     */
    void push(PushedRows rows);

    /** Rows that the worker has pulled, after filters and encodings; not of a release. */
    default void pulled(RowView rows) {}

    /** What a worker that resumes needs; saved with its clock. */
    default byte[] state() {
      return new byte[0];
    }

    /** What {@link #state} gave at the save that is resumed from; before the first push. */
    default void resume(byte[] state) {}
  }
}
