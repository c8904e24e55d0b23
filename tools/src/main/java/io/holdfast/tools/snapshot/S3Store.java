package io.holdfast.tools.snapshot;

import io.holdfast.model.HoldfastException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket of an S3-compatible service, below a prefix, as an object store. One PUT is one step; a
 * large content goes in parts, which become visible together. The service says when an object is
 * durable: when it answers. The SDK tries calls again by itself, and sends a checksum with each.
 */
final class S3Store implements ObjectStore {
  /** One PUT takes at most 5 GiB; parts keep what is sent again after a failure small. */
  static final int PART_BYTES = 64 << 20;

  private static final int MOST_PARTS = 10_000;
  private static final int NOT_FOUND = 404;
  private static final int INSUFFICIENT_STORAGE = 507;
  private static final Set<String> FULL =
      Set.of("XMinioStorageFull", "QuotaExceeded", "InsufficientStorage");

  /** Of services that have no such call, and of users who may not make it. */
  private static final Set<Integer> NOT_FOR_US = Set.of(400, 403, 405, 501);

  private final S3Client client;
  private final String bucket;
  private final String prefix;
  private final int partBytes;

  /**
   * @param prefix empty, or ends with a slash
   */
  S3Store(S3Client client, String bucket, String prefix, int partBytes) {
    this.client = client;
    this.bucket = bucket;
    this.prefix = prefix;
    this.partBytes = partBytes;
  }

  @Override
  public String name() {
    String name = "s3://" + bucket + "/" + prefix;
    return name.substring(0, name.length() - 1);
  }

  @Override
  public String place(String key) {
    return "s3://" + bucket + "/" + prefix + key;
  }

  @Override
  public @Nullable Entry find(String key) throws IOException {
    try {
      var head = call(() -> client.headObject(request -> request.bucket(bucket).key(prefix + key)));
      return new Entry(key, head.contentLength(), head.lastModified());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void put(String key, Content content) throws IOException {
    if (content.bytes() > partBytes) {
      putParts(key, content);
      return;
    }
    var body =
        RequestBody.fromContentProvider(stream(content), content.bytes(), "binary/octet-stream");
    call(() -> client.putObject(request -> request.bucket(bucket).key(prefix + key), body));
  }

  private static ContentStreamProvider stream(Content content) {
    return () -> {
      try {
        return content.open();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private void putParts(String key, Content content) throws IOException {
    String upload =
        call(() -> client.createMultipartUpload(r -> r.bucket(bucket).key(prefix + key)))
            .uploadId();
    boolean isWhole = false;
    try (InputStream in = content.open()) {
      List<CompletedPart> parts = sendParts(key, upload, in, content.bytes());
      call(
          () ->
              client.completeMultipartUpload(
                  r ->
                      r.bucket(bucket)
                          .key(prefix + key)
                          .uploadId(upload)
                          .multipartUpload(all -> all.parts(parts))));
      isWhole = true;
    } finally {
      if (!isWhole) {
        abort(key, upload);
      }
    }
  }

  private List<CompletedPart> sendParts(String key, String upload, InputStream in, long bytes)
      throws IOException {
    int size = (int) Math.max(partBytes, bytes / MOST_PARTS + 1);
    byte[] buffer = new byte[size];
    List<CompletedPart> parts = new ArrayList<>();
    for (int read = in.readNBytes(buffer, 0, size);
        read > 0;
        read = in.readNBytes(buffer, 0, size)) {
      int number = parts.size() + 1;
      var body = RequestBody.fromRemainingByteBuffer(ByteBuffer.wrap(buffer, 0, read));
      var sent =
          call(
              () ->
                  client.uploadPart(
                      r -> r.bucket(bucket).key(prefix + key).uploadId(upload).partNumber(number),
                      body));
      parts.add(
          CompletedPart.builder()
              .partNumber(number)
              .eTag(sent.eTag())
              .checksumCRC32(sent.checksumCRC32())
              .build());
    }
    return parts;
  }

  /** Parts that stay behind cost money until {@link #removeUnfinished}. */
  private void abort(String key, String upload) {
    try {
      client.abortMultipartUpload(r -> r.bucket(bucket).key(prefix + key).uploadId(upload));
    } catch (SdkException e) {
      // what failed before is what matters
    }
  }

  @Override
  public @Nullable Path file(String key) {
    return null;
  }

  @Override
  public InputStream open(String key) throws IOException {
    InputStream content =
        call(() -> client.getObject(request -> request.bucket(bucket).key(prefix + key)));
    return new FilterInputStream(content) {
      @Override
      public int read() throws IOException {
        return reading(in::read);
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return reading(() -> in.read(into, offset, length));
      }
    };
  }

  private static int reading(TargetErrors.Call<Integer> read) throws IOException {
    try {
      return read.run();
    } catch (SdkException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void delete(String key) throws IOException {
    call(() -> client.deleteObject(request -> request.bucket(bucket).key(prefix + key)));
  }

  @Override
  public void list(String below, Predicate<Entry> each) throws IOException {
    call(
        () -> {
          var pages =
              client.listObjectsV2Paginator(
                  request -> request.bucket(bucket).prefix(prefix + below));
          for (var page : pages) {
            for (S3Object object : page.contents()) {
              String key = object.key().substring(prefix.length());
              if (!each.test(new Entry(key, object.size(), object.lastModified()))) {
                return page;
              }
            }
          }
          return pages;
        });
  }

  @Override
  public void removeUnfinished() throws IOException {
    try {
      for (var page : client.listMultipartUploadsPaginator(r -> r.bucket(bucket).prefix(prefix))) {
        page.uploads()
            .forEach(upload -> abort(upload.key().substring(prefix.length()), upload.uploadId()));
      }
    } catch (S3Exception e) {
      if (!NOT_FOR_US.contains(e.statusCode())) {
        throw asIoException(e);
      }
    } catch (SdkException e) {
      throw asIoException(e);
    }
  }

  private <T> T call(Supplier<T> call) throws IOException {
    try {
      return call.get();
    } catch (SdkException | UncheckedIOException e) {
      throw asIoException(e);
    }
  }

  private IOException asIoException(RuntimeException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof HoldfastException own) {
        throw own; // of the content that was to be stored
      }
    }
    if (e instanceof S3Exception answered) {
      var details = answered.awsErrorDetails();
      String code = details == null ? "" : String.valueOf(details.errorCode());
      if (answered.statusCode() == INSUFFICIENT_STORAGE || FULL.contains(code)) {
        return new TargetFullException(String.valueOf(e.getMessage()), e);
      }
      if (answered.statusCode() == NOT_FOUND && !code.equals("NoSuchBucket")) {
        return new NoSuchFileException(name(), null, e.getMessage());
      }
    }
    return new IOException(e.getMessage(), e);
  }

  @Override
  public void close() {
    client.close();
  }
}
