package io.holdfast.wire;

import com.google.rpc.ErrorInfo;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Failure;
import java.util.HashMap;
import java.util.Map;

/** Errors on the data path: {@link HoldfastException} to {@code Failure} and back. */
public final class Failures {
  static final String DOMAIN = "holdfast";
  private static final String RETRY = "retry";
  private static final Map<String, ErrorCode> CODES = new HashMap<>();

  static {
    for (ErrorCode code : ErrorCode.values()) {
      CODES.put(code.name(), code);
    }
  }

  private Failures() {}

  public static Failure toProto(HoldfastException error) {
    return Failure.newBuilder().setMessage(text(error)).setInfo(info(error)).build();
  }

  public static HoldfastException fromProto(Failure failure) {
    return fromInfo(failure.getInfo(), failure.getMessage());
  }

  static ErrorInfo info(HoldfastException error) {
    return ErrorInfo.newBuilder()
        .setReason(error.code().name())
        .setDomain(DOMAIN)
        .putMetadata(RETRY, error.retry().name())
        .build();
  }

  /** A code that only a newer server knows is INTERNAL, with what it said. */
  static HoldfastException fromInfo(ErrorInfo info, String message) {
    ErrorCode code = DOMAIN.equals(info.getDomain()) ? CODES.get(info.getReason()) : null;
    return code == null
        ? new HoldfastException(ErrorCode.INTERNAL, info.getReason() + ": " + message)
        : new HoldfastException(code, message);
  }

  /** An error's message without the code that the exception puts before it. */
  public static String text(HoldfastException error) {
    String message = String.valueOf(error.getMessage());
    String prefix = error.code() + ": ";
    return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
  }
}
