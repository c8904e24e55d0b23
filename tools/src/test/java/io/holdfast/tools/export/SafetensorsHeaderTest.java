package io.holdfast.tools.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against bytes and JSON written by hand from the format's description. */
class SafetensorsHeaderTest {
  private static SafetensorsHeader decode(String json, long dataBytes) {
    return SafetensorsHeader.decode(json.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  @Test
  void isTheLengthInEightBytesThenJsonThenSpaces() {
    var header =
        new SafetensorsHeader(
            Map.of("by", "hand"),
            List.of(new SafetensorsHeader.Entry("w", "F32", List.of(3L, 2L), 0, 24)));
    String json =
        "{\"__metadata__\":{\"by\":\"hand\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}";
    byte[] expected = new byte[8 + 120];
    java.util.Arrays.fill(expected, (byte) ' ');
    System.arraycopy(new byte[] {120, 0, 0, 0, 0, 0, 0, 0}, 0, expected, 0, 8);
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(text, 0, expected, 8, text.length);
    assertArrayEquals(expected, header.encode(120).array());
    assertEquals(header, decode(json + "   ", 24));
  }

  @Test
  void aHeaderThatDoesNotFitIsRefused() {
    var header =
        new SafetensorsHeader(
            Map.of(), List.of(new SafetensorsHeader.Entry("w", "F32", List.of(1L), 0, 4)));
    int length = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".length();
    assertEquals(8 + length, header.encode(length).remaining());
    assertThrows(HoldfastException.class, () -> header.encode(length - 1));
  }

  @Test
  void tensorsComeInTheOrderOfTheirBytes() {
    var header =
        decode(
            "{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[8,10]},"
                + "\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[8,8]},"
                + "\"new\":{\"dtype\":\"F3\",\"shape\":[7],\"data_offsets\":[10,13]}}",
            13);
    assertEquals(
        List.of("a", "none", "b", "new"),
        header.tensors().stream().map(SafetensorsHeader.Entry::name).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | 0 | no JSON object",
        "` {}` | 0 | no JSON object",
        "{\"w\" | 4 | not JSON",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}} | 4 | has no dtype",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}} | 8 | another size",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}} | 4 | where a length",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}} | 4 | where a length",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | does not begin",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 3 | cut off",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 5 | was added",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}} | 0 | size",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}} | 6 | does not begin",
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 8 | not JSON"
      })
  void whatIsWrongIsRefusedAndNamed(String json, long dataBytes, String why) {
    var refused = assertThrows(HoldfastException.class, () -> decode(json, dataBytes));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
  }
}
