package io.holdfast.tools.local;

import io.holdfast.coordination.EmbeddedZooKeeper;
import io.holdfast.coordination.EnsembleMember;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.command.ParentWatch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code holdfast zookeeper}. */
@Command(
    name = "zookeeper",
    sortOptions = false,
    description = {
      "Runs one ZooKeeper server, of an ensemble or alone, until it is stopped.",
      "For trials and tests: any ZooKeeper 3.5 or later serves a cluster as well.",
      "Prints 'role leading', 'role following' or 'role looking' whenever that changes."
    },
    footer = {
      "",
      "Example: holdfast zookeeper --data zk1",
      "         holdfast zookeeper --data zk1 --id 1 --member 1:zk1:2181:2888:3888 --member"
          + " 2:zk2:2181:2888:3888 --member 3:zk3:2181:2888:3888"
    })
public final class ZooKeeperCommand implements Callable<Integer> {
  /** What a line of output begins with that tells the server's role. */
  static final String ROLE = "role ";

  /** Sessions of 400 ms and more; a follower may lag 4 s. */
  private static final EmbeddedZooKeeper.Timing TIMING = new EmbeddedZooKeeper.Timing(200, 400);

  @Spec private CommandSpec command = CommandSpec.create();
  @Mixin private Common common = new Common();
  @Mixin private ParentWatch parent = new ParentWatch();

  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      required = true,
      description = "Where everything that must survive is kept.")
  private Path data = Path.of("");

  @Option(names = "--id", paramLabel = "N", description = "Number of this server. Default: 1.")
  private int id = 1;

  @Option(
      names = "--member",
      paramLabel = "N:HOST:CLIENTS:PEERS:ELECTION",
      converter = OfMember.class,
      description = {
        "A server of the ensemble, this one too: its number, its host, and its ports for clients, for"
            + " the other servers and for elections. Once for each.",
        "Default: 1:127.0.0.1:2181:2888:3888."
      })
  private List<EnsembleMember> members =
      List.of(new EnsembleMember(1, "127.0.0.1", 2181, 2888, 3888));

  @Override
  public Integer call() throws InterruptedException {
    EnsembleMember own =
        members.stream()
            .filter(member -> member.id() == id)
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException(
                        command.commandLine(),
                        "--id " + id + " is not among the members; add --member " + id + ":..."));
    parent.begin();
    try (EmbeddedZooKeeper server =
        members.size() == 1
            ? EmbeddedZooKeeper.alone(data, own.host(), own.clientPort(), TIMING)
            : EmbeddedZooKeeper.member(data, id, members, TIMING)) {
      if (members.size() == 1) {
        say(ZooKeeperRole.LEADING);
      } else {
        new ZooKeeperRole().watch(this::say);
      }
      server.join();
    }
    return ExitCode.OK.number();
  }

  private void say(String role) {
    common.print(
        Map.of("role", role, "processId", ProcessHandle.current().pid()),
        () -> common.out().println(ROLE + role));
  }

  /** Reads {@code 1:127.0.0.1:2181:2888:3888}. */
  static final class OfMember implements ITypeConverter<EnsembleMember> {
    @Override
    public EnsembleMember convert(String text) {
      String[] parts = text.split(":", -1);
      try {
        if (parts.length == 5) {
          return new EnsembleMember(
              Integer.parseInt(parts[0]),
              parts[1],
              Integer.parseInt(parts[2]),
              Integer.parseInt(parts[3]),
              Integer.parseInt(parts[4]));
        }
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "' is no member: " + e.getMessage());
      }
      throw new TypeConversionException(
          "'" + text + "' is not number:host:client-port:peer-port:election-port");
    }
  }
}
