package io.holdfast.tools.server;

import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.holdfast.replication.shard.Limits;
import io.holdfast.v1.ExchangeGrpc;
import io.holdfast.wire.ExchangeMethod;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The data path's service: makes an {@link ExchangeStream} of each call. */
final class ExchangeService {
  private final RangeDirectory directory;
  private final Limits limits;
  private final long node;
  private final Set<ExchangeStream> streams = ConcurrentHashMap.newKeySet();

  ExchangeService(RangeDirectory directory, Limits limits, long node) {
    this.directory = directory;
    this.limits = limits;
    this.node = node;
  }

  ServerServiceDefinition definition() {
    var descriptor =
        ServiceDescriptor.newBuilder(ExchangeGrpc.SERVICE_NAME)
            .setSchemaDescriptor(ExchangeGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(ExchangeMethod.SERVER)
            .build();
    return ServerServiceDefinition.builder(descriptor)
        .addMethod(
            ExchangeMethod.SERVER,
            ServerCalls.asyncBidiStreamingCall(
                responses -> {
                  var stream =
                      new ExchangeStream(
                          (ServerCallStreamObserver<io.holdfast.wire.OutboundFrame>) responses,
                          directory,
                          limits,
                          node,
                          streams::remove);
                  streams.add(stream);
                  return stream;
                }))
        .build();
  }

  /** Streams that are open. */
  int openStreams() {
    return streams.size();
  }
}
