package io.holdfast.tools.snapshot;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;

/** What goes wrong with a target, as errors that name it and what to do. */
final class TargetErrors {
  private TargetErrors() {}

  /** A call on the target, whose errors are turned into typed ones. */
  @FunctionalInterface
  interface Call<T> {
    T run() throws IOException;
  }

  /** A call without a result. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  static <T> T on(ObjectStore store, String doing, Call<T> call) {
    try {
      return call.run();
    } catch (IOException e) {
      throw of(store, doing, e);
    }
  }

  static void run(ObjectStore store, String doing, Action action) {
    try {
      action.run();
    } catch (IOException e) {
      throw of(store, doing, e);
    }
  }

  static HoldfastException of(ObjectStore store, String doing, IOException e) {
    if (e instanceof TargetFullException) {
      return new HoldfastException(
          ErrorCode.DISK_FULL,
          store.name()
              + " has no room for "
              + doing
              + " ("
              + e.getMessage()
              + "): make room there, for instance by 'snapshot delete', and run the command again;"
              + " what is stored already is not sent again",
          e);
    }
    return new HoldfastException(
        ErrorCode.TARGET_UNAVAILABLE,
        store.name()
            + " failed at "
            + doing
            + " ("
            + e
            + "): see that the target is mounted or running, reachable from here and may be written"
            + " to by this user, and run the command again",
        e);
  }

  static HoldfastException damaged(String place, String what, String remedy) {
    return new HoldfastException(ErrorCode.SNAPSHOT_DAMAGED, place + " " + what + ": " + remedy);
  }

  static HoldfastException newer(String place, String format, int known) {
    return new HoldfastException(
        ErrorCode.UNSUPPORTED_FORMAT,
        place
            + " is of format "
            + format
            + ", this version of Holdfast reads up to "
            + known
            + ": use the version that wrote it, or a later one");
  }
}
