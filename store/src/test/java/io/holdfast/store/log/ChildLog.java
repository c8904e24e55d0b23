package io.holdfast.store.log;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own that appends to a log and says on its output what is durable. */
final class ChildLog {
  static final String APPEND_A_HUNDRED = "100";
  static final String APPEND_FOR_EVER = Integer.toString(Integer.MAX_VALUE);

  private ChildLog() {}

  static Process start(List<String> flags, LogOptions options, String count) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + Path.of(System.getProperty("holdfast.root"), "tools/bin/jvm.options"));
    command.addAll(flags);
    command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path")));
    command.add(ChildLog.class.getName());
    command.addAll(List.of(options.kind().name(), options.directory().toString(), count));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  public static void main(String[] arguments) {
    LogOptions options =
        LogOptions.of(LogKind.valueOf(arguments[0]), Path.of(arguments[1]), 0)
            .withSizes(256 << 10, 64 << 10);
    int count = Integer.parseInt(arguments[2]);
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (ShardLog log = Logs.open(options)) {
      for (int i = 0; i < count; i++) {
        long index = Records.append(log, i * 37 % 5000).index();
        if (i % 3 == 0) {
          index = log.sync();
        }
        output.println("appended " + index);
        if (i % 100 == 99) {
          log.release(Math.max(1, index - 300));
        }
      }
    }
  }
}
