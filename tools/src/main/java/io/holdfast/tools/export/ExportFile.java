package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.TableName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Exports a table to a file, or a directory of files, which are there in full when this returns,
 * and not at all where it throws.
 */
public final class ExportFile {
  /** What the metadata of a file says that this version wrote. */
  static final String FORMAT = "1";

  private static final String SAFETENSORS = ".safetensors";
  private static final int HEADER_BYTES = 16 << 10;

  // Twice, for ranges that are split meanwhile.
  private static final int HEADER_BYTES_OF_RANGE = 2 * 512;

  private ExportFile() {}

  /**
   * What was written.
   *
   * @param path of the file or directory
   * @param rows of the table
   * @param bytes of all files
   * @param tensors each with its type and shape, such as {@code values F32[10,4]}
   * @param ranges what the rows of each range belong to
   */
  public record Written(
      Path path, long rows, long bytes, List<String> tensors, List<Map<String, Object>> ranges) {}

  private static void requireFree(Path path) {
    if (Files.exists(path)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          path + " is there already: remove it, or export to another name");
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "there is no directory " + parent + ": make it first");
    }
  }

  /**
   * Exports. Blocks; holds a few megabytes whatever the table's size.
   *
   * @param addresses of the cluster's nodes, separated by commas
   * @param to {@code NAME.safetensors}; {@code NAME.npy}, for a dense table without its state; any
   *     other name is a directory
   * @param state whether with the optimizer state
   * @param patience how long a range may have no replica that answers
   * @param progress told now and then of the rows and bytes that have come
   * @throws HoldfastException UNKNOWN_TABLE, UNAVAILABLE, INVALID_ARGUMENT, DISK_FULL
   */
  public static Written write(
      String addresses,
      String job,
      String table,
      Path to,
      boolean state,
      Duration patience,
      BiConsumer<Long, Long> progress) {
    requireFree(to);
    var opened = new Opened(to);
    try (opened;
        var nodes = new ClusterNodes(addresses)) {
      var name = TableName.newBuilder().setJob(job).setTable(table).build();
      var export = new TableExport(nodes, name, state, patience, progress);
      opened.require(export.spec().isDense(), state);
      export.run(opened::open);
      return opened.finish(job, table, export);
    }
  }

  /** The target, once the export has made it. */
  private static final class Opened implements AutoCloseable {
    private final Path path;
    private @org.jspecify.annotations.Nullable TensorTarget target;
    private @org.jspecify.annotations.Nullable TableLayout layout;

    Opened(Path path) {
      this.path = path;
    }

    private boolean isNamed(String suffix) {
      return String.valueOf(path.getFileName()).endsWith(suffix);
    }

    void require(boolean dense, boolean state) {
      if (isNamed(NpyTarget.SUFFIX) && (!dense || state)) {
        throw new HoldfastException(
            ErrorCode.INVALID_ARGUMENT,
            "one .npy file holds one tensor, and "
                + (dense ? "optimizer state is more" : "a sparse table has keys beside its values")
                + ": name a directory, or a .safetensors file");
      }
    }

    TensorTarget open(TableLayout as, int ranges) {
      var tensors = as.tensors();
      layout = as;
      target =
          isNamed(SAFETENSORS)
              ? new SafetensorsTarget(
                  path,
                  tensors,
                  as.table().isDense() ? as.table().rows() : -1,
                  HEADER_BYTES + ranges * (HEADER_BYTES_OF_RANGE + 64 * tensors.size()))
              : new NpyTarget(path, isNamed(NpyTarget.SUFFIX), tensors);
      return target;
    }

    Written finish(String job, String table, TableExport export) {
      if (target == null || layout == null) {
        throw new IllegalStateException("a table without a range");
      }
      long rows = export.rows();
      long bytes = target.finish(rows, metadata(job, table, export));
      return new Written(
          path,
          rows,
          bytes,
          layout.tensors().stream()
              .map(one -> one.name() + " " + one.type().safetensors() + one.shape(rows))
              .toList(),
          export.pieces().stream().map(Piece::document).toList());
    }

    private static Map<String, String> metadata(String job, String table, TableExport export) {
      var spec = export.spec();
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put(ExportMetadata.FORMAT, FORMAT);
      metadata.put(ExportMetadata.JOB, job);
      metadata.put(ExportMetadata.TABLE, table);
      metadata.put(ExportMetadata.RULE, ExportMetadata.text(spec.rule()));
      if (!spec.proximal().isEmpty()) {
        metadata.put(ExportMetadata.PROXIMAL, ExportMetadata.text(spec.proximal()));
      }
      metadata.put(ExportMetadata.PLACEMENT, spec.placement().name());
      metadata.put(ExportMetadata.CONSISTENCY, spec.consistency().toString());
      metadata.put(ExportMetadata.RANGES, Piece.encode(export.pieces()));
      return metadata;
    }

    @Override
    public void close() {
      if (target != null) {
        target.close();
      }
    }
  }
}
