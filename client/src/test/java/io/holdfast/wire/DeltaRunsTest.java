package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeltaRunsTest {
  @Test
  void whatIsEncodedIsDecoded() {
    for (int seed = 0; seed < 400; seed++) {
      var random = new Random(seed);
      var values = new long[random.nextInt(200)];
      long value = random.nextLong();
      for (int i = 0; i < values.length; i++) {
        int kind = random.nextInt(10);
        long other = random.nextLong() >> random.nextInt(64);
        value = kind < 5 ? value : kind < 8 ? value + other : other;
        values[i] = value;
      }
      var decoded = new long[values.length];
      DeltaRuns.decode(DeltaRuns.encode(values, values.length), decoded);
      assertArrayEquals(values, decoded, "seed " + seed);
    }
  }

  @Test
  void numbersThatAreAlikeTakeAFewBytes() {
    var same = new long[10_000];
    Arrays.fill(same, 1_000_000);
    assertEquals(1 + 3 + 3 + 1, DeltaRuns.encode(same, same.length).length, "one single, one run");
    var steps = new long[10_000];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = 7 + 3L * i;
    }
    assertEquals(2 + 3 + 1, DeltaRuns.encode(steps, steps.length).length);
  }

  @Test
  void theExampleOfTheDocumentIsRight() {
    // 7, 10, 13, 16, 16: one difference of 7, three times 3, one of 0
    assertArrayEquals(
        new byte[] {3, 14, 6, 6, 3, 0}, DeltaRuns.encode(new long[] {7, 10, 13, 16, 16}, 5));
  }

  @Test
  void bytesThatMakeNoSenseAreRefused() {
    refused(1, 3); // cut off
    refused(1, 0, 2); // a group of none
    refused(1, 4, 2); // more than there should be
    refused(2, 3, 2); // fewer
    refused(1, 3, 2, 0); // left over
    refused(1, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0);
    var random = new Random(5);
    for (int i = 0; i < 2_000; i++) {
      var bytes = new byte[random.nextInt(12)];
      random.nextBytes(bytes);
      try {
        DeltaRuns.decode(bytes, new long[random.nextInt(20)]);
      } catch (HoldfastException e) {
        assertEquals(ErrorCode.MALFORMED_FRAME, e.code());
      }
    }
  }

  private static void refused(int count, int... coded) {
    var bytes = new byte[coded.length];
    for (int i = 0; i < coded.length; i++) {
      bytes[i] = (byte) coded[i];
    }
    var thrown =
        assertThrows(HoldfastException.class, () -> DeltaRuns.decode(bytes, new long[count]));
    assertEquals(ErrorCode.MALFORMED_FRAME, thrown.code());
  }
}
