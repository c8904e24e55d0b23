package io.holdfast.wire;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.holdfast.v1.ExchangeGrpc;

/**
 * The call {@code holdfast.v1.Exchange/Open}, with marshallers that leave bulk arrays where they
 * are. What stands on the wire is what the schema says; either side may be a generated one.
 */
public final class ExchangeMethod {
  /** As a client calls it. */
  public static final MethodDescriptor<OutboundFrame, InboundFrame> CLIENT =
      describe(FrameMarshaller.OUTBOUND, FrameMarshaller.INBOUND);

  /** As a server handles it. */
  public static final MethodDescriptor<InboundFrame, OutboundFrame> SERVER =
      describe(FrameMarshaller.INBOUND, FrameMarshaller.OUTBOUND);

  private ExchangeMethod() {}

  private static <A, B> MethodDescriptor<A, B> describe(
      Marshaller<A> request, Marshaller<B> reply) {
    return MethodDescriptor.newBuilder(request, reply)
        .setType(MethodType.BIDI_STREAMING)
        .setFullMethodName(
            MethodDescriptor.generateFullMethodName(ExchangeGrpc.SERVICE_NAME, "Open"))
        .build();
  }
}
