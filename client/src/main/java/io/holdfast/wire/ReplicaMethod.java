package io.holdfast.wire;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.holdfast.v1.ReplicationGrpc;

/**
 * The call {@code holdfast.v1.Replication/Open}, with marshallers that leave the bodies of records
 * and copies where they are.
 */
public final class ReplicaMethod {
  /** As the node that opens the stream calls it. */
  public static final MethodDescriptor<OutboundFrame, InboundFrame> CLIENT =
      describe(FrameMarshaller.OUTBOUND, FrameMarshaller.INBOUND);

  /** As the node that is called handles it. */
  public static final MethodDescriptor<InboundFrame, OutboundFrame> SERVER =
      describe(FrameMarshaller.INBOUND, FrameMarshaller.OUTBOUND);

  private ReplicaMethod() {}

  private static <A, B> MethodDescriptor<A, B> describe(
      Marshaller<A> request, Marshaller<B> reply) {
    return MethodDescriptor.newBuilder(request, reply)
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName(
            MethodDescriptor.generateFullMethodName(ReplicationGrpc.SERVICE_NAME, "Open"))
        .build();
  }
}
