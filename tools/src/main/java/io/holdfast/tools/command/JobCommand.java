package io.holdfast.tools.command;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.DescribeGroupRequest;
import io.holdfast.v1.DropJobRequest;
import io.holdfast.v1.ExpelWorkerRequest;
import io.holdfast.v1.Job;
import io.holdfast.v1.JobGroup;
import io.holdfast.v1.ListJobsRequest;
import io.holdfast.v1.LostWorkers;
import io.holdfast.v1.SetGroupRequest;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code holdfast job ...}. */
@Command(
    name = "job",
    description = "Lists jobs, shows their workers, and says what a lost worker means.",
    footer = {"", "Example: holdfast job show ads"},
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      JobCommand.ListAll.class,
      JobCommand.Show.class,
      JobQueueCommand.class,
      JobCommand.Change.class,
      JobCommand.Expel.class,
      JobCommand.Drop.class
    })
final class JobCommand {
  @Command(
      name = "list",
      description = "Lists the jobs, and what a lost worker means for each.",
      footer = {"", "Example: holdfast job list"})
  static final class ListAll implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control()) {
        var jobs =
            control.call(stub -> stub.listJobs(ListJobsRequest.getDefaultInstance())).getJobsList();
        common.print(
            Map.of("jobs", jobs.stream().map(JobView::document).toList()),
            () -> {
              common.out().println(JobView.HEADER);
              jobs.forEach(job -> common.out().println(JobView.line(job)));
            });
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "show",
      description = "Shows the workers of a job: who lives, who is silent, who has gone.",
      footer = {"", "Example: holdfast job show ads"})
  static final class Show implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "JOB", description = "Name of the job.")
    private String job = "";

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control()) {
        JobGroup group =
            control.call(
                stub -> stub.describeGroup(DescribeGroupRequest.newBuilder().setJob(job).build()));
        common.print(JobView.document(group), () -> common.out().print(JobView.text(group)));
      }
      return ExitCode.OK.number();
    }
  }

  /** What a lost worker means, as it is written. */
  enum Policy {
    wait,
    leave
  }

  @Command(
      name = "set",
      sortOptions = false,
      description = {
        "Says what a lost worker of a job means, also while it runs.",
        "wait: its group waits until its rank has joined again.",
        "leave: it is given up, and the others go on."
      },
      footer = {"", "Example: holdfast job set ads --lost-workers leave --lost-after 30s"})
  static final class Change implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "JOB", description = "Name of the job.")
    private String job = "";

    @Option(
        names = "--lost-workers",
        paramLabel = "wait|leave",
        required = true,
        description = "What is done about them.")
    private Policy policy = Policy.wait;

    @Option(
        names = "--lost-after",
        paramLabel = "TIME",
        converter = OfMillis.class,
        description = {
          "Without a word from a worker for so long it is lost: 100ms to 1d.",
          "Default: as it is, which is 10s at first."
        })
    private int lostAfter;

    @Override
    public Integer call() {
      var request =
          SetGroupRequest.newBuilder()
              .setJob(job)
              .setLostWorkers(LostWorkers.valueOf(policy.name().toUpperCase(Locale.ROOT)))
              .setLostAfterMillis(lostAfter)
              .build();
      try (ControlCalls control = cluster.control()) {
        Job changed = control.call(stub -> stub.setGroup(request));
        common.print(
            JobView.document(changed),
            () -> {
              common.out().println(JobView.HEADER);
              common.out().println(JobView.line(changed));
            });
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "expel",
      description = {
        "Has the group of a job go on without a worker, whatever the job says of lost ones.",
        "Where it lives it is told so; it may join again. Done when 'job show' says LOST."
      },
      footer = {"", "Example: holdfast job expel ads 3"})
  static final class Expel implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "JOB", description = "Name of the job.")
    private String job = "";

    @Parameters(index = "1", paramLabel = "RANK", description = "The worker's rank.")
    private int rank;

    @Override
    public Integer call() {
      var request = ExpelWorkerRequest.newBuilder().setJob(job).setRank(rank).build();
      try (ControlCalls control = cluster.control()) {
        JobGroup group = control.call(stub -> stub.expelWorker(request));
        common.print(
            JobView.document(group),
            () -> common.out().println("the group goes on without rank " + rank));
      }
      return ExitCode.OK.number();
    }
  }

  @Command(
      name = "drop",
      description = {
        "Drops a job for good: its tables with all their rows, its workers' clocks and saved states.",
        "Workers of it that still run end with an error."
      },
      footer = {"", "Example: holdfast job drop ads --yes"})
  static final class Drop implements Callable<Integer> {
    @Mixin private Common common = new Common();
    @Mixin private Common.Cluster cluster = new Common.Cluster();

    @Parameters(index = "0", paramLabel = "JOB", description = "Name of the job.")
    private String job = "";

    @Option(names = "--yes", required = true, description = "Really drop it. Must be given.")
    private boolean yes;

    @Override
    public Integer call() {
      try (ControlCalls control = cluster.control()) {
        var jobs = control.call(stub -> stub.listJobs(ListJobsRequest.getDefaultInstance()));
        if (jobs.getJobsList().stream().noneMatch(one -> one.getName().equals(job))) {
          throw new HoldfastException(
              ErrorCode.UNKNOWN_JOB,
              "there is no job '" + job + "'; 'holdfast job list' shows those there are");
        }
        var request = DropJobRequest.newBuilder().setName(job).build();
        var unused = control.call(stub -> stub.dropJob(request));
      }
      common.print(
          Map.of("dropped", yes, "job", job),
          () -> common.out().println("dropped job '" + job + "'"));
      return ExitCode.OK.number();
    }
  }

  /** Times as in settings: {@code 500ms}, {@code 10s}. */
  static final class OfMillis implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        long millis =
            ConfigValueFactory.fromAnyRef(text).atKey("time").getDuration("time").toMillis();
        return Math.toIntExact(millis);
      } catch (ConfigException | ArithmeticException e) {
        throw new TypeConversionException("'" + text + "' is no time such as 500ms or 10s");
      }
    }
  }
}
