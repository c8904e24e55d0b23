package io.holdfast.tools.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.holdfast.tools.bench.BenchCommand;
import io.holdfast.tools.compare.CompareCommand;
import io.holdfast.tools.demo.DemoCommand;
import io.holdfast.tools.faults.FaultsCommand;
import io.holdfast.tools.local.ClusterCommand;
import io.holdfast.tools.local.ZooKeeperCommand;
import io.holdfast.tools.sketch.SketchCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The launcher's main class: {@code holdfast COMMAND}. */
@Command(
    name = "holdfast",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    description = "A fault-tolerant, storage-backed parameter server.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example: holdfast dev",
      "         holdfast table create w --sparse --rule adagrad --rule-param learning_rate=0.1",
      "         holdfast put w 7=0.5 && holdfast get w 7",
      "",
      "'holdfast COMMAND --help' explains a command."
    },
    subcommands = {
      DemoCommand.class,
      DevCommand.class,
      ClusterCommand.class,
      ServerCommand.class,
      ZooKeeperCommand.class,
      StatusCommand.class,
      NodeCommand.class,
      RangeCommand.class,
      ScrubCommand.class,
      TableCommand.class,
      JobCommand.class,
      GetCommand.class,
      PutCommand.class,
      SnapshotCommand.class,
      TrainCommand.class,
      SketchCommand.class,
      BenchCommand.class,
      CompareCommand.class,
      FaultsCommand.class,
      VersionCommand.class
    })
public final class HoldfastCommand {
  /** Runs the command and ends the process with its {@link ExitCode}. */
  public static void main(String... arguments) {
    Locale.setDefault(Locale.ROOT); // numbers look the same everywhere
    System.exit(commandLine().execute(arguments));
  }

  /** A new command line with all commands. */
  public static CommandLine commandLine() {
    var line = new CommandLine(new HoldfastCommand());
    line.setExecutionStrategy(HoldfastCommand::run);
    line.setExecutionExceptionHandler(new Failure());
    line.setParameterExceptionHandler(HoldfastCommand::explain);
    line.setExpandAtFiles(false);
    line.setUsageHelpAutoWidth(true);
    line.setAbbreviatedOptionsAllowed(false);
    return line;
  }

  /**
   * Every command, in the order of the help.
   *
   * @param command with its parents, such as {@code table create}
   * @param description its first line
   */
  public record Entry(String command, String description) {}

  /** All commands; the source of the README's table. */
  public static List<Entry> commands() {
    var entries = new ArrayList<Entry>();
    collect(commandLine(), "", entries);
    return entries;
  }

  private static void collect(CommandLine parent, String prefix, List<Entry> into) {
    for (var sub : parent.getSubcommands().entrySet()) {
      String name = prefix + sub.getKey();
      if (sub.getValue().getSubcommands().isEmpty()) {
        String[] lines = sub.getValue().getCommandSpec().usageMessage().description();
        into.add(new Entry(name, lines.length == 0 ? "" : lines[0]));
      }
      collect(sub.getValue(), name + " ", into);
    }
  }

  private static int run(ParseResult parsed) {
    ParseResult leaf = Common.leaf(parsed);
    boolean serves = leaf.commandSpec().userObject() instanceof Serving;
    if (LoggerFactory.getLogger("io.holdfast") instanceof Logger logger) {
      logger.setLevel(Common.isVerbose(parsed) ? Level.DEBUG : serves ? Level.INFO : Level.WARN);
    }
    if (!leaf.commandSpec().subcommands().isEmpty()
        && !leaf.isUsageHelpRequested()
        && !leaf.isVersionHelpRequested()) {
      throw new CommandLine.ParameterException(leaf.commandSpec().commandLine(), "which command?");
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int explain(CommandLine.ParameterException wrong, String[] arguments) {
    CommandLine line = wrong.getCommandLine();
    line.getErr().println("holdfast: " + wrong.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, line.getErr())) {
      line.getErr()
          .println("'" + line.getCommandSpec().qualifiedName() + " --help' shows what it takes.");
    }
    return ExitCode.USAGE.number();
  }

  /** Marks commands that serve until they are stopped. */
  interface Serving {}
}
