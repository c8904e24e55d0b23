package io.holdfast.tools.command;

import io.holdfast.v1.DigestReply;
import io.holdfast.v1.ScrubRequest;
import io.holdfast.v1.ScrubResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast scrub}. */
@Command(
    name = "scrub",
    sortOptions = false,
    description = {
      "Compares the replicas of every range bit by bit, by digests at equal LSNs, while pushes go on.",
      "Ends with 9 where replicas differ, with 6 where some could not be compared."
    },
    footer = {"", "Example: holdfast scrub --job ads --table weights"})
final class ScrubCommand implements Callable<Integer> {
  @Mixin private Common common = new Common();
  @Mixin private Common.Cluster cluster = new Common.Cluster();

  @Option(names = "--job", paramLabel = "JOB", description = "Only this job's tables.")
  private String job = "";

  @Option(names = "--table", paramLabel = "TABLE", description = "Only this table.")
  private String table = "";

  @Option(
      names = "--patience",
      paramLabel = "S",
      description = "Seconds that the comparison may take. Default: 600.")
  private long patience = 600;

  @Override
  public Integer call() {
    List<ScrubResult> results = scrub();
    common.print(
        Map.of("ranges", results.stream().map(ScrubCommand::document).toList()),
        () -> common.out().print(text(results)));
    if (results.stream().anyMatch(result -> result.getError().isEmpty() && !result.getEqual())) {
      return ExitCode.DIFFERENT.number();
    }
    return results.stream().anyMatch(result -> !result.getError().isEmpty())
        ? ExitCode.BUSY.number()
        : ExitCode.OK.number();
  }

  private List<ScrubResult> scrub() {
    ScrubRequest request = ScrubRequest.newBuilder().setJob(job).setTable(table).build();
    try (ControlCalls control = cluster.control(Duration.ofSeconds(patience))) {
      return control.call(
          stub -> {
            List<ScrubResult> results = new ArrayList<>();
            stub.scrub(request).forEachRemaining(results::add);
            return results;
          });
    }
  }

  private static Map<String, Object> document(ScrubResult result) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("range", result.getRange());
    document.put("lsn", result.getLsn());
    document.put("verdict", verdict(result));
    document.put("error", result.getError());
    document.put(
        "digests",
        result.getDigestsList().stream()
            .map(
                digest -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("node", digest.getNode());
                  one.put("lsn", digest.getLsn());
                  one.put("rows", hex(digest.getRowsDigest()));
                  one.put("state", hex(digest.getStateDigest()));
                  one.put("bytes", digest.getBytes());
                  return one;
                })
            .toList());
    return document;
  }

  static String text(List<ScrubResult> results) {
    var text =
        new StringBuilder(
            String.format("%6s %12s %-10s %s%n", "RANGE", "LSN", "VERDICT", "NODE:ROWS/STATE"));
    for (ScrubResult result : results) {
      text.append(
          String.format(
              "%6d %12d %-10s %s%s%n",
              result.getRange(),
              result.getLsn(),
              verdict(result),
              result.getDigestsList().stream()
                  .map(ScrubCommand::digest)
                  .collect(Collectors.joining(" ")),
              result.getError().isEmpty() ? "" : " " + result.getError()));
    }
    long differing = results.stream().filter(result -> verdict(result).equals("DIFFERENT")).count();
    long open = results.stream().filter(result -> !result.getError().isEmpty()).count();
    text.append(
        String.format(
            "%d ranges compared, %d differ, %d without a verdict%n",
            results.size() - open, differing, open));
    return text.toString();
  }

  private static String verdict(ScrubResult result) {
    return !result.getError().isEmpty() ? "unknown" : result.getEqual() ? "equal" : "DIFFERENT";
  }

  private static String digest(DigestReply digest) {
    return digest.getNode()
        + ":"
        + hex(digest.getRowsDigest())
        + "/"
        + hex(digest.getStateDigest());
  }

  private static String hex(long digest) {
    return String.format("%016x", digest);
  }
}
