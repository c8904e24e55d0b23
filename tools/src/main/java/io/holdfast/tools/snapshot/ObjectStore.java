package io.holdfast.tools.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a repository keeps its bytes: named by keys such as {@code objects/ab/abcd}, whole or not
 * there at all. For many threads and processes at once; every call blocks.
 *
 * <p>{@link TargetFullException} where there is no room; any other {@link IOException} where the
 * target cannot be reached, has gone or fails. All calls may be repeated.
 */
interface ObjectStore extends AutoCloseable {
  /**
   * What is stored under a key.
   *
   * @param modified when it was written, by the clock of the target
   */
  record Entry(String key, long bytes, Instant modified) {}

  /** The target as its user names it, for messages. */
  String name();

  /** Where a key is, for messages: a path or a URL. */
  String place(String key);

  /** Null where there is nothing under the key. */
  @Nullable Entry find(String key) throws IOException;

  /**
   * Stores under a key, in place of what is there. When this returns it is durable and visible in
   * full; until then, and where it fails, what was there before is.
   */
  void put(String key, Content content) throws IOException;

  /**
   * What is under a key, from its beginning.
   *
   * @throws java.nio.file.NoSuchFileException where there is nothing
   */
  InputStream open(String key) throws IOException;

  /** The file that a key is, where it is one; null where the target has no files. */
  @Nullable Path file(String key);

  /** Gone for good when this returns; no error where there was nothing. */
  void delete(String key) throws IOException;

  /**
   * Everything whose key begins with a prefix that ends with a slash, or with an empty one
   * everything there is, in any order. What is stored or deleted meanwhile may be among it or not.
   *
   * @param each says whether it wants more
   */
  void list(String prefix, Predicate<Entry> each) throws IOException;

  /** Removes what interrupted {@link #put}s left. To be called while nothing is being stored. */
  void removeUnfinished() throws IOException;

  @Override
  void close();
}
