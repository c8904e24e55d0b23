package io.holdfast.tools.command;

import io.holdfast.client.Holdfast;
import io.holdfast.client.QueueStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code holdfast job queue}. */
@Command(
    name = "queue",
    description = "Shows how far a job's work queues have come.",
    footer = {"", "Example: holdfast job queue lr"})
final class JobQueueCommand implements Callable<Integer> {
  @Mixin private Common common = new Common();
  @Mixin private Common.Cluster cluster = new Common.Cluster();

  @Parameters(index = "0", paramLabel = "JOB", description = "Name of the job.")
  private String job = "";

  @Override
  public Integer call() {
    List<QueueStatus> queues;
    try (Holdfast connected = cluster.connect()) {
      queues = connected.job(job).queues();
    }
    common.print(
        Map.of("job", job, "queues", queues.stream().map(JobQueueCommand::document).toList()),
        () -> queues.forEach(queue -> common.out().println(text(queue))));
    return ExitCode.OK.number();
  }

  private static Map<String, Object> document(QueueStatus queue) {
    return Map.of(
        "name", queue.name(),
        "shards", queue.shards(),
        "passes", queue.passes(),
        "finished", queue.finished(),
        "left", queue.left(),
        "out", queue.out());
  }

  private static String text(QueueStatus queue) {
    String out =
        queue.out().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(
                worker ->
                    "worker "
                        + worker.getKey()
                        + " has "
                        + worker.getValue().stream()
                            .map(taken -> taken.shard() + " of pass " + (taken.pass() + 1))
                            .collect(Collectors.joining(", ")))
            .collect(Collectors.joining("; "));
    return String.format(
        "%s: %d shards, %d passes; %d of %d finished, %d left%s",
        queue.name(),
        queue.shards(),
        queue.passes(),
        queue.finished(),
        queue.total(),
        queue.left(),
        out.isEmpty() ? "" : "; " + out);
  }
}
