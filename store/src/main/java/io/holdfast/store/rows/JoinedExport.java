package io.holdfast.store.rows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Several exports of one shape as one, in order of their keys: what becomes one range. Its metadata
 * is that of the first.
 */
public final class JoinedExport implements RowExport {
  private final List<RowExport> parts;
  private int at;
  private boolean headWritten;
  private boolean begins = true;

  /**
   * @param parts at least one; closed with this
   */
  public JoinedExport(List<RowExport> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("nothing to join");
    }
    this.parts = new ArrayList<>(parts);
  }

  @Override
  public byte[] metadata() {
    return parts.getFirst().metadata();
  }

  @Override
  public long approximateBytes() {
    return parts.stream().mapToLong(RowExport::approximateBytes).sum();
  }

  @Override
  public int minChunkBytes() {
    return parts.stream().mapToInt(RowExport::minChunkBytes).max().orElseThrow();
  }

  @Override
  public boolean next(ByteBuffer target) {
    while (at < parts.size()) {
      int start = target.position();
      if (!parts.get(at).next(target)) {
        at++;
        begins = true;
        continue;
      }
      if (begins && headWritten) {
        // Only the first chunk of all has a head.
        int rows = start + RowChunks.HEAD_BYTES;
        int bytes = target.position() - rows;
        target.put(start, target.duplicate(), rows, bytes).position(start + bytes);
      }
      begins = false;
      headWritten = true;
      if (target.position() > start) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    parts.forEach(RowExport::close);
  }
}
