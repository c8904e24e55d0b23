package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What makes a target a repository: a file with its format and a random id. It tells a repository
 * from a directory of other things, and from the empty directory below a file system that is not
 * mounted.
 */
final class Identity {
  static final int FORMAT = 1;

  private static final Pattern TEXT =
      Pattern.compile("\\{\"holdfastSnapshots\":(\\d{1,9})(?:,\"id\":\"([0-9a-f-]{36})\"\\})?.*");

  private Identity() {}

  /**
   * The repository's id.
   *
   * @throws HoldfastException INVALID_ARGUMENT where it is none, UNSUPPORTED_FORMAT
   */
  static String read(ObjectStore store) {
    return parse(store, text(store, "there is no repository of snapshots in "));
  }

  /** The repository's id, which is made where the target is empty. */
  static String readOrCreate(ObjectStore store) {
    List<String> found = new ArrayList<>();
    TargetErrors.run(
        store,
        "looking at what is there",
        () -> {
          if (store.find(Keys.IDENTITY) == null) {
            store.list(
                "",
                entry -> {
                  found.add(entry.key());
                  return false;
                });
            if (found.isEmpty()) {
              String text = "{\"holdfastSnapshots\":" + FORMAT + ",\"id\":\"" + UUID.randomUUID();
              store.put(
                  Keys.IDENTITY, Content.of((text + "\"}\n").getBytes(StandardCharsets.UTF_8)));
            }
          }
        });
    if (!found.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          store.name()
              + " is not a repository of snapshots and not empty, there is "
              + store.place(found.getFirst())
              + ": name an empty place, for instance a new directory in it");
    }
    return read(store); // of two that make it at once, both go on with the later one's
  }

  /**
   * @throws HoldfastException TARGET_UNAVAILABLE where another repository, or none, is there now
   */
  static void check(ObjectStore store, String id) {
    String now = parse(store, text(store, "the repository has gone from "));
    if (!now.equals(id)) {
      throw new HoldfastException(
          ErrorCode.TARGET_UNAVAILABLE,
          store.name()
              + " is another repository than before, "
              + now
              + " in place of "
              + id
              + ": see what is mounted there, and run the command again");
    }
  }

  private static String text(ObjectStore store, String absent) {
    try (var in = store.open(Keys.IDENTITY)) {
      return new String(in.readNBytes(1000), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      throw new HoldfastException(
          ErrorCode.TARGET_UNAVAILABLE,
          absent
              + store.name()
              + ", "
              + store.place(Keys.IDENTITY)
              + " is missing: mount what should be there, or name another target;"
              + " 'snapshot create' makes a repository of an empty one",
          e);
    } catch (IOException e) {
      throw TargetErrors.of(store, "reading " + Keys.IDENTITY, e);
    }
  }

  private static String parse(ObjectStore store, String text) {
    String place = store.place(Keys.IDENTITY);
    Matcher line = TEXT.matcher(text);
    if (line.matches() && Integer.parseInt(line.group(1)) > FORMAT) {
      throw TargetErrors.newer(place, line.group(1), FORMAT);
    }
    if (!line.matches() || line.group(2) == null) {
      throw TargetErrors.damaged(
          place,
          "does not say what repository this is",
          "take this file from a copy of the target, or name another target");
    }
    return line.group(2);
  }
}
