package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import java.util.function.UnaryOperator;

/** Keeps the catalogue. May be called by any thread. */
public interface Catalog {
  /** What is kept now. Does not block. */
  CatalogState state();

  /**
   * Replaces the state by what {@code change} makes of it; durable when it returns. Blocks. Changes
   * are made one after the other. Where {@code change} throws, or returns an equal state, nothing
   * is written.
   */
  CatalogState update(UnaryOperator<CatalogState> change);
}
