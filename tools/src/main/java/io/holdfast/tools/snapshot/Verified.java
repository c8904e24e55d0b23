package io.holdfast.tools.snapshot;

import java.util.List;

/**
 * What verifying a snapshot's objects came to.
 *
 * @param objects that were read
 * @param bytes that they have
 * @param problems empty: all are there and are what they should be
 */
public record Verified(int objects, long bytes, List<Problem> problems) {
  /**
   * An object that is missing or damaged.
   *
   * @param place path or URL of the object
   * @param uses what the snapshot needs it for
   * @param what is wrong with it
   */
  public record Problem(String place, List<String> uses, String what) {
    public Problem {
      uses = List.copyOf(uses);
    }

    @Override
    public String toString() {
      return place + " (" + String.join(", ", uses) + ") " + what;
    }
  }

  public Verified {
    problems = List.copyOf(problems);
  }

  public boolean isSound() {
    return problems.isEmpty();
  }
}
