package io.holdfast.tools.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.client.Holdfast;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The options of every command, and how its result is printed. */
public final class Common {
  /** How results are printed. */
  public enum Output {
    text,
    json
  }

  @Option(
      names = "--output",
      paramLabel = "text|json",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "How to print the result. Default: text.")
  private Output output = Output.text;

  @Option(
      names = "--verbose",
      description = "Show more of what is done, and where errors come from.")
  @SuppressWarnings(
      "UnusedVariable") // read from what was matched, for commands without this mixin too
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  private CommandSpec owner = CommandSpec.create();

  @Spec(Spec.Target.MIXEE)
  void belongsTo(CommandSpec command) {
    owner = command;
  }

  public boolean isJson() {
    return output == Output.json;
  }

  /** Standard output, as text. */
  public PrintWriter out() {
    return owner.commandLine().getOut();
  }

  public PrintWriter err() {
    return owner.commandLine().getErr();
  }

  /** Prints the JSON document, or the text where that is asked for. */
  public void print(Object document, Runnable text) {
    if (isJson()) {
      // Made here, not once: it costs a third of a second to load, and most commands print text.
      JsonNode tree = new ObjectMapper().valueToTree(document);
      out().println(tree);
    } else {
      text.run();
    }
    out().flush();
  }

  /** Prints the line of JSON, or the text where that is asked for. */
  public void print(Supplier<String> json, Supplier<String> text) {
    if (isJson()) {
      out().println(json.get());
    } else {
      out().print(text.get());
    }
    out().flush();
  }

  static boolean isVerbose(ParseResult parsed) {
    return leaf(parsed).hasMatchedOption("--verbose");
  }

  static boolean isJson(ParseResult parsed) {
    ParseResult leaf = leaf(parsed);
    return leaf.hasMatchedOption("--output")
        && "json".equals(String.valueOf((Object) leaf.matchedOptionValue("--output", "text")));
  }

  static ParseResult leaf(ParseResult parsed) {
    ParseResult leaf = parsed;
    while (leaf.hasSubcommand()) {
      leaf = leaf.subcommand();
    }
    return leaf;
  }

  /** Which cluster a command talks to. */
  public static final class Cluster {
    @Option(
        names = "--server",
        paramLabel = "HOST:PORT",
        defaultValue = "${env:HOLDFAST_SERVER:-127.0.0.1:7070}",
        description = {
          "A node of the cluster; several, separated by commas.",
          "Default: HOLDFAST_SERVER, else 127.0.0.1:7070."
        })
    private String addresses = "127.0.0.1:7070";

    /** As given: {@code host:port}, several separated by commas. */
    public String addresses() {
      return addresses;
    }

    /** For questions and orders that a node answers at once. */
    public ControlCalls control() {
      return control(Duration.ofSeconds(10));
    }

    /** For those that take longer. */
    public ControlCalls control(Duration perNode) {
      return new ControlCalls(addresses, perNode);
    }

    Holdfast connect() {
      return Holdfast.connect(addresses);
    }
  }
}
