package io.holdfast.tools.export;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a safetensors file: 8 bytes of its length, little-endian, then JSON that names every
 * tensor with its type, its shape and where it lies in the bytes that follow, and a map of strings.
 *
 * @param metadata of the file
 * @param tensors in the order of their bytes, which they cover without a gap
 */
record SafetensorsHeader(Map<String, String> metadata, List<Entry> tensors) {
  /** Longer ones no reader takes. */
  static final int MAX_BYTES = 100_000_000;

  static final int LENGTH_BYTES = 8;

  private static final String METADATA = "__metadata__";
  private static final Map<String, Integer> BITS =
      Map.ofEntries(
          Map.entry("F64", 64),
          Map.entry("F32", 32),
          Map.entry("F16", 16),
          Map.entry("BF16", 16),
          Map.entry("F8_E4M3", 8),
          Map.entry("F8_E5M2", 8),
          Map.entry("I64", 64),
          Map.entry("I32", 32),
          Map.entry("I16", 16),
          Map.entry("I8", 8),
          Map.entry("U64", 64),
          Map.entry("U32", 32),
          Map.entry("U16", 16),
          Map.entry("U8", 8),
          Map.entry("BOOL", 8));

  /**
   * A tensor.
   *
   * @param begin its first byte, counted from the end of the header
   * @param end the byte after its last
   */
  record Entry(String name, String type, List<Long> shape, long begin, long end) {}

  /**
   * With spaces behind it up to {@code room} bytes of JSON.
   *
   * @throws HoldfastException LIMIT_EXCEEDED where it does not fit
   */
  ByteBuffer encode(int room) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode map = root.putObject(METADATA);
      metadata.forEach(map::put);
    }
    for (Entry entry : tensors) {
      ObjectNode tensor = root.putObject(entry.name()).put("dtype", entry.type());
      var shape = tensor.putArray("shape");
      entry.shape().forEach(shape::add);
      tensor.putArray("data_offsets").add(entry.begin()).add(entry.end());
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    if (json.length > room) {
      throw new HoldfastException(
          ErrorCode.LIMIT_EXCEEDED,
          "a header of " + json.length + " bytes does not fit the " + room + " left for it");
    }
    var header = ByteBuffer.allocate(LENGTH_BYTES + room).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(room).put(json);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  /**
   * Reads the JSON of a header.
   *
   * @param dataBytes bytes of the file behind it
   * @throws HoldfastException INVALID_ARGUMENT where it is none, or does not describe these bytes
   */
  static SafetensorsHeader decode(byte[] json, long dataBytes) {
    JsonNode root = parse(json);
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Entry> tensors = new ArrayList<>();
    for (var field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        field
            .getValue()
            .properties()
            .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
      } else {
        tensors.add(entry(field.getKey(), field.getValue()));
      }
    }
    tensors.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    checkCover(tensors, dataBytes);
    return new SafetensorsHeader(metadata, List.copyOf(tensors));
  }

  private static JsonNode parse(byte[] json) {
    try {
      var mapper =
          new ObjectMapper()
              .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
              .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
      JsonNode root = mapper.readTree(json);
      if (json.length > 0 && json[0] == '{' && root.isObject()) {
        return root;
      }
    } catch (JsonProcessingException e) {
      throw damaged("its header is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw damaged("its header is not JSON: " + e.getMessage());
    }
    throw damaged("its header is no JSON object");
  }

  private static Entry entry(String name, JsonNode tensor) {
    JsonNode type = tensor.path("dtype");
    JsonNode offsets = tensor.path("data_offsets");
    List<Long> shape = new ArrayList<>();
    for (JsonNode length : tensor.path("shape")) {
      shape.add(whole(name, length));
    }
    if (!type.isTextual() || !tensor.path("shape").isArray() || offsets.size() != 2) {
      throw damaged("tensor '" + name + "' has no dtype, shape and two data_offsets");
    }
    var entry =
        new Entry(
            name,
            type.asText(),
            List.copyOf(shape),
            whole(name, offsets.path(0)),
            whole(name, offsets.path(1)));
    checkSize(entry);
    return entry;
  }

  private static long whole(String name, JsonNode number) {
    if (!number.isIntegralNumber() || !number.canConvertToLong() || number.asLong() < 0) {
      throw damaged("tensor '" + name + "' has '" + number + "' where a length must be");
    }
    return number.asLong();
  }

  private static void checkSize(Entry entry) {
    Integer bits = BITS.get(entry.type());
    if (bits == null) {
      return; // of a type that this version does not know, and so does not read
    }
    try {
      long values = 1;
      for (long length : entry.shape()) {
        values = Math.multiplyExact(values, length);
      }
      if (Math.multiplyExact(values, bits / 8) == entry.end() - entry.begin()) {
        return;
      }
    } catch (ArithmeticException e) {
      // More than any file has.
    }
    throw damaged(
        "tensor '"
            + entry.name()
            + "' of shape "
            + entry.shape()
            + " has another size than its"
            + " data_offsets say");
  }

  private static void checkCover(List<Entry> tensors, long dataBytes) {
    long at = 0;
    for (Entry entry : tensors) {
      if (entry.begin() != at || entry.end() < at) {
        throw damaged("tensor '" + entry.name() + "' does not begin where the one before ends");
      }
      at = entry.end();
    }
    if (at != dataBytes) {
      throw damaged(
          "its tensors have "
              + at
              + " bytes, and "
              + dataBytes
              + " are there: "
              + (dataBytes < at ? "it was cut off" : "something was added"));
    }
  }

  static HoldfastException damaged(String why) {
    return new HoldfastException(
        ErrorCode.INVALID_ARGUMENT,
        "not a whole safetensors file: " + why + "; make it again, or copy it again");
  }
}
