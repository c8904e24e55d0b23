package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Groups of ticks are told apart again: to whoever reads the frame they are single ones. */
class TickGroupTest {
  private static OutboundRequest.Tick tick(Random random, long call) {
    var header = new Request.Header(call, random.nextInt(1 << 20), random.nextInt(9), 60_000);
    return new OutboundRequest.Tick(
        header, 1 + random.nextInt(40) / 39, random.nextLong() >>> random.nextInt(64), 7);
  }

  @Test
  void requestsAreReadAsTheyWereInTheirOrder() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var sent = new ArrayList<OutboundRequest>();
      long call = random.nextInt(1_000);
      int count = random.nextInt(60);
      for (int i = 0; i < count; i++) {
        call += random.nextInt(20) == 0 ? 2 : 1;
        var header = new Request.Header(call, random.nextInt(99), 3, 60_000);
        sent.add(
            random.nextInt(10) == 0 ? new OutboundRequest.Leave(header, 1) : tick(random, call));
      }
      OutboundFrame frame = ClientFrames.requestsWithTickGroups(sent);
      byte[] bytes = Slices.bytes(frame);
      assertEquals(frame.length(), bytes.length, "seed " + seed);
      var read = ClientFrames.read(Slices.cut(bytes, random)).requests();
      assertEquals(sent.size(), read.size(), "seed " + seed);
      for (int i = 0; i < count; i++) {
        same(sent.get(i), read.get(i), "seed " + seed + ", request " + i);
      }
    }
  }

  private static void same(OutboundRequest sent, Request read, String where) {
    assertEquals(sent.header().call(), read.header().call(), where);
    assertEquals(sent.header().range(), read.header().range(), where);
    assertEquals(sent.header().epoch(), read.header().epoch(), where);
    assertEquals(sent.header().deadlineMillis(), read.header().deadlineMillis(), where);
    if (sent instanceof OutboundRequest.Tick tick) {
      assertEquals(
          new Request.Tick(read.header(), tick.incarnation(), tick.seq(), tick.clock()),
          read,
          where);
    } else {
      assertTrue(read instanceof Request.Leave, where);
    }
  }

  @Test
  void repliesAreReadAsTheyWere() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      List<OutboundReply> sent = new ArrayList<>(FramesTest.replies(random));
      int ticks = random.nextInt(50);
      for (int i = 0; i < ticks; i++) {
        sent.add(OutboundReply.ticked(1_000 + i, random.nextInt(), random.nextInt(8) == 0));
      }
      byte[] bytes = Slices.bytes(ServerFrames.repliesWithTickGroups(sent));
      var read = ServerFrames.read(Slices.cut(bytes, random)).replies();
      assertEquals(
          sent.stream().map(OutboundReply::call).sorted().toList(),
          read.stream().map(Reply::call).sorted().toList(),
          "seed " + seed);
      assertEquals(
          sent.stream()
              .filter(reply -> reply instanceof OutboundReply.Ticked ticked && ticked.duplicate())
              .count(),
          read.stream()
              .filter(reply -> reply instanceof Reply.Ticked ticked && ticked.duplicate())
              .count());
      assertEquals(kinds(sent), kinds(read), "seed " + seed);
    }
  }

  private static List<String> kinds(List<?> replies) {
    return replies.stream()
        .map(reply -> reply.getClass().getSimpleName())
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  @Test
  void aGroupThatMakesNoSenseIsRefused() {
    var column = ByteString.copyFrom(DeltaRuns.encode(new long[] {1, 2, 3}, 3));
    var sound =
        io.holdfast.v1.Ticks.newBuilder()
            .setIncarnation(1)
            .setClock(1)
            .setCount(3)
            .setRanges(column)
            .setEpochs(column)
            .setSeqs(column);
    assertEquals(3, read(sound).size());
    refused(sound.clone().setCount(0));
    refused(sound.clone().setCount(2));
    refused(sound.clone().setCount(4));
    refused(sound.clone().setCount(-1));
    refused(sound.clone().clearSeqs());
    // Many in few bytes, and more than a frame may hold in two groups.
    var many = new long[ClientFrames.MAX_REQUESTS];
    var run = ByteString.copyFrom(DeltaRuns.encode(many, many.length));
    var most = sound.clone().setCount(many.length).setRanges(run).setEpochs(run).setSeqs(run);
    assertEquals(many.length, read(most).size());
    refused(most, sound);
    refused(most.setCount(many.length + 1));
  }

  private static List<Request> read(io.holdfast.v1.Ticks.Builder... groups) {
    var frame = io.holdfast.v1.ClientFrame.newBuilder();
    for (var group : groups) {
      frame.addRequestsBuilder().setCall(5).setTicks(group);
    }
    return ClientFrames.read(InboundFrame.of(ByteBuffer.wrap(frame.build().toByteArray())))
        .requests();
  }

  private static void refused(io.holdfast.v1.Ticks.Builder... groups) {
    assertEquals(
        ErrorCode.MALFORMED_FRAME,
        assertThrows(HoldfastException.class, () -> read(groups)).code());
  }
}
