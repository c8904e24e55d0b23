package io.holdfast.tools.snapshot;

/**
 * How a repository is reached.
 *
 * @param create whether a target that is empty, or a directory that is not there below one that is,
 *     becomes a repository; else such a target is refused
 * @param bytesPerSecond no faster than this, all transfers of one {@link Repository} together, in
 *     both directions; 0: as fast as it goes
 * @param endpoint URL of an S3-compatible service, which is then called with the bucket in the
 *     path; empty: Amazon's. Of no meaning for directories
 */
public record RepositoryOptions(boolean create, long bytesPerSecond, String endpoint) {
  /** Opens what is there, as fast as it goes. */
  public static final RepositoryOptions DEFAULT = new RepositoryOptions(false, 0, "");

  public RepositoryOptions {
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException(bytesPerSecond + " bytes per second");
    }
  }

  public RepositoryOptions withCreate() {
    return new RepositoryOptions(true, bytesPerSecond, endpoint);
  }

  public RepositoryOptions withBytesPerSecond(long limit) {
    return new RepositoryOptions(create, limit, endpoint);
  }

  public RepositoryOptions withEndpoint(String url) {
    return new RepositoryOptions(create, bytesPerSecond, url);
  }
}
