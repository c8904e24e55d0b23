package io.holdfast.tools.snapshot;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Manifests as bytes: one JSON document. Its first line has the format and the SHA-256 of all bytes
 * behind that line, so that the checksum does not depend on how JSON is written:
 *
 * <pre>
 * {"format":1,"sha256":"...","snapshot":
 * { "name" : ... }}
 * </pre>
 */
final class ManifestFormat {
  private static final Pattern FORMAT =
      Pattern.compile("\\{\\s*\"format\"\\s*:\\s*(\\d{1,9})\\D.*");
  private static final Pattern FIRST_LINE =
      Pattern.compile("\\{\"format\":\\d+,\"sha256\":\"([0-9a-f]{64})\",\"snapshot\":");
  private static final String REMEDY =
      "the other snapshots are not concerned; 'snapshot delete' removes this one";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .addModule(
              new SimpleModule()
                  .addSerializer(KeyRange.class, new WriteKeys())
                  .addDeserializer(KeyRange.class, new ReadKeys()))
          .build();

  private ManifestFormat() {}

  static byte[] encode(Manifest manifest) {
    try {
      byte[] body = (MAPPER.writeValueAsString(manifest) + "}\n").getBytes(StandardCharsets.UTF_8);
      String first =
          "{\"format\":"
              + Manifest.FORMAT
              + ",\"sha256\":\""
              + Hashes.of(body)
              + "\",\"snapshot\":\n";
      return concatenated(first.getBytes(StandardCharsets.UTF_8), body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] concatenated(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /**
   * @param name of the snapshot that it should be
   * @param place where it is, for messages
   * @throws HoldfastException UNSUPPORTED_FORMAT; SNAPSHOT_DAMAGED where the checksum does not fit,
   *     and where it is the manifest of another
   */
  static Manifest decode(byte[] bytes, String name, String place) {
    int end = 0;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    String first = new String(bytes, 0, end, StandardCharsets.UTF_8);
    checkFormat(first, place);
    Matcher line = FIRST_LINE.matcher(first);
    if (!line.matches() || end == bytes.length) {
      throw TargetErrors.damaged(place, "is not the manifest of a snapshot", REMEDY);
    }
    byte[] body = Arrays.copyOfRange(bytes, end + 1, bytes.length);
    if (!Hashes.of(body).equals(line.group(1))) {
      throw TargetErrors.damaged(
          place, "is damaged, its checksum does not fit its content", REMEDY);
    }
    Manifest manifest = parse(body, place);
    if (!manifest.name().equals(name)) {
      throw TargetErrors.damaged(
          place, "is the manifest of '" + manifest.name() + "'", "remove this file");
    }
    return manifest;
  }

  private static void checkFormat(String first, String place) {
    Matcher format = FORMAT.matcher(first);
    if (format.matches() && Integer.parseInt(format.group(1)) > Manifest.FORMAT) {
      throw TargetErrors.newer(place, format.group(1), Manifest.FORMAT);
    }
  }

  private static Manifest parse(byte[] body, String place) {
    String text = new String(body, StandardCharsets.UTF_8);
    try {
      return MAPPER.readValue(text.substring(0, text.lastIndexOf('}')), Manifest.class);
    } catch (JsonProcessingException | StringIndexOutOfBoundsException e) {
      throw new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          place + " does not say what a manifest should (" + e.getMessage() + "): " + REMEDY,
          e);
    }
  }

  /** Keys are unsigned, and larger than what many readers of JSON keep exactly: as text. */
  private static final class WriteKeys extends StdSerializer<KeyRange> {
    private static final long serialVersionUID = 1;

    WriteKeys() {
      super(KeyRange.class);
    }

    @Override
    public void serialize(KeyRange keys, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(Long.toUnsignedString(keys.start()) + "-" + end(keys));
    }

    private static String end(KeyRange keys) {
      return keys.end() == 0 ? "" : Long.toUnsignedString(keys.end());
    }
  }

  private static final class ReadKeys extends StdDeserializer<KeyRange> {
    private static final long serialVersionUID = 1;

    ReadKeys() {
      super(KeyRange.class);
    }

    @Override
    public KeyRange deserialize(JsonParser in, DeserializationContext context) throws IOException {
      String text = in.getValueAsString("");
      int dash = text.indexOf('-');
      try {
        long start = Long.parseUnsignedLong(text.substring(0, Math.max(dash, 0)));
        String end = text.substring(dash + 1);
        return new KeyRange(start, end.isEmpty() ? 0 : Long.parseUnsignedLong(end));
      } catch (IllegalArgumentException e) {
        throw context.weirdStringException(text, KeyRange.class, "no range of keys");
      }
    }
  }
}
