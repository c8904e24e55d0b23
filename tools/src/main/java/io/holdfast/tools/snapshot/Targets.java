package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Which store a target's name means. */
final class Targets {
  private Targets() {}

  static ObjectStore open(String target, RepositoryOptions options) {
    if (target.startsWith("file:") || !target.matches("[A-Za-z][A-Za-z0-9+.-]*://.*")) {
      Path directory = directory(target);
      if (options.create()) {
        make(directory);
      }
      return new DirectoryStore(directory);
    }
    try {
      return S3Target.open(target, options.endpoint());
    } catch (IllegalArgumentException | SdkClientException e) {
      throw unsuitable(target, e);
    }
  }

  private static Path directory(String target) {
    try {
      if (target.isBlank()) {
        throw new IllegalArgumentException("an empty name");
      }
      return target.startsWith("file:") ? Path.of(URI.create(target)) : Path.of(target);
    } catch (IllegalArgumentException e) {
      throw unsuitable(target, e);
    }
  }

  private static HoldfastException unsuitable(String target, RuntimeException cause) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "'"
            + target
            + "' is no target of snapshots ("
            + cause.getMessage()
            + "): name a directory, as /path or file:///path, or s3://bucket/prefix",
        cause);
  }

  /** One level only: what is above it, such as a mounted file system, must be there. */
  private static void make(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    Path above = path.getParent();
    try {
      if (above != null && !Files.exists(path)) {
        Files.createDirectory(path);
        DirectoryStore.force(above);
      }
    } catch (FileAlreadyExistsException e) {
      // another process made it meanwhile
    } catch (IOException e) {
      throw new HoldfastException(
          ErrorCode.TARGET_UNAVAILABLE,
          "cannot make the directory "
              + path
              + " ("
              + e
              + "): mount or make the one above it, and see that this user may write to it",
          e);
    }
  }
}
