package io.holdfast.store.rule;

/** Rows that are written over with all that they have, whatever the rule of their table is. */
public final class WholeRows {
  private WholeRows() {}

  /**
   * A rule whose update is a whole row, its optimizer state included.
   *
   * @param stride values and state of a row
   */
  public static BatchRule of(int stride) {
    return new AssignRows(stride);
  }
}
