package io.holdfast.it;

import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.SnapshotRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** The images of a snapshot, fetched and opened by RocksDB alone. */
final class ImageReader implements AutoCloseable {
  private static final int HEAD_BYTES = 16;
  private static final int LSN_AT = HEAD_BYTES + 16;
  private static final int KEY_BYTES = 13;
  private static final int CELL_AT = 5;

  private final Options options = new Options();
  private final List<RocksDB> images = new ArrayList<>();

  ImageReader(Repository repository, Manifest manifest, Path directory)
      throws IOException, RocksDBException {
    for (var image : manifest.images()) {
      Path to = Files.createDirectories(directory.resolve("image-" + images.size()));
      for (var file : image.files()) {
        repository.get(file.object(), to.resolve(file.name()), Progress.NONE);
      }
      images.add(RocksDB.openReadOnly(options, to.toString()));
    }
  }

  /** The LSN that a range's metadata say. */
  long lsn(SnapshotRange range) throws RocksDBException {
    byte[] key = ByteBuffer.allocate(KEY_BYTES).putInt(range.id()).array();
    byte[] metadata = images.get(range.image()).get(key);
    return ByteBuffer.wrap(metadata).order(ByteOrder.LITTLE_ENDIAN).getLong(LSN_AT);
  }

  /** All rows of a sparse table's range, with their state, by placed key. */
  Map<Long, float[]> rows(SnapshotRange range) {
    var rows = new TreeMap<Long, float[]>();
    byte[] first = ByteBuffer.allocate(KEY_BYTES).putInt(range.id()).put((byte) 1).array();
    try (var iterator = images.get(range.image()).newIterator()) {
      for (iterator.seek(first); iterator.isValid(); iterator.next()) {
        var key = ByteBuffer.wrap(iterator.key());
        if (key.getInt(0) != range.id()) {
          break;
        }
        var floats = ByteBuffer.wrap(iterator.value()).order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[floats.remaining() / Float.BYTES];
        floats.asFloatBuffer().get(row);
        rows.put(key.getLong(CELL_AT), row);
      }
    }
    return rows;
  }

  @Override
  public void close() {
    images.forEach(RocksDB::close);
    options.close();
  }
}
