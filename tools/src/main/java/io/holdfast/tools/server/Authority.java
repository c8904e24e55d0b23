package io.holdfast.tools.server;

import io.holdfast.coordination.Catalog;
import io.holdfast.v1.CatalogState;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Who decides what this node serves: itself, or its cluster by way of ZooKeeper. */
interface Authority extends AutoCloseable {
  /** The catalogue as known here. Does not block. */
  CatalogState state();

  /** The catalogue as it is now. Blocks. */
  CatalogState refresh();

  /**
   * Makes a change, places what it leaves unplaced, and has this node's shards take it up. Blocks
   * until it is durable and they have.
   */
  CatalogState change(UnaryOperator<CatalogState> change);

  /** Calls {@code changed} after changes by whomever; a wake-up only. */
  Catalog.Watch watch(Runnable changed);

  /** This node's id. */
  int node();

  /** Replicas of a table that does not say. */
  int defaultReplicas();

  /** Replicas that a table may have here. */
  int mostReplicas();

  /** Nodes that live, by id, this one included. Does not block. */
  Set<Integer> live();

  /** Whether this node surely hears of changes that others make (rule P17). Does not block. */
  boolean isLeased();

  /** Whether this node is the controller. */
  boolean isController();

  @Override
  void close();
}
