package io.holdfast.store.log;

/** How a shard's log is kept; fixed when the log is created. */
public enum LogKind {
  /** A Chronicle queue; each record is one document. */
  CHRONICLE((byte) 1),
  /** Plain segment files. */
  FILE((byte) 2);

  private final byte code;

  LogKind(byte code) {
    this.code = code;
  }

  /** What stands for it on disk. */
  byte code() {
    return code;
  }
}
