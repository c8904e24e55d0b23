package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.holdfast.tools.snapshot.Progress;
import io.holdfast.v1.CaptureNews;
import io.holdfast.v1.CaptureProgress;
import java.util.concurrent.TimeUnit;

/** Tells who asked how much is written, now and then. For one thread. */
final class CaptureProgressSender implements Progress {
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ServerCallStreamObserver<CaptureNews> to;
  private final Runnable checkWanted;
  private long before;
  private long newBytes;
  private long files;
  private long next = System.nanoTime();

  /**
   * @param checkWanted throws where the call is called off, which ends a transfer
   */
  CaptureProgressSender(ServerCallStreamObserver<CaptureNews> to, Runnable checkWanted) {
    this.to = to;
    this.checkWanted = checkWanted;
  }

  @Override
  public void at(long doneBytes, long totalBytes) {
    checkWanted.run();
    long now = System.nanoTime();
    if (now - next >= 0 && to.isReady()) {
      next = now + EVERY_NANOS;
      send(doneBytes);
    }
  }

  /** A file is in the target. */
  void done(long bytes, boolean sent) {
    checkWanted.run();
    before += bytes;
    newBytes += sent ? bytes : 0;
    files++;
    send(0);
  }

  private void send(long ofThisFile) {
    to.onNext(
        CaptureNews.newBuilder()
            .setProgress(
                CaptureProgress.newBuilder()
                    .setBytes(before + ofThisFile)
                    .setNewBytes(newBytes)
                    .setFiles(files))
            .build());
  }
}
