package io.holdfast.coordination;

import io.holdfast.v1.CatalogState;
import java.util.function.UnaryOperator;

/** Keeps the catalogue. May be called by any thread. */
public interface Catalog {
  /** What was read or written last; never null. Does not block. */
  CatalogState state();

  /**
   * Replaces the state by what {@code change} makes of it; durable when it returns. Blocks. Changes
   * are made one after the other. Where {@code change} throws, or returns an equal state, nothing
   * is written. It may be called several times, on newer states each time, and must have no effect
   * of its own.
   *
   * @return the state with the change
   * @throws io.holdfast.model.HoldfastException what {@code change} throws; UNAVAILABLE where the
   *     state cannot be reached: nothing was changed, try again; OUTCOME_UNKNOWN where the
   *     connection broke meanwhile: it may have been changed, look
   */
  CatalogState update(UnaryOperator<CatalogState> change);

  /**
   * Reads the state anew, as it is at some time after the call (rule P26). Blocks.
   *
   * @throws io.holdfast.model.HoldfastException UNAVAILABLE
   */
  CatalogState refresh();

  /**
   * Calls {@code changed} after changes by whomever; one call may stand for several, and there may
   * be calls without a change. A wake-up only: read what you need (P26). It must not block.
   *
   * @return ends the calls
   */
  Watch watch(Runnable changed);

  /** Calls to a watcher, until it is closed. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
