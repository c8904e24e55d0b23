package io.holdfast.tools.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.HoldfastCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands about snapshots as operators run them, in this process. Calls block. */
final class SnapshotCommands {
  private final String addresses;
  private final Path target;
  private final @Nullable Long limit;

  /**
   * @param limit bytes a second of each node, for those that are taken while workers push; null:
   *     none
   */
  SnapshotCommands(String addresses, Path target, @Nullable Long limit) {
    this.addresses = addresses;
    this.target = target;
    this.limit = limit;
  }

  /**
   * What a command did.
   *
   * @param document its last line
   */
  record Done(double seconds, JsonNode document) {}

  /** As {@link #create}, while workers push. */
  Done createMeanwhile(String name, String job) {
    if (limit == null) {
      return create(name, job);
    }
    return onCluster(
        "snapshot",
        "create",
        name,
        "--job",
        job,
        "--to",
        target.toString(),
        "--limit",
        limit.toString());
  }

  Done create(String name, String job) {
    return onCluster("snapshot", "create", name, "--job", job, "--to", target.toString());
  }

  Done verify(String name) {
    return run("snapshot", "verify", name, "--target", target.toString());
  }

  /** Returns when the job serves under its other name. */
  Done restore(String name, String as) {
    return onCluster(
        "snapshot", "restore", name, "--from", target.toString(), "--job", as, "--execute");
  }

  void delete(List<String> names) {
    for (String name : names) {
      run("snapshot", "delete", name, "--target", target.toString(), "--yes");
    }
  }

  private Done onCluster(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", addresses));
    return run(all.toArray(String[]::new));
  }

  private static Done run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--output", "json"));
    var out = new StringWriter();
    var err = new StringWriter();
    var line = HoldfastCommand.commandLine();
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    long began = System.nanoTime();
    int code = line.execute(all.toArray(String[]::new));
    double seconds = (System.nanoTime() - began) / 1e9;
    if (code != 0) {
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE,
          "'"
              + String.join(" ", arguments)
              + "' ended with "
              + code
              + ": "
              + err.toString().strip());
    }
    return new Done(seconds, last(out.toString()));
  }

  private static JsonNode last(String out) {
    try {
      String[] lines = out.strip().split("\n", -1);
      return new ObjectMapper().readTree(lines[lines.length - 1]);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no document: " + out, e);
    }
  }
}
