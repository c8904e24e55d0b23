package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.StateTensor;
import io.holdfast.store.rows.RowChunks;
import io.holdfast.v1.ExportHead;
import io.holdfast.v1.ExportPart;
import io.holdfast.v1.ExportRequest;
import io.holdfast.v1.Range;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a table, range after range in the order of their keys, and writes it to files. A range is
 * read from any of its replicas, whole: where that one fails, another one is asked and the range
 * begins again, so that its rows are of one moment. A range that is split meanwhile goes on as its
 * halves.
 */
final class TableExport {
  private static final Logger LOG = LoggerFactory.getLogger(TableExport.class);
  private static final int ATTEMPTS = 5;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final ClusterNodes nodes;
  private final TableName name;
  private final boolean state;
  private final Duration patience;
  private final BiConsumer<Long, Long> progress;
  private final int id;
  private final TableSpec spec;
  private final List<Piece> pieces = new ArrayList<>();
  private Table map;
  private @Nullable TableLayout layout;
  private @Nullable TensorTarget target;
  private int turn; // ranges, and attempts, are spread over replicas
  private long rows;

  /** Makes the files, once it is known what goes in. */
  @FunctionalInterface
  interface Targets {
    /**
     * @param ranges of the table, when the export began
     */
    TensorTarget open(TableLayout layout, int ranges);
  }

  /**
   * Looks the table up. Blocks.
   *
   * @param state whether with the optimizer state
   * @param patience how long a range may have no replica that answers
   * @param progress told now and then of the rows and bytes that have come
   * @throws HoldfastException UNKNOWN_TABLE, UNAVAILABLE
   */
  TableExport(
      ClusterNodes nodes,
      TableName name,
      boolean state,
      Duration patience,
      BiConsumer<Long, Long> progress) {
    this.nodes = nodes;
    this.name = name;
    this.state = state;
    this.patience = patience;
    this.progress = progress;
    this.map = nodes.table(name);
    this.id = map.getId();
    this.spec = Definitions.fromProto(map.getDefinition());
  }

  TableSpec spec() {
    return spec;
  }

  List<Piece> pieces() {
    return pieces;
  }

  long rows() {
    return rows;
  }

  /**
   * Reads and writes all of it. Blocks. The target is the caller's to finish and to close, also
   * where this throws.
   *
   * @throws HoldfastException what stands in the way: of the files, or of the last replica that was
   *     asked
   */
  void run(Targets targets) {
    KeyRange left = spec.keys();
    int failures = 0;
    long failedSince = 0;
    while (left != null) {
      Range range = rangeOf(left.start());
      boolean isLast = !left.isBeforeEnd(range.getEnd()) || range.getEnd() == 0;
      var keys = new KeyRange(left.start(), isLast ? left.end() : range.getEnd());
      try {
        read(range, keys, targets);
        failures = 0;
        left = isLast ? null : new KeyRange(keys.end(), left.end());
      } catch (RangeStream.Broken e) {
        long now = System.nanoTime();
        failedSince = failures == 0 ? now : failedSince;
        failures++;
        if (failures >= ATTEMPTS && now - failedSince > patience.toNanos()) {
          throw e.why();
        }
        LOG.debug("range {}: {}", range.getId(), e.why().getMessage());
        LockSupport.parkNanos(PAUSE_NANOS);
        if (Thread.interrupted()) {
          throw new HoldfastException(ErrorCode.CLOSED, "the thread was interrupted", e);
        }
        lookAgain();
      }
    }
  }

  private Range rangeOf(long key) {
    for (Range range : map.getRangesList()) {
      if (Definitions.fromProto(range).contains(key)) {
        return range;
      }
    }
    throw new HoldfastException(
        ErrorCode.NOT_READY,
        "no range of the table holds the placed key " + Long.toUnsignedString(key));
  }

  private void lookAgain() {
    Table now;
    try {
      now = nodes.table(name);
    } catch (HoldfastException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) {
        throw e;
      }
      return; // Where the ranges were before is as good a guess as any.
    }
    if (now.getId() != id) {
      throw new HoldfastException(
          ErrorCode.UNKNOWN_TABLE,
          "the table was dropped and made again while it was exported; export it again");
    }
    map = now;
  }

  private void read(Range range, KeyRange keys, Targets targets) throws RangeStream.Broken {
    List<String> replicas = ClusterNodes.replicas(range);
    if (replicas.isEmpty()) {
      throw new RangeStream.Broken(
          new HoldfastException(
              ErrorCode.NOT_READY, "no replica serves range " + range.getId() + " at the moment"));
    }
    String address = replicas.get(Math.floorMod(turn++, replicas.size()));
    var request =
        ExportRequest.newBuilder()
            .setRange(range.getId())
            .setStart(keys.start())
            .setEnd(keys.end())
            .setState(state)
            .build();
    var reading = new Reading(keys, targets);
    RangeStream.read(nodes.channel(address), request, reading::part);
    Piece piece = reading.end(range.getId());
    pieces.add(piece);
    rows += piece.rows();
  }

  /** One attempt at a range. */
  private final class Reading {
    private final KeyRange keys;
    private final Targets targets;
    private final RowChunks.Reader chunks = new RowChunks.Reader();
    private @Nullable ExportHead head;
    private @Nullable PieceWriter writer;

    Reading(KeyRange keys, Targets targets) {
      this.keys = keys;
      this.targets = targets;
    }

    void part(ExportPart part) {
      if (part.hasHead()) {
        head = part.getHead();
        writer = writer(part.getHead());
        return;
      }
      PieceWriter to = writer;
      if (to == null) {
        throw new HoldfastException(ErrorCode.INTERNAL, "a node sent rows before their head");
      }
      chunks.read(
          part.getChunk().asReadOnlyByteBuffer(), (key, count, from) -> add(to, key, count, from));
      progress.accept(rows + to.rows(), (rows + to.rows()) * rowBytes());
    }

    private void add(PieceWriter to, long firstKey, int count, java.nio.ByteBuffer from) {
      var shape = chunks.shape();
      if (shape == null || layout == null || shape.rowBytes() != layout.rowBytes()) {
        throw new HoldfastException(
            ErrorCode.INTERNAL, "a node sent rows of another shape than its table has: " + shape);
      }
      to.add(firstKey, count, from);
    }

    private PieceWriter writer(ExportHead first) {
      List<StateTensor> tensors =
          first.getStateList().stream()
              .map(one -> new StateTensor(one.getName(), one.getWidth()))
              .toList();
      if (layout == null) {
        layout = new TableLayout(spec, tensors);
        target = targets.open(layout, map.getRangesCount());
      }
      if (target == null || !layout.state().equals(tensors)) {
        throw new HoldfastException(
            ErrorCode.INTERNAL, "nodes disagree on the table's optimizer state: " + tensors);
      }
      return new PieceWriter(target, layout, keys, rows);
    }

    Piece end(int range) throws RangeStream.Broken {
      if (head == null || writer == null) {
        throw new RangeStream.Broken(
            new HoldfastException(ErrorCode.NOT_READY, "a node sent nothing of range " + range));
      }
      var checksums = writer.end();
      progress.accept(rows + writer.rows(), (rows + writer.rows()) * rowBytes());
      return Piece.of(range, head, writer.rows(), checksums);
    }
  }

  private long rowBytes() {
    return layout == null ? 0 : layout.tensors().stream().mapToInt(TensorSpec::rowBytes).sum();
  }
}
