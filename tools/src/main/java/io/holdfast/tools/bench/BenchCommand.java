package io.holdfast.tools.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Resume;
import io.holdfast.client.Table;
import io.holdfast.client.Worker;
import io.holdfast.client.WorkerId;
import io.holdfast.model.Durability;
import io.holdfast.model.TableSpec;
import io.holdfast.store.log.LogKind;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import io.holdfast.tools.local.Replicas;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast bench}. */
@Command(
    name = "bench",
    sortOptions = false,
    description = {
      "Measures pushes and pulls over loopback between two processes, beside the machine's limits.",
      "W1: 10,000 sorted keys out of 10 M (Zipf, exponent 1), one float32 each, sparse table.",
      "W2: 1,000 random rows out of 1 M x 64 float32, sparse table.",
      "W3: a dense vector of 100 MB in pieces of 4 MB.",
      "Starts a server of its own in a temporary directory, unless --server names one.",
      "With --replicas it starts as many nodes and a ZooKeeper server, each in a process of its own:",
      "compare --replicas 1 with --replicas 3 for what replication costs, and there bytes forwarded",
      "per byte pushed with and without --combine-pushes."
    },
    footer = {
      "",
      "Example: holdfast bench --workloads W1,W2 --durability memory --seconds 3 --repeats 3",
      "         holdfast bench --workloads W1 --replicas 3 --workers 4 --combine-pushes"
    })
