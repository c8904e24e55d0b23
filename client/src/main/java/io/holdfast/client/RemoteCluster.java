package io.holdfast.client;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.List;

/** A cluster reached over gRPC. */
final class RemoteCluster implements Holdfast {
  private RemoteCluster() {}

  static RemoteCluster connect(String addresses, Options options) {
    throw new HoldfastException(
        ErrorCode.UNAVAILABLE, "cannot reach " + addresses + " within " + options.connectTimeout());
  }

  @Override
  public Job job(String name) {
    throw new HoldfastException(ErrorCode.CLOSED, "not connected");
  }

  @Override
  public List<TableInfo> tables() {
    return List.of();
  }

  @Override
  public void close() {}
}
