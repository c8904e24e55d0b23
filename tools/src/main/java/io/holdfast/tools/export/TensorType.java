package io.holdfast.tools.export;

import io.holdfast.model.ElementType;
import java.util.Arrays;
import java.util.Optional;

/** What the values of a tensor are, as both formats of files write it; all little-endian. */
enum TensorType {
  FLOAT32("F32", "<f4", Float.BYTES),
  INT64("I64", "<i8", Long.BYTES),
  UINT64("U64", "<u8", Long.BYTES);

  private final String safetensors;
  private final String numpy;
  private final int bytes;

  TensorType(String safetensors, String numpy, int bytes) {
    this.safetensors = safetensors;
    this.numpy = numpy;
    this.bytes = bytes;
  }

  static TensorType of(ElementType element) {
    return element == ElementType.FLOAT32 ? FLOAT32 : INT64;
  }

  /** By its name in either format. */
  static Optional<TensorType> named(String name) {
    return Arrays.stream(values())
        .filter(type -> type.safetensors.equals(name) || type.numpy.equals(name))
        .findFirst();
  }

  String safetensors() {
    return safetensors;
  }

  String numpy() {
    return numpy;
  }

  /** Of one value. */
  int bytes() {
    return bytes;
  }
}