public final class BenchCommand implements Callable<Integer> {
  static final int MOST_IN_FLIGHT = 64;
  private static final int MOST_WORKERS = 64;

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "The nodes to measure, all of their cluster, separated by commas. Default: its own.")
  private @Nullable String server;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = {
        "Replicas of the tables, 1 to 16, on as many nodes unless --server names them.",
        "Default: one server without a cluster."
      })
  private int replicas;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Heap of each node that --replicas starts. Default: 1g.")
  private String heap = "1g";

  @Option(
      names = "--workloads",
      split = ",",
      paramLabel = "W",
      description = "Which. Default: W1,W2,W3.")
  private List<Workload> workloads = List.of(Workload.values());

  @Option(
      names = "--in-flight",
      split = ",",
      paramLabel = "N",
      description = "Calls outstanding, 1 to 64. Default: 1,4,16.")
  private List<Integer> inFlight = List.of(1, 4, 16);

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Workers, 1 to 64, each with so many calls outstanding. Default: 1.")
  private int workers = 1;

  @Option(
      names = "--combine-pushes",
      description = "Make tables whose pushes are combined before they are replicated.")
  private boolean combinePushes;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Time of each measurement. Default: 3.")
  private double seconds = 3;

  @Option(
      names = "--warm-up",
      paramLabel = "S",
      description =
          "Time before the measurements of each workload and operation, long enough for the log to"
              + " come round to files that it has used before. Default: 6.")
  private double warmUp = 6;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      description = "Measurements of each kind; the median is shown. Default: 1.")
  private int repeats = 1;

  @Option(
      names = "--durability",
      paramLabel = "fsync|memory",
      description = "Of the tables. Default: memory.")
  private String durability = "memory";

  @Option(
      names = "--log",
      paramLabel = "chronicle|file",
      description = "Log of its own server. Default: chronicle.")
  private String log = "chronicle";

  @Override
  public Integer call() throws IOException, InterruptedException {
    Durability acknowledged = choice(Durability.class, "--durability", durability);
    LogKind kind = choice(LogKind.class, "--log", log);
    check(seconds > 0 && seconds <= 600, "--seconds is not within 0 and 600");
    check(repeats >= 1 && repeats <= 100, "--repeats is not within 1 and 100");
    for (int calls : inFlight) {
      check(calls >= 1 && calls <= MOST_IN_FLIGHT, "--in-flight is not within 1 and 64");
    }
    check(replicas >= 0 && replicas <= TableSpec.MAX_REPLICAS, "--replicas is not within 1 and 16");
    check(workers >= 1 && workers <= MOST_WORKERS, "--workers is not within 1 and 64");
    check(heap.matches("[0-9]+[kmgKMG]"), "--heap '" + heap + "' is no size such as 1g");
    MachineLimits limits = MachineLimits.measure(Math.min(seconds, 1), kind);
    say(limits.text());
    List<Point> points = new ArrayList<>();
    if (server != null) {
      measure(server, acknowledged, points);
    } else if (replicas > 0) {
      try (ProcessCluster cluster = cluster(kind)) {
        measure(cluster.addresses(), acknowledged, points);
      }
    } else {
      try (ServerChild child = ServerChild.start(List.of("--log", log))) {
        measure(child.address(), acknowledged, points);
      }
    }
    if (common.isJson()) {
      common
          .out()
          .println(
              json(
                  limits, points, acknowledged, server == null ? Math.max(1, replicas) : replicas));
      common.out().flush();
    }
    return ExitCode.OK.number();
  }

  private ProcessCluster cluster(LogKind kind) throws IOException {
    return ProcessCluster.start(
        Layout.onFreePorts(replicas, 1),
        ClusterSettings.in(Files.createTempDirectory("holdfast-bench-"))
            .withNodeHeap(heap)
            // Of the job's home range too: one node cannot keep three.
            .withNodeSettings(Map.of("log", kind.name(), "replicas", Integer.toString(replicas)))
            .temporarily());
  }

  private void measure(String addresses, Durability acknowledged, List<Point> points)
      throws InterruptedException {
    say(Point.HEADER);
    try (Holdfast cluster = Holdfast.connect(addresses)) {
      Job job = cluster.job("holdfast-bench");
      List<String> made = new ArrayList<>();
      List<Worker> joined = new ArrayList<>();
      try {
        for (int i = 0; i < workers; i++) {
          joined.add(job.join(WorkerId.of(i, workers), Resume.FRESH));
        }
        for (Workload workload : workloads) {
          String name = workload + "-" + ProcessHandle.current().pid();
          TableSpec spec = workload.spec(acknowledged, replicas, combinePushes);
          List<Table> tables = joined.stream().map(worker -> worker.table(name, spec)).toList();
          made.add(name);
          if (replicas > 1) {
            // The first pushes are not to pay for the making of its chains.
            Replicas.await(addresses);
          }
          measure(addresses, workload, tables, points);
        }
        joined.forEach(worker -> worker.leave().join());
      } finally {
        joined.forEach(Worker::close);
        made.forEach(job::dropTable);
      }
    }
  }

  private void measure(String addresses, Workload workload, List<Table> tables, List<Point> points)
      throws InterruptedException {
    List<Workload.Calls> calls = new ArrayList<>();
    for (int worker = 0; worker < tables.size(); worker++) {
      calls.add(workload.calls(worker));
    }
    for (boolean push : new boolean[] {true, false}) {
      int most = inFlight.stream().max(Integer::compare).orElseThrow();
      new Load(calls, tables, push, most).run(warmUp);
      for (int outstanding : inFlight) {
        var load = new Load(calls, tables, push, outstanding);
        List<Point> repeated = new ArrayList<>();
        for (int i = 0; i < repeats; i++) {
          repeated.add(point(addresses, workload, load, push, outstanding));
        }
        Point median = Point.median(repeated);
        points.add(median);
        say(median.line());
      }
    }
  }

  private Point point(String addresses, Workload workload, Load load, boolean push, int outstanding)
      throws InterruptedException {
    long clientCpu = clientCpuNanos();
    NodeTotals before = NodeTotals.read(addresses);
    LoadLoop.Measured measured = load.run(seconds);
    NodeTotals after = NodeTotals.read(addresses);
    double calls = measured.calls() / measured.seconds();
    return new Point(
        workload,
        push ? "push" : "pull",
        outstanding,
        calls * workload.unitsPerCall(),
        0,
        calls * workload.bytesPerCall() / 1e6,
        measured.micros().getValueAtPercentile(50),
        measured.micros().getValueAtPercentile(99),
        (clientCpuNanos() - clientCpu) / 1e9,
        (after.cpuMicros() - before.cpuMicros()) / 1e6,
        after.pushedBytes() - before.pushedBytes(),
        after.forwardedBytes() - before.forwardedBytes());
  }

  String json(MachineLimits limits, List<Point> points, Durability durability, int replicas) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("durability", durability.name().toLowerCase(Locale.ROOT));
    document.put("replicas", replicas);
    document.put("workers", workers);
    document.put("combinePushes", combinePushes);
    document.put("jvm", Runtime.version().toString());
    document.put("processors", Runtime.getRuntime().availableProcessors());
    document.put("limits", limits);
    document.put("results", points);
    return new ObjectMapper().valueToTree(document).toString();
  }

  /** Progress: on standard output, or beside it where that is for one document. */
  private void say(String line) {
    var to = common.isJson() ? common.err() : common.out();
    to.println(line);
    to.flush();
  }

  private static long clientCpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private void check(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  private <E extends Enum<E>> E choice(Class<E> type, String option, String text) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
        return constant;
      }
    }
    throw new ParameterException(command.commandLine(), option + " '" + text + "' is not known");
  }
}
