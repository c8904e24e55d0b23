package io.holdfast.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a server process holds in memory, in MiB.
 *
 * <p>How it is measured: the server runs with a heap of fixed size that is touched at start ({@link
 * #flags}), so the process's anonymous memory ({@code RssAnon}: no mapped log, no page cache) is
 * that heap and everything outside of it: RocksDB, transport buffers, code, stacks. The heap's part
 * is told by a full collection: what is live after it. Their sum is what the process needs; garbage
 * not yet collected is not in it, but is bounded by the heap, which is given.
 *
 * @param anonymous RssAnon
 * @param outside RssAnon less the heap
 * @param live heap in use after a full collection
 */
record ServerMemory(double anonymous, double outside, double live) {
  private static final Pattern USED = Pattern.compile("(?:PSYoungGen|ParOldGen).*?used (\\d+)K");
  private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");

  static List<String> flags(int heapMib) {
    return ServerProcess.asLaunched(
        "-Xms" + heapMib + "m", "-Xmx" + heapMib + "m", "-XX:+AlwaysPreTouch");
  }

  /** Of a process started with {@link #flags}; makes it collect. Blocks. */
  static ServerMemory of(long pid, int heapMib) throws IOException, InterruptedException {
    jcmd(pid, "GC.run");
    double live = sum(USED, jcmd(pid, "GC.heap_info"));
    double anonymous = sum(ANONYMOUS, Files.readString(Path.of("/proc/" + pid + "/status")));
    return new ServerMemory(anonymous, anonymous - heapMib, live);
  }

  double liveMib() {
    return live + outside;
  }

  private static String jcmd(long pid, String command) throws IOException, InterruptedException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var process =
        new ProcessBuilder(jcmd, Long.toString(pid), command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(output);
    }
    return output;
  }

  private static double sum(Pattern kibibytes, String text) {
    double sum = 0;
    int found = 0;
    for (var matcher = kibibytes.matcher(text); matcher.find(); found++) {
      sum += Long.parseLong(matcher.group(1)) / 1024.0;
    }
    if (found == 0) {
      throw new IllegalStateException("no " + kibibytes + " in " + text);
    }
    return sum;
  }

  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT,
        "RssAnon %.0f MiB, of it outside the heap %.0f; live in the heap %.0f",
        anonymous,
        outside,
        live);
  }
}
