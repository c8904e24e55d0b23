package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MalformedFramesTest {
  @Test
  void garbageIsRefusedAsMalformedOrRead() {
    for (long seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      byte[] garbage = new byte[random.nextInt(40)];
      random.nextBytes(garbage);
      if (garbage.length > 1 && random.nextBoolean()) {
        garbage[0] = 18; // a request or a reply
        garbage[1] = (byte) (garbage.length - 2);
      }
      check(garbage, random, seed);
    }
  }

  @Test
  void damagedFramesAreRefusedAsMalformedOrRead() {
    int refused = 0;
    for (long seed = 0; seed < 1_500; seed++) {
      var random = new Random(seed);
      byte[] bytes =
          Slices.bytes(
              random.nextBoolean()
                  ? ClientFrames.requests(FramesTest.requests(random))
                  : ServerFrames.replies(FramesTest.replies(random)));
      if (bytes.length == 0 || bytes.length > 20_000) {
        continue;
      }
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(Math.min(60, bytes.length))] = (byte) random.nextInt();
      }
      refused += check(bytes, random, seed);
    }
    assertTrue(refused > 400, "refused " + refused);
  }

  @Test
  void countsThatTheBytesCannotHoldAreRefused() {
    var push = io.holdfast.v1.Push.newBuilder().setKeyCount(Integer.MAX_VALUE);
    refuses(push.build());
    refuses(push.setKeyCount(-1).build());
    refuses(push.setKeyCount(9).setRawKeys(bytes(64)).build());
    refuses(push.setKeyCount(65).setDeltaKeys(bytes(64)).clearRawKeys().build());
    refuses(push.setKeyCount(6).build());
    refuses(push.setKeyCount(64).setFirstKey(1).build());
    refuses(push.clearDeltaKeys().setFirstKey(-3).build());
  }

  @Test
  void reachingBeyondTheFrameOrAfterItsCloseIsRefused() {
    InboundFrame frame = InboundFrame.of(ByteBuffer.allocate(10), ByteBuffer.allocate(6));
    float[] floats = new float[8];
    assertThrows(IndexOutOfBoundsException.class, () -> frame.readFloats(4, floats, 0, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> frame.readFloats(0, floats, 6, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> frame.byteAt(16));
    frame.readFloats(0, floats, 4, 4);
    frame.close();
    frame.close();
    assertThrows(IllegalStateException.class, () -> frame.readFloats(0, floats, 4, 4));
  }

  private static void refuses(io.holdfast.v1.Push push) {
    byte[] frame =
        io.holdfast.v1.ClientFrame.newBuilder()
            .addRequests(io.holdfast.v1.Request.newBuilder().setPush(push))
            .build()
            .toByteArray();
    InboundFrame inbound = InboundFrame.of(ByteBuffer.wrap(frame));
    assertEquals(
        ErrorCode.MALFORMED_FRAME,
        assertThrows(HoldfastException.class, () -> ClientFrames.read(inbound)).code());
  }

  private static com.google.protobuf.ByteString bytes(int count) {
    return com.google.protobuf.ByteString.copyFrom(new byte[count]);
  }

  private static int check(byte[] bytes, Random random, long seed) {
    return refused(ClientFrames::read, Slices.cut(bytes, random), seed)
        + refused(ServerFrames::read, Slices.cut(bytes, random), seed);
  }

  private static int refused(Consumer<InboundFrame> reader, InboundFrame frame, long seed) {
    try {
      reader.accept(frame);
      return 0;
    } catch (HoldfastException e) {
      assertEquals(ErrorCode.MALFORMED_FRAME, e.code(), "seed " + seed);
      return 1;
    } catch (RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
