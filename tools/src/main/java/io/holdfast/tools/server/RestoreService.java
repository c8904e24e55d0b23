package io.holdfast.tools.server;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.v1.AbandonRestoreReply;
import io.holdfast.v1.AdoptRestoreReply;
import io.holdfast.v1.AdoptRestoreRequest;
import io.holdfast.v1.BeginRestoreRequest;
import io.holdfast.v1.ImportProgress;
import io.holdfast.v1.ImportRangesRequest;
import io.holdfast.v1.RestoreGrpc;
import io.holdfast.v1.RestoreState;
import io.holdfast.v1.RestoreToken;

/** Restores over gRPC: calls {@link Restoring} and {@link RangeImports}. */
final class RestoreService extends RestoreGrpc.RestoreImplBase {
  private final Restoring restoring;
  private final RangeImports imports;

  RestoreService(Restoring restoring, RangeImports imports) {
    this.restoring = restoring;
    this.imports = imports;
  }

  @Override
  public void beginRestore(BeginRestoreRequest request, StreamObserver<RestoreState> to) {
    ControlService.answer(to, () -> restoring.begin(request));
  }

  @Override
  public void importRanges(ImportRangesRequest request, StreamObserver<ImportProgress> to) {
    imports.begin(request, (ServerCallStreamObserver<ImportProgress>) to);
  }

  @Override
  public void renewRestore(RestoreToken request, StreamObserver<RestoreState> to) {
    ControlService.answer(to, () -> restoring.renew(request.getToken()));
  }

  @Override
  public void adoptRestore(AdoptRestoreRequest request, StreamObserver<AdoptRestoreReply> to) {
    ControlService.answer(to, () -> restoring.adopt(request));
  }

  @Override
  public void abandonRestore(RestoreToken request, StreamObserver<AbandonRestoreReply> to) {
    ControlService.answer(
        to,
        () -> {
          restoring.abandon(request.getToken());
          return AbandonRestoreReply.getDefaultInstance();
        });
  }
}
