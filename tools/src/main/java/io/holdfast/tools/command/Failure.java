package io.holdfast.tools.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.StatusRuntimeException;
import io.holdfast.model.HoldfastException;
import io.holdfast.wire.Statuses;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns what a command throws into one line on standard error and an exit code. */
final class Failure implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(Exception thrown, CommandLine line, ParseResult parsed)
      throws Exception {
    Throwable cause = unwrapped(thrown);
    if (cause instanceof ParameterException wrong) {
      throw wrong;
    }
    PrintWriter err = line.getErr();
    if (Common.isVerbose(parsed)) {
      cause.printStackTrace(err);
    }
    boolean json = Common.isJson(parsed);
    if (cause instanceof HoldfastException error) {
      err.println(json ? json(error) : "holdfast: " + error.getMessage());
      return ExitCode.of(error.code()).number();
    }
    String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    err.println(
        json
            ? json("INTERNAL", text, "NEVER")
            : "holdfast: " + text + (Common.isVerbose(parsed) ? "" : " (--verbose shows where)"));
    return ExitCode.FAILED.number();
  }

  private static Throwable unwrapped(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof StatusRuntimeException ? Statuses.fromThrowable(cause) : cause;
  }

  private static String json(HoldfastException error) {
    String prefix = error.code() + ": ";
    String message = String.valueOf(error.getMessage());
    return json(
        error.code().name(),
        message.startsWith(prefix) ? message.substring(prefix.length()) : message,
        error.retry().name());
  }

  private static String json(String code, String message, String retry) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", code);
    error.put("message", message);
    error.put("retry", retry);
    return new ObjectMapper().valueToTree(Map.of("error", error)).toString();
  }
}
