package io.holdfast.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;

/**
 * Errors of the Control service, and of streams that break: {@link HoldfastException} to a gRPC
 * status with a {@code google.rpc.ErrorInfo} among its details, and back.
 */
public final class Statuses {
  private Statuses() {}

  /** To be given to {@code StreamObserver.onError}. */
  public static StatusRuntimeException toStatus(HoldfastException error) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(grpcCode(error.code()).value())
            .setMessage(Failures.text(error))
            .addDetails(Any.pack(Failures.info(error)))
            .build());
  }

  /** From whatever a gRPC call failed with. An error without our detail is judged by its status. */
  public static HoldfastException fromThrowable(Throwable thrown) {
    if (thrown instanceof HoldfastException error) {
      return error;
    }
    com.google.rpc.Status details = StatusProto.fromThrowable(thrown);
    if (details != null) {
      for (Any detail : details.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return fromDetail(detail, details.getMessage());
        }
      }
    }
    Status status = Status.fromThrowable(thrown);
    String description = status.getDescription();
    return new HoldfastException(
        errorCode(status.getCode()),
        status.getCode() + (description == null ? "" : ": " + description),
        thrown);
  }

  private static HoldfastException fromDetail(Any detail, String message) {
    try {
      return Failures.fromInfo(detail.unpack(ErrorInfo.class), message);
    } catch (InvalidProtocolBufferException e) {
      return new HoldfastException(
          ErrorCode.INTERNAL, "the server's error cannot be read: " + message, e);
    }
  }

  private static Status.Code grpcCode(ErrorCode code) {
    return switch (code) {
      case UNKNOWN_TABLE, UNKNOWN_JOB, UNKNOWN_RANGE, UNKNOWN_QUEUE, UNKNOWN_SNAPSHOT ->
          Status.Code.NOT_FOUND;
      case STALE_EPOCH, STALE_INCARNATION, EXPELLED, SEQ_GAP -> Status.Code.ABORTED;
      case TABLE_MISMATCH, QUEUE_MISMATCH, SNAPSHOT_EXISTS -> Status.Code.ALREADY_EXISTS;
      case INVALID_DEFINITION,
          UNKNOWN_RULE,
          WRONG_WIDTH,
          WRONG_TYPE,
          KEYS_NOT_ASCENDING,
          NOT_A_NUMBER,
          MALFORMED_FRAME,
          INVALID_CLOCK,
          INVALID_ARGUMENT ->
          Status.Code.INVALID_ARGUMENT;
      case KEY_OUT_OF_RANGE -> Status.Code.OUT_OF_RANGE;
      case LIMIT_EXCEEDED, DISK_FULL, OVERLOADED -> Status.Code.RESOURCE_EXHAUSTED;
      case UNSUPPORTED_PROTOCOL, UNSUPPORTED_FORMAT -> Status.Code.UNIMPLEMENTED;
      case NOT_JOINED, KEYS_UNKNOWN, SHARD_NOT_HELD -> Status.Code.FAILED_PRECONDITION;
      case NOT_READY, UNDER_REPLICATED, UNAVAILABLE, STORE_FAILED, TARGET_UNAVAILABLE, CLOSED ->
          Status.Code.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> Status.Code.DEADLINE_EXCEEDED;
      case QUARANTINED, SNAPSHOT_DAMAGED -> Status.Code.DATA_LOSS;
      case OUTCOME_UNKNOWN -> Status.Code.UNKNOWN;
      case INTERNAL -> Status.Code.INTERNAL;
    };
  }

  private static ErrorCode errorCode(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> ErrorCode.DEADLINE_EXCEEDED;
      case RESOURCE_EXHAUSTED -> ErrorCode.LIMIT_EXCEEDED;
      case INVALID_ARGUMENT -> ErrorCode.INVALID_ARGUMENT;
      case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED_PROTOCOL;
      case CANCELLED -> ErrorCode.CLOSED;
      default -> ErrorCode.INTERNAL;
    };
  }
}
