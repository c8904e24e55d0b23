package io.holdfast.tools.bench;

import java.util.Comparator;
import java.util.List;

/**
 * One measurement.
 *
 * @param workload W1, W2 or W3
 * @param operation push or pull
 * @param inFlight calls outstanding, of each worker
 * @param ratePerSecond keys, rows or bytes of values in a second, as the workload counts
 * @param rateSpread highest less lowest rate of the repeats, over the median; 0 for one repeat
 * @param megabytesPerSecond 10^6 bytes of values in a second
 * @param p50Micros median time of a call
 * @param p99Micros time that one call in a hundred exceeds
 * @param clientCpuSeconds CPU time of this process during the measurement
 * @param serverCpuSeconds CPU time of all nodes together
 * @param pushedBytes keys and values that the heads took, as they came
 * @param forwardedBytes payloads of records that all nodes together sent to successors
 */
record Point(
    Workload workload,
    String operation,
    int inFlight,
    double ratePerSecond,
    double rateSpread,
    double megabytesPerSecond,
    long p50Micros,
    long p99Micros,
    double clientCpuSeconds,
    double serverCpuSeconds,
    long pushedBytes,
    long forwardedBytes) {

  /** The repeat with the median rate, with the spread of all. */
  static Point median(List<Point> repeats) {
    var sorted = repeats.stream().sorted(Comparator.comparingDouble(Point::ratePerSecond)).toList();
    Point middle = sorted.get(sorted.size() / 2);
    double spread =
        (sorted.getLast().ratePerSecond - sorted.getFirst().ratePerSecond) / middle.ratePerSecond;
    return new Point(
        middle.workload,
        middle.operation,
        middle.inFlight,
        middle.ratePerSecond,
        spread,
        middle.megabytesPerSecond,
        middle.p50Micros,
        middle.p99Micros,
        middle.clientCpuSeconds,
        middle.serverCpuSeconds,
        middle.pushedBytes,
        middle.forwardedBytes);
  }

  static final String HEADER =
      String.format(
          "%-4s %-5s %9s %16s %7s %10s %10s %10s %9s %9s %10s",
          "work",
          "op",
          "in flight",
          "rate",
          "spread",
          "MB/s",
          "p50 us",
          "p99 us",
          "cpu s",
          "nodes s",
          "fwd/pushed");

  String line() {
    String rate =
        workload == Workload.W3
            ? String.format("%.2f GB/s", ratePerSecond / 1e9)
            : String.format("%.2f M %s/s", ratePerSecond / 1e6, workload.unit());
    return String.format(
        "%-4s %-5s %9d %16s %6.0f%% %10.0f %10d %10d %9.2f %9.2f %10s",
        workload,
        operation,
        inFlight,
        rate,
        100 * rateSpread,
        megabytesPerSecond,
        p50Micros,
        p99Micros,
        clientCpuSeconds,
        serverCpuSeconds,
        forwardedPerPushed());
  }

  /** Bytes forwarded per byte pushed, over all hops of the chain; nothing where none was. */
  private String forwardedPerPushed() {
    return forwardedBytes == 0 || pushedBytes == 0
        ? ""
        : String.format("%.2f", (double) forwardedBytes / pushedBytes);
  }
}
