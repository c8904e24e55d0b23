package io.holdfast.tools.export;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One safetensors file. Room is left at its begin for the header, which says at the end what was
 * written. Where the number of rows is not known before, every tensor but the first is collected in
 * a file beside it, and joined to it at the end.
 */
final class SafetensorsTarget implements TensorTarget {
  private final List<TensorSpec> tensors;
  private final int headerRoom;
  private final PartialFile file;
  // By tensor, where it is known.
  private final long[] starts;
  // Of the second tensor and on; none where the rows are known.
  private final List<PartialFile> beside = new ArrayList<>();

  /**
   * @param rows below 0: not known
   * @param headerRoom bytes of JSON, at the most
   */
  SafetensorsTarget(Path path, List<TensorSpec> tensors, long rows, int headerRoom) {
    this.tensors = tensors;
    this.headerRoom = (headerRoom + 63) / 64 * 64 - SafetensorsHeader.LENGTH_BYTES;
    this.starts = new long[tensors.size()];
    this.file = new PartialFile(path);
    boolean whole = false;
    try {
      long at = dataStart();
      for (int i = 0; i < starts.length; i++) {
        starts[i] = rows < 0 ? i == 0 ? at : 0 : at;
        at += Math.max(0, rows) * tensors.get(i).rowBytes();
        if (rows < 0 && i > 0) {
          String name = path.getFileName() + "." + tensors.get(i).name();
          beside.add(new PartialFile(path.resolveSibling(name)));
        }
      }
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  private long dataStart() {
    return SafetensorsHeader.LENGTH_BYTES + (long) headerRoom;
  }

  private PartialFile fileOf(int tensor) {
    return tensor == 0 || beside.isEmpty() ? file : beside.get(tensor - 1);
  }

  @Override
  public void write(int tensor, long firstRow, ByteBuffer rows) {
    fileOf(tensor).write(starts[tensor] + firstRow * tensors.get(tensor).rowBytes(), rows);
  }

  @Override
  public long finish(long rows, Map<String, String> metadata) {
    List<SafetensorsHeader.Entry> entries = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      TensorSpec tensor = tensors.get(i);
      long bytes = rows * tensor.rowBytes();
      if (!beside.isEmpty()) {
        fileOf(i).truncate(starts[i] + bytes); // an attempt that failed may have written more
        if (i > 0) {
          file.append(dataStart() + at, fileOf(i));
        }
      }
      entries.add(
          new SafetensorsHeader.Entry(
              tensor.name(), tensor.type().safetensors(), tensor.shape(rows), at, at + bytes));
      at += bytes;
    }
    file.write(0, new SafetensorsHeader(metadata, entries).encode(headerRoom));
    file.complete();
    return dataStart() + at;
  }

  @Override
  public void close() {
    try (file) {
      beside.forEach(PartialFile::close);
    }
  }
}
