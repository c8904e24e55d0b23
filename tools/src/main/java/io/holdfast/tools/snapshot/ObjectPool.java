package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.FullDisk;
import io.holdfast.model.HoldfastException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** The objects: stored once, verified whenever they are read. Any number of threads. */
final class ObjectPool {
  private static final String REMEDY =
      "take this file from a copy of the target, or use another snapshot";

  private final ObjectStore store;
  private final Throttle throttle;

  ObjectPool(ObjectStore store, Throttle throttle) {
    this.store = store;
    this.throttle = throttle;
  }

  /** Whether an object of this name and length is there; its content is not looked at. */
  boolean has(StoredObject object) {
    return TargetErrors.on(
        store,
        "looking for " + object.key(),
        () -> {
          ObjectStore.Entry entry = store.find(object.key());
          return entry != null && entry.bytes() == object.bytes();
        });
  }

  Stored put(Path file, Progress progress) {
    StoredObject object = name(file);
    return put(object, file.toString(), () -> Files.newInputStream(file), progress);
  }

  Stored put(byte[] content) {
    StoredObject object = new StoredObject(Hashes.of(content), content.length);
    return put(object, "content", () -> new ByteArrayInputStream(content), Progress.NONE);
  }

  private StoredObject name(Path file) {
    try {
      return Hashes.of(file, throttle::take);
    } catch (IOException e) {
      throw unreadable(file.toString(), e.toString());
    }
  }

  private static HoldfastException unreadable(String file, String why) {
    return new HoldfastException(
        ErrorCode.STORE_FAILED,
        file + " " + why + ": it was to be stored and cannot be; see to the disk, and try again");
  }

  private Stored put(
      StoredObject object, String from, TargetErrors.Call<InputStream> source, Progress progress) {
    progress.at(0, object.bytes());
    if (has(object)) {
      progress.at(object.bytes(), object.bytes());
      return new Stored(object, false);
    }
    var content =
        new Content() {
          @Override
          public long bytes() {
            return object.bytes();
          }

          @Override
          public InputStream open() throws IOException {
            return new VerifyingStream(
                source.run(),
                object,
                throttle,
                counter(object, progress),
                what -> unreadable(from, what));
          }
        };
    TargetErrors.run(store, "storing " + from, () -> store.put(object.key(), content));
    return new Stored(object, true);
  }

  /** Counts from 0 again where a content is sent again. */
  private static LongConsumer counter(StoredObject object, Progress progress) {
    var done = new AtomicLong();
    return bytes -> progress.at(done.addAndGet(bytes), object.bytes());
  }

  InputStream open(StoredObject object, Progress progress) {
    progress.at(0, object.bytes());
    String place = store.place(object.key());
    try {
      return new VerifyingStream(
          store.open(object.key()),
          object,
          throttle,
          counter(object, progress),
          what -> TargetErrors.damaged(place, what, REMEDY));
    } catch (NoSuchFileException e) {
      Identity.read(store); // where all of the target has gone, that is what is wrong
      throw TargetErrors.damaged(place, "is missing", REMEDY);
    } catch (IOException e) {
      throw TargetErrors.of(store, "reading " + object.key(), e);
    }
  }

  void get(StoredObject object, Path to, Progress progress) {
    boolean isWhole = false;
    try (InputStream in = open(object, progress)) {
      copy(object, in, to);
      isWhole = true;
    } catch (IOException e) {
      throw TargetErrors.of(store, "reading " + object.key(), e);
    } finally {
      if (!isWhole) {
        removeHalf(to);
      }
    }
  }

  /** Errors of the file that is written are not the target's. */
  private void copy(StoredObject object, InputStream in, Path to) {
    byte[] buffer = new byte[256 << 10];
    try (var out = Files.newOutputStream(to)) {
      while (true) {
        int read = TargetErrors.on(store, "reading " + object.key(), () -> in.read(buffer));
        if (read < 0) {
          return;
        }
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      boolean isFull = FullDisk.isMeantBy(e);
      throw new HoldfastException(
          isFull ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED,
          "cannot write "
              + to
              + " ("
              + e
              + "): "
              + (isFull ? "make room there" : "see to the disk")
              + ", and run it again",
          e);
    }
  }

  void place(StoredObject object, Path at, Progress progress) {
    Path file = store.file(object.key());
    if (file == null || !has(object)) {
      get(object, at, progress); // where it is missing, this says so
      return;
    }
    try {
      Files.createSymbolicLink(at, file);
      progress.at(object.bytes(), object.bytes());
    } catch (IOException | UnsupportedOperationException e) {
      get(object, at, progress); // not every file system has links
    }
  }

  private static void removeHalf(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // what failed before is what matters
    }
  }

  /** Reads every object, whatever is wrong with those before it. */
  Verified verify(Map<StoredObject, List<String>> objects, Progress progress) {
    long total = objects.keySet().stream().mapToLong(StoredObject::bytes).sum();
    List<Verified.Problem> problems = new ArrayList<>();
    byte[] buffer = new byte[256 << 10];
    long before = 0;
    progress.at(0, total);
    for (var entry : objects.entrySet()) {
      StoredObject object = entry.getKey();
      long done = before;
      try (InputStream in = open(object, (bytes, unused) -> progress.at(done + bytes, total))) {
        while (in.read(buffer) >= 0) {
          // the stream compares
        }
      } catch (HoldfastException e) {
        if (e.code() != ErrorCode.SNAPSHOT_DAMAGED) {
          throw e;
        }
        problems.add(problem(object, entry.getValue(), e));
      } catch (IOException e) {
        throw TargetErrors.of(store, "reading " + object.key(), e);
      }
      before += object.bytes();
      progress.at(before, total);
    }
    return new Verified(objects.size(), total, problems);
  }

  private Verified.Problem problem(
      StoredObject object, List<String> uses, HoldfastException error) {
    String place = store.place(object.key());
    String text = error.getMessage();
    int at = text.indexOf(place);
    String what = at < 0 ? text : text.substring(at + place.length()).strip();
    return new Verified.Problem(place, uses, what);
  }

  /** Those that are missing, or have another length. */
  List<String> missing(Map<StoredObject, List<String>> objects) {
    List<String> missing = new ArrayList<>();
    objects.forEach(
        (object, uses) -> {
          if (!has(object)) {
            missing.add(store.place(object.key()) + " (" + String.join(", ", uses) + ")");
          }
        });
    return missing;
  }
}
