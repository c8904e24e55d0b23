package io.holdfast.client;

import io.holdfast.model.HoldfastException;
import java.util.List;

/**
 * A connection to a Holdfast cluster.
 *
 * <pre>{@code
 * try (Holdfast cluster = Holdfast.connect("127.0.0.1:7070")) {
 *   Worker worker = cluster.job("ads").join(WorkerId.of(0, 1), Resume.IF_SAVED);
 *   Table weights = worker.table("w", TableSpec.sparse().rule(Rules.adagrad(0.1)).staleness(4).build());
 *   CompletableFuture<Rows> pulled = weights.pull(keys);
 *   weights.after(pulled).push(keys, gradients);
 *   worker.tick(savedState).join();
 * }
 * }</pre>
 */
public interface Holdfast extends AutoCloseable {
  /**
   * Connects to a cluster by any of its nodes, with the default options. Blocks until one answers.
   *
   * @param addresses {@code host:port} of one or more nodes, separated by commas
   * @throws HoldfastException UNAVAILABLE where none answers within {@link Options#connectTimeout}
   */
  static Holdfast connect(String addresses) {
    return connect(addresses, Options.defaults());
  }

  /** Connects with options of the caller's. */
  static Holdfast connect(String addresses, Options options) {
    return RemoteCluster.connect(addresses, options);
  }

  /** The job of that name, made if there is none. Blocks for one round trip. May be repeated. */
  Job job(String name);

  /**
   * Drops the job with its tables, its workers' clocks and saved states, and its queues; durable
   * when it returns. Nothing where there is no such job. Workers that still run fail with
   * UNKNOWN_JOB or UNKNOWN_TABLE. What was opened of the job before is of no use any more: ask for
   * {@link #job} again. Blocks.
   */
  void dropJob(String name);

  /**
   * A table that is there, to be read and nothing else; joins nothing and makes nothing. Blocks for
   * a few round trips.
   *
   * @throws HoldfastException UNKNOWN_TABLE
   */
  Reader reader(String job, String table);

  /** Definitions of all tables of all jobs. Blocks for one round trip. */
  List<TableInfo> tables();

  /** What the data path has sent and received over this connection. Does not block. */
  Traffic traffic();

  /**
   * Waits for calls in flight, for {@link Options#closeTimeout} at most, then closes the
   * connections.
   */
  @Override
  void close();
}
