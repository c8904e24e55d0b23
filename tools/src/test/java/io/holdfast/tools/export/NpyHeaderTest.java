package io.holdfast.tools.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.HoldfastException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against bytes written by hand from the format's description (NEP 1). */
class NpyHeaderTest {
  private static byte[] bytes(String dictionary) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0});
    bytes.writeBytes(dictionary.getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(" ".repeat(127 - bytes.size()).getBytes(StandardCharsets.US_ASCII));
    bytes.write('\n');
    return bytes.toByteArray();
  }

  @Test
  void isWrittenInVersionOneWithItsEndAtAMultipleOf64() {
    assertArrayEquals(
        bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }"),
        new NpyHeader("<f4", false, List.of(3L, 4L)).encode().array());
    assertArrayEquals(
        bytes("{'descr': '<u8', 'fortran_order': False, 'shape': (1099511627776,), }"),
        new NpyHeader("<u8", false, List.of(1L << 40)).encode().array());
  }

  @Test
  void versionsDifferInTheirLength() {
    byte[] fixed = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    assertEquals(2, NpyHeader.lengthBytes(fixed));
    fixed[6] = 2;
    assertEquals(4, NpyHeader.lengthBytes(fixed));
    fixed[6] = 3;
    assertEquals(4, NpyHeader.lengthBytes(fixed));
    fixed[6] = 4;
    assertThrows(HoldfastException.class, () -> NpyHeader.lengthBytes(fixed));
    fixed[6] = 1;
    fixed[0] = 0;
    assertThrows(HoldfastException.class, () -> NpyHeader.lengthBytes(fixed));
  }

  @Test
  void whatOthersWriteIsRead() {
    assertEquals(
        new NpyHeader("<i8", true, List.of(2L, 3L)),
        NpyHeader.decode("{\"shape\": (2L, 3L), 'fortran_order': True, 'descr':'<i8'}  \n"));
    assertEquals(
        new NpyHeader("|b1", false, List.of()),
        NpyHeader.decode("{'descr': '|b1', 'fortran_order': False, 'shape': (), }"));
    assertEquals(
        new NpyHeader("<f4", false, List.of(7L)),
        NpyHeader.decode("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{'fortran_order': False, 'shape': (7,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (7,), }",
        "{'descr': '<f4', 'shape': (7,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-7,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False}"
      })
  void whatIsNoneIsRefused(String dictionary) {
    assertThrows(HoldfastException.class, () -> NpyHeader.decode(dictionary));
  }
}
