package io.holdfast.tools.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.store.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One {@code .npy} file; or a directory with one for each tensor, and {@link #METADATA}, which gets
 * its name when all of them are whole.
 */
final class NpyTarget implements TensorTarget {
  /** In a directory: what a safetensors file has in its header, as JSON. */
  static final String METADATA = "holdfast.json";

  static final String SUFFIX = ".npy";

  private final Path path;
  private final boolean single;
  private final List<TensorSpec> tensors;
  private final List<PartialFile> files = new ArrayList<>();
  private boolean finished;

  /**
   * @param single {@code path} is the file of the only tensor
   */
  NpyTarget(Path path, boolean single, List<TensorSpec> tensors) {
    this.path = path;
    this.single = single;
    this.tensors = tensors;
    boolean whole = false;
    try {
      if (!single) {
        Files.createDirectories(unfinished());
      }
      for (TensorSpec tensor : tensors) {
        files.add(new PartialFile(single ? path : unfinished().resolve(tensor.name() + SUFFIX)));
      }
      if (!single) {
        removeFromUnfinished(
            tensors.stream()
                .map(tensor -> tensor.name() + SUFFIX + PartialFile.SUFFIX)
                .collect(Collectors.toSet()));
      }
      whole = true;
    } catch (IOException e) {
      throw FileTrouble.writing(path, e);
    } finally {
      if (!whole) {
        files.forEach(PartialFile::close);
      }
    }
  }

  private Path unfinished() {
    return path.resolveSibling(path.getFileName() + PartialFile.SUFFIX);
  }

  private void removeFromUnfinished(Set<String> butFor) throws IOException {
    try (Stream<Path> found = Files.list(unfinished())) {
      for (Path file : found.toList()) {
        if (!butFor.contains(String.valueOf(file.getFileName()))) {
          Files.delete(file);
        }
      }
    }
  }

  @Override
  public void write(int tensor, long firstRow, ByteBuffer rows) {
    long at = NpyHeader.WRITTEN_BYTES + firstRow * tensors.get(tensor).rowBytes();
    files.get(tensor).write(at, rows);
  }

  @Override
  public long finish(long rows, Map<String, String> metadata) {
    long bytes = 0;
    for (int i = 0; i < files.size(); i++) {
      TensorSpec tensor = tensors.get(i);
      long end = NpyHeader.WRITTEN_BYTES + rows * tensor.rowBytes();
      var header = new NpyHeader(tensor.type().numpy(), false, tensor.shape(rows));
      files.get(i).write(0, header.encode());
      files.get(i).truncate(end); // an attempt that failed may have written more
      files.get(i).complete();
      bytes += end;
    }
    if (!single) {
      nameDirectory(metadata);
    }
    finished = true;
    return bytes;
  }

  private void nameDirectory(Map<String, String> metadata) {
    try {
      String json = new ObjectMapper().valueToTree(metadata).toPrettyString() + "\n";
      DurableFiles.replace(unfinished().resolve(METADATA), json.getBytes(StandardCharsets.UTF_8));
      Files.move(unfinished(), path, StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.forceDirectory(DurableFiles.parentOf(path));
    } catch (IOException e) {
      throw FileTrouble.writing(path, e);
    }
  }

  @Override
  public void close() {
    files.forEach(PartialFile::close);
    if (!single && !finished) {
      try {
        removeFromUnfinished(Set.of());
        Files.delete(unfinished());
      } catch (IOException e) {
        throw FileTrouble.writing(path, e);
      }
    }
  }
}
