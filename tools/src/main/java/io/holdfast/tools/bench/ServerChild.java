package io.holdfast.tools.bench;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Directories;
import io.holdfast.tools.command.HoldfastCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own, with the JVM, flags and class path of this one, and its data in
 * a temporary directory. Ends with this process, whatever ends that.
 */
public final class ServerChild implements AutoCloseable {
  private static final int STOP_SECONDS = 30;
  private static final String SERVING = "serving at ";

  private final Process process;
  private final Path directory;
  private final String address;
  private final Thread hook;

  private ServerChild(Process process, Path directory, String address) {
    this.process = process;
    this.directory = directory;
    this.address = address;
    this.hook = new Thread(this::end, "holdfast-bench-stop");
  }

  /**
   * Blocks until it serves.
   *
   * @param options further options of {@code holdfast server}
   */
  public static ServerChild start(List<String> options) throws IOException {
    Path directory = Files.createTempDirectory("holdfast-bench-");
    Process process =
        new ProcessBuilder(command(directory, options)).redirectError(Redirect.INHERIT).start();
    String first;
    try {
      // Stays open: the server prints nothing after its first line.
      first =
          new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
    if (first == null || !first.startsWith(SERVING)) {
      process.destroyForcibly();
      Directories.delete(directory);
      throw new HoldfastException(
          ErrorCode.UNAVAILABLE, "the server process did not come up; see its messages above");
    }
    var child = new ServerChild(process, directory, first.substring(SERVING.length()).strip());
    Runtime.getRuntime().addShutdownHook(child.hook);
    return child;
  }

  private static List<String> command(Path directory, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-agentlib") && !flag.startsWith("-javaagent")) {
        command.add(flag);
      }
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), HoldfastCommand.class.getName()));
    command.addAll(
        List.of("server", "--host", "127.0.0.1", "--port", "0", "--data", directory.toString()));
    command.addAll(options);
    return command;
  }

  /** {@code host:port}. */
  public String address() {
    return address;
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(hook);
    end();
  }

  private void end() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Directories.delete(directory);
  }
}
