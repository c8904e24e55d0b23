package io.holdfast.tools.snapshot;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Opens {@code s3://bucket/prefix}; credentials are found by the SDK's default chain. */
final class S3Target {
  private static final Pattern NAME =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?");

  /** Of services that have no regions; signatures need some name. */
  private static final String ANY_REGION = "us-east-1";

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private S3Target() {}

  /**
   * @throws IllegalArgumentException where target or endpoint make no sense
   */
  static ObjectStore open(String target, String endpoint) {
    Matcher name = NAME.matcher(target);
    if (!name.matches()) {
      throw new IllegalArgumentException("not s3://bucket/prefix");
    }
    String path = name.group(2) == null ? "" : name.group(2).replaceAll("^/+|/+$", "");
    return new S3Store(
        client(endpoint), name.group(1), path.isEmpty() ? "" : path + "/", S3Store.PART_BYTES);
  }

  static S3Client client(String endpoint) {
    var builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(CONNECT)
                    .socketTimeout(SILENCE));
    if (!endpoint.isEmpty()) {
      builder
          .endpointOverride(URI.create(endpoint))
          .forcePathStyle(true)
          .region(Region.of(region()));
    }
    return builder.build();
  }

  /** Not the SDK's search, which asks Amazon's machines where it finds nothing. */
  private static String region() {
    String property = System.getProperty("aws.region");
    String variable = System.getenv("AWS_REGION");
    return property != null ? property : variable != null ? variable : ANY_REGION;
  }
}
