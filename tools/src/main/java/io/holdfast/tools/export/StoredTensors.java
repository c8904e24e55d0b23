package io.holdfast.tools.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The tensors of a safetensors file, a {@code .npy} file, or a directory of these, as their headers
 * say and their sizes allow.
 *
 * @param path of the file or directory
 * @param metadata what an export says of itself; empty of other files
 */
record StoredTensors(Path path, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
  /**
   * Reads the headers. Blocks.
   *
   * @throws HoldfastException INVALID_ARGUMENT where there is no such file, or it is damaged
   */
  static StoredTensors open(Path path) {
    try {
      if (Files.isDirectory(path)) {
        return directory(path);
      }
      if (String.valueOf(path.getFileName()).endsWith(NpyTarget.SUFFIX)) {
        return new StoredTensors(
            path, Map.of(TensorSpec.VALUES, npy(path, TensorSpec.VALUES)), Map.of());
      }
      return safetensors(path);
    } catch (IOException e) {
      throw FileTrouble.reading(path, e);
    }
  }

  private static StoredTensors directory(Path path) throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.sorted().toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(NpyTarget.SUFFIX)) {
          String tensor = name.substring(0, name.length() - NpyTarget.SUFFIX.length());
          tensors.put(tensor, npy(file, tensor));
        }
      }
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Path described = path.resolve(NpyTarget.METADATA);
    if (Files.exists(described)) {
      for (var entry : new ObjectMapper().readTree(described.toFile()).properties()) {
        metadata.put(entry.getKey(), entry.getValue().asText());
      }
    }
    return new StoredTensors(path, tensors, metadata);
  }

  private static StoredTensors safetensors(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < SafetensorsHeader.LENGTH_BYTES) {
        throw named(path, SafetensorsHeader.damaged("it has " + size + " bytes"));
      }
      long length = StoredTensor.read(channel, path, 0, SafetensorsHeader.LENGTH_BYTES).getLong();
      long data = SafetensorsHeader.LENGTH_BYTES + length;
      if (length < 2 || length > SafetensorsHeader.MAX_BYTES || data > size) {
        throw named(
            path,
            SafetensorsHeader.damaged(
                "its header is said to have " + Long.toUnsignedString(length) + " bytes"));
      }
      byte[] json =
          StoredTensor.read(channel, path, SafetensorsHeader.LENGTH_BYTES, (int) length).array();
      var header = SafetensorsHeader.decode(json, size - data);
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      for (var entry : header.tensors()) {
        tensors.put(
            entry.name(),
            new StoredTensor(
                entry.name(), entry.type(), entry.shape(), path, data + entry.begin()));
      }
      return new StoredTensors(path, tensors, header.metadata());
    } catch (HoldfastException e) {
      throw named(path, e);
    }
  }

  private static StoredTensor npy(Path file, String name) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      int fixed = NpyHeader.FIXED_BYTES;
      if (size < fixed + Integer.BYTES) {
        throw NpyHeader.damaged("it has " + size + " bytes");
      }
      int lengthBytes = NpyHeader.lengthBytes(StoredTensor.read(channel, file, 0, fixed).array());
      var lengthRead = StoredTensor.read(channel, file, fixed, lengthBytes);
      int length =
          lengthBytes == Short.BYTES
              ? Short.toUnsignedInt(lengthRead.getShort())
              : lengthRead.getInt();
      long data = (long) fixed + lengthBytes + length;
      if (length < 0 || length > NpyHeader.MAX_BYTES || data > size) {
        throw NpyHeader.damaged("its header is said to have " + length + " bytes");
      }
      byte[] text = StoredTensor.read(channel, file, fixed + lengthBytes, length).array();
      var header = NpyHeader.decode(new String(text, StandardCharsets.UTF_8));
      checkSize(header, size - data);
      return new StoredTensor(name, header.type(), header.shape(), file, data);
    } catch (HoldfastException e) {
      throw named(file, e);
    }
  }

  private static void checkSize(NpyHeader header, long bytes) {
    if (header.fortranOrder() && header.shape().size() > 1) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE,
          "its columns stand side by side (fortran_order), not its rows: save numpy"
              + ".ascontiguousarray(...) of it");
    }
    var type = TensorType.named(header.type());
    if (type.isEmpty()) {
      return; // not read by this version; what it is used for will say so
    }
    try {
      long wanted = type.get().bytes();
      for (long length : header.shape()) {
        wanted = Math.multiplyExact(wanted, length);
      }
      if (wanted == bytes) {
        return;
      }
      throw NpyHeader.damaged(
          "its array has "
              + wanted
              + " bytes, and "
              + bytes
              + " are there: "
              + (bytes < wanted ? "it was cut off" : "something was added"));
    } catch (ArithmeticException e) {
      throw NpyHeader.damaged("its shape " + header.shape() + " is more than any file has");
    }
  }

  private static HoldfastException named(Path file, HoldfastException e) {
    String prefix = e.code() + ": ";
    String text =
        e.getMessage().startsWith(prefix)
            ? e.getMessage().substring(prefix.length())
            : e.getMessage();
    return text.contains(file.toString())
        ? e
        : new HoldfastException(e.code(), file + ": " + text, e);
  }
}
