package io.holdfast.tools.command;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Which repository of snapshots a command works on, and how fast: a mixin. */
public final class SnapshotTarget {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec owner = CommandSpec.create();

  @Option(
      names = {"--target", "--from", "--to"},
      paramLabel = "TARGET",
      defaultValue = "${env:HOLDFAST_SNAPSHOTS:-}",
      description = {
        "Where the snapshots are: /path, file:///path or s3://bucket/prefix.",
        "Default: HOLDFAST_SNAPSHOTS."
      })
  private String target = "";

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "${env:HOLDFAST_SNAPSHOTS_ENDPOINT:-}",
      description = {
        "An S3-compatible service other than Amazon's, such as http://minio:9000.",
        "Default: HOLDFAST_SNAPSHOTS_ENDPOINT."
      })
  private String endpoint = "";

  @Option(
      names = {"--limit", "--rate"},
      paramLabel = "BYTES",
      converter = OfBytes.class,
      description = "Move no more than this in a second, such as 50MiB. Default: no limit.")
  private long bytesPerSecond;

  /** As it was given; never empty. */
  public String name() {
    if (target.isEmpty()) {
      throw new ParameterException(
          owner.commandLine(), "where are the snapshots? Give --target, or set HOLDFAST_SNAPSHOTS");
    }
    return target;
  }

  public RepositoryOptions options() {
    return new RepositoryOptions(false, bytesPerSecond, endpoint);
  }

  /** Opens a repository that is there. */
  public Repository open() {
    return Repository.open(name(), options());
  }

  /** Opens it, and makes it where there is none. */
  public Repository openOrCreate() {
    return Repository.open(name(), options().withCreate());
  }

  /** Amounts as settings have them, such as {@code 50MiB}. */
  public static final class OfBytes implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        long bytes = ConfigValueFactory.fromAnyRef(text).atKey("bytes").getBytes("bytes");
        if (bytes > 0) {
          return bytes;
        }
      } catch (ConfigException e) {
        // said below
      }
      throw new TypeConversionException("'" + text + "' is no number of bytes such as 50MiB");
    }
  }
}
