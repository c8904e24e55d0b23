package io.holdfast.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Hello;
import io.holdfast.v1.OpenQueue;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import io.holdfast.v1.Welcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FramesTest {
  private static final int ROUNDS = 120;

  @Test
  void generatedClassesReadTheRequestsThatOursWrite() throws InvalidProtocolBufferException {
    for (long seed = 0; seed < ROUNDS; seed++) {
      var random = new Random(seed);
      List<OutboundRequest> sent = requests(random);
      OutboundFrame frame = ClientFrames.requests(sent);
      byte[] bytes = Slices.bytes(frame);
      assertEquals(frame.length(), bytes.length, "seed " + seed);
      var read = io.holdfast.v1.ClientFrame.parseFrom(bytes);
      assertEquals(sent.size(), read.getRequestsCount(), "seed " + seed);
      int sum = 0;
      for (int i = 0; i < sent.size(); i++) {
        assertEquals(generated(sent.get(i)), read.getRequests(i), "seed " + seed);
        sum += ClientFrames.length(sent.get(i));
      }
      assertEquals(sum, frame.length(), "seed " + seed);
    }
  }

  @Test
  void oursReadTheRequestsThatGeneratedClassesWrite() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      var random = new Random(seed);
      var frame = io.holdfast.v1.ClientFrame.newBuilder();
      requests(random).forEach(request -> frame.addRequests(generated(request)));
      if (random.nextBoolean()) {
        frame.setHello(Hello.newBuilder().setClient("c").setJob(random.nextInt()));
      }
      byte[] bytes = frame.build().toByteArray();
      InboundFrame cut = Slices.cut(bytes, random);
      ClientFrame read = ClientFrames.read(cut);
      assertEquals(frame.hasHello() ? frame.getHello() : null, read.hello(), "seed " + seed);
      assertEquals(frame.getRequestsCount(), read.requests().size(), "seed " + seed);
      for (int i = 0; i < read.requests().size(); i++) {
        assertEquals(frame.getRequests(i), generated(read.requests().get(i), cut), "seed " + seed);
      }
    }
  }

  @Test
  void generatedClassesReadTheRepliesThatOursWrite() throws InvalidProtocolBufferException {
    for (long seed = 0; seed < ROUNDS; seed++) {
      var random = new Random(seed);
      List<OutboundReply> sent = replies(random);
      OutboundFrame frame = ServerFrames.replies(sent);
      byte[] bytes = Slices.bytes(frame);
      assertEquals(frame.length(), bytes.length, "seed " + seed);
      var read = io.holdfast.v1.ServerFrame.parseFrom(bytes);
      assertEquals(sent.size(), read.getRepliesCount(), "seed " + seed);
      for (int i = 0; i < sent.size(); i++) {
        assertEquals(generated(sent.get(i)), read.getReplies(i), "seed " + seed);
      }
    }
  }

  @Test
  void oursReadTheRepliesThatGeneratedClassesWrite() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      var random = new Random(seed);
      var frame = io.holdfast.v1.ServerFrame.newBuilder();
      replies(random).forEach(reply -> frame.addReplies(generated(reply)));
      if (random.nextBoolean()) {
        frame.setWelcome(Welcome.newBuilder().setNode(random.nextLong()));
      }
      InboundFrame cut = Slices.cut(frame.build().toByteArray(), random);
      ServerFrame read = ServerFrames.read(cut);
      assertEquals(frame.hasWelcome() ? frame.getWelcome() : null, read.welcome());
      assertEquals(frame.getRepliesCount(), read.replies().size(), "seed " + seed);
      for (int i = 0; i < read.replies().size(); i++) {
        assertEquals(frame.getReplies(i), generated(read.replies().get(i), cut), "seed " + seed);
      }
    }
  }

  @Test
  void fieldsInAnyOrderAndUnknownOnesAreTaken() {
    var push =
        io.holdfast.v1.Push.newBuilder()
            .setSeq(7)
            .setKeyCount(1)
            .setFirstKey(0)
            .setValues(ByteString.copyFrom(new byte[4]));
    var later = io.holdfast.v1.Request.newBuilder().setCall(9).build().toByteString();
    // body before call; an unknown group, a fixed32 and a string between them
    ByteString unknown =
        ByteString.copyFrom(
            new byte[] {
              (byte) 0xa3, 1, 8, 1, (byte) 0xa4, 1, (byte) 0xad, 1, 0, 0, 0, 0, (byte) 0xb2, 1, 1, 5
            });
    ByteString request =
        io.holdfast.v1.Request.newBuilder()
            .setPush(push)
            .build()
            .toByteString()
            .concat(unknown)
            .concat(later);
    ByteString frame =
        ByteString.copyFrom(new byte[] {18, (byte) request.size()}).concat(request).concat(unknown);
    ClientFrame read = ClientFrames.read(InboundFrame.of(frame.asReadOnlyByteBuffer()));
    var got = assertInstanceOf(Request.Push.class, read.requests().get(0));
    assertEquals(9, got.header().call());
    assertEquals(7, got.seq());
    assertEquals(KeyField.Encoding.CONTIGUOUS, got.keys().encoding());
  }

  @Test
  void ofABodyThatComesTwiceTheLastCounts() {
    ByteString request =
        io.holdfast.v1.Request.newBuilder()
            .setTick(io.holdfast.v1.Tick.newBuilder().setSeq(3).setClock(4))
            .build()
            .toByteString()
            .concat(
                io.holdfast.v1.Request.newBuilder()
                    .setLeave(io.holdfast.v1.Leave.newBuilder().setIncarnation(8))
                    .build()
                    .toByteString());
    ByteString frame = ByteString.copyFrom(new byte[] {18, (byte) request.size()}).concat(request);
    ClientFrame read = ClientFrames.read(InboundFrame.of(frame.asReadOnlyByteBuffer()));
    assertEquals(8, assertInstanceOf(Request.Leave.class, read.requests().get(0)).incarnation());
  }

  @Test
  void helloWelcomeAndFailureGoThere() {
    Hello hello =
        Hello.newBuilder().setProtocol(1).setClient("test/é").setJob(5).setRank(-1).build();
    InboundFrame frame = InboundFrame.of(ByteBuffer.wrap(Slices.bytes(ClientFrames.hello(hello))));
    assertEquals(hello, ClientFrames.read(frame).hello());

    Welcome welcome = Welcome.newBuilder().setProtocol(1).setNode(-5).setMaxKeys(10).build();
    frame = InboundFrame.of(ByteBuffer.wrap(Slices.bytes(ServerFrames.welcome(welcome))));
    assertEquals(welcome, ServerFrames.read(frame).welcome());

    var error = new HoldfastException(ErrorCode.STALE_EPOCH, "the range is at epoch 7");
    frame = InboundFrame.of(ByteBuffer.wrap(Slices.bytes(ServerFrames.failure(error))));
    HoldfastException failure = Objects.requireNonNull(ServerFrames.read(frame).failure());
    assertEquals(ErrorCode.STALE_EPOCH, failure.code());
    assertEquals(error.getMessage(), failure.getMessage());
  }

  @Test
  void anEmptyFrameHoldsNothing() {
    ServerFrame read = ServerFrames.read(InboundFrame.of());
    assertNull(read.welcome());
    assertNull(read.failure());
    assertEquals(0, read.replies().size());
  }

  @Test
  void valuesOfMegabytesGoThroughTheStagingArray() {
    var random = new Random(1);
    float[] values = new float[700_001];
    long[] keys = new long[100_003];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) i << 40;
    }
    var push =
        new OutboundRequest.Push(
            new Request.Header(1, 2, 3, 4),
            1,
            2,
            3,
            OutboundKeys.raw(keys, 1, keys.length),
            OutboundValues.of(values, 1, values.length - 1));
    InboundFrame frame =
        Slices.cut(Slices.bytes(ClientFrames.requests(List.of(push))), new Random(3));
    var read = (Request.Push) ClientFrames.read(frame).requests().get(0);
    float[] got = new float[values.length];
    got[0] = values[0];
    frame.readFloats(read.valuesAt(), got, 1, values.length - 1);
    assertArrayEquals(values, got);
    long[] gotKeys = new long[keys.length];
    frame.readLongs(read.keys().at(), gotKeys, 1, keys.length - 1);
    assertArrayEquals(keys, gotKeys);
  }

  static List<OutboundRequest> requests(Random random) {
    var requests = new ArrayList<OutboundRequest>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      var header =
          new Request.Header(
              number(random), random.nextInt(1000), random.nextInt(3), random.nextInt(100));
      requests.add(
          switch (random.nextInt(7)) {
            case 0 ->
                new OutboundRequest.Join(
                    header, random.nextInt(3), random.nextInt(), random.nextInt(9));
            case 1 ->
                new OutboundRequest.Push(
                    header,
                    random.nextInt(3),
                    number(random),
                    random.nextInt(100),
                    keys(random),
                    values(random));
            case 2 ->
                new OutboundRequest.Pull(
                    header,
                    random.nextInt(3),
                    random.nextInt(9),
                    number(random),
                    keys(random),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    shape(random, 0),
                    random.nextInt(3) == 0 ? random.nextLong() : 0,
                    new Request.Need(random.nextInt(4), random.nextInt(3) * 100));
            case 3 ->
                new OutboundRequest.Tick(
                    header, random.nextInt(3), number(random), random.nextInt(9));
            case 4 -> {
              byte[] state = new byte[random.nextInt(3) * 100_000];
              random.nextBytes(state);
              yield new OutboundRequest.Save(
                  header, 1, random.nextInt(9), state, random.nextBoolean() ? work(random) : null);
            }
            case 5 ->
                new OutboundRequest.Heartbeat(
                    header, random.nextInt(3), random.nextInt(9), random.nextBoolean());
            case 6 -> new OutboundRequest.Queue(header, queue(random));
            default -> new OutboundRequest.Leave(header, random.nextInt(3), random.nextInt(9));
          });
    }
    return requests;
  }

  private static SavedWork work(Random random) {
    var progress = SavedWork.Progress.newBuilder().setQueue("train").setTakes(number(random));
    for (int left = random.nextInt(100); left > 0; left--) {
      progress.addDone(number(random));
    }
    return SavedWork.newBuilder().addQueues(progress).build();
  }

  private static QueueRequest queue(Random random) {
    var request = QueueRequest.newBuilder().setIncarnation(random.nextInt(3)).setQueue("train");
    return random.nextBoolean()
        ? request.setTake(number(random)).build()
        : request.setOpen(OpenQueue.newBuilder().setShards(random.nextInt(9))).build();
  }

  private static QueueReply queueReply(Random random) {
    return QueueReply.newBuilder().setTakes(number(random)).addItems(number(random)).build();
  }

  private static long number(Random random) {
    return random.nextLong() >>> random.nextInt(64);
  }

  private static OutboundKeys keys(Random random) {
    long[] keys = KeyCodecTest.ascending(random, random.nextInt(200), random.nextInt(57));
    return switch (random.nextInt(6)) {
      case 0 -> OutboundKeys.contiguous(random.nextInt(5), random.nextInt(100_000));
      case 3 -> OutboundKeys.digested(keys, 0, keys.length);
      case 4 -> {
        var digested = OutboundKeys.digested(keys, 0, keys.length);
        yield digested.isDigested() ? digested.digestAlone() : digested;
      }
      case 1 -> OutboundKeys.raw(keys, 0, keys.length);
      case 2 -> OutboundKeys.delta(keys, 0, keys.length);
      default -> OutboundKeys.of(keys, keys.length / 3, keys.length);
    };
  }

  private static OutboundValues values(Random random) {
    var values = anyValues(random);
    return random.nextInt(4) == 0 ? values.asWholeRows() : values;
  }

  private static OutboundValues anyValues(Random random) {
    float[] floats = new float[random.nextInt(4) * 10_000];
    long[] longs = new long[random.nextInt(4) * 1_000];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = random.nextFloat();
    }
    for (int i = 0; i < longs.length; i++) {
      longs[i] = random.nextLong();
    }
    return switch (random.nextInt(6)) {
      case 3 -> OutboundValues.encoded(shape(random, 5), bytes(random));
      case 4 -> OutboundValues.plain(bytes(random), 1, 7);
      case 0 -> OutboundValues.of(floats, floats.length / 3, floats.length - floats.length / 3);
      case 1 -> OutboundValues.of(longs, longs.length / 4, longs.length - longs.length / 4);
      case 2 ->
          OutboundValues.rows(floats, 5, order(random, floats.length / 5), 0, floats.length / 5);
      default ->
          OutboundValues.rows(longs, 2, order(random, longs.length / 2), 0, longs.length / 2);
    };
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[10 + random.nextInt(3) * 50_000];
    random.nextBytes(bytes);
    return bytes;
  }

  private static ValueShape shape(Random random, int plainLength) {
    return new ValueShape(random.nextInt(4), random.nextInt(3), random.nextBoolean(), plainLength);
  }

  private static int[] order(Random random, int rows) {
    return random.ints(rows, 0, Math.max(1, rows)).toArray();
  }

  private static ByteString keyBytes(OutboundRequest request) {
    return ByteString.copyFrom(Slices.bytes(ClientFrames.requests(List.of(request))));
  }

  // By way of the generated classes: what ours wrote, parsed, with the header set from the record.
  private static io.holdfast.v1.Request generated(OutboundRequest request) {
    var header = request.header();
    var message =
        io.holdfast.v1.Request.newBuilder()
            .setCall(header.call())
            .setRange(header.range())
            .setEpoch(header.epoch())
            .setDeadlineMillis(header.deadlineMillis());
    try {
      var parsed = io.holdfast.v1.ClientFrame.parseFrom(keyBytes(request)).getRequests(0);
      if (request instanceof OutboundRequest.Join join) {
        message.setJoin(
            io.holdfast.v1.Join.newBuilder()
                .setIncarnation(join.incarnation())
                .setGroupSize(join.groupSize())
                .setClock(join.clock()));
      } else if (request instanceof OutboundRequest.Push push) {
        message.setPush(
            parsed.getPush().toBuilder()
                .setIncarnation(push.incarnation())
                .setSeq(push.seq())
                .setClock(push.clock())
                .setNumberFormatValue(push.values().shape().format())
                .setCompressionValue(push.values().shape().compression())
                .setRowMask(push.values().shape().masked())
                .setPlainLength(push.values().shape().plainLength())
                .setKeyCount(push.keys().count()));
        assertEquals(push.keys().isDigested(), parsed.getPush().hasKeyDigest());
        assertEquals(push.keys().digest(), parsed.getPush().getKeyDigest());
        boolean whole = push.values().areWholeRows() && push.values().byteLength() > 0;
        assertEquals(whole, parsed.getPush().hasWholeRows());
        ByteString rows = whole ? parsed.getPush().getWholeRows() : parsed.getPush().getValues();
        assertEquals(push.values().byteLength(), rows.size());
      } else if (request instanceof OutboundRequest.Pull pull) {
        message.setPull(
            parsed.getPull().toBuilder()
                .setIncarnation(pull.incarnation())
                .setClock(pull.clock())
                .setOwnSeq(pull.ownSeq())
                .setKeyCount(pull.keys().count())
                .setAnyClock(pull.anyClock())
                .setNumberFormatValue(pull.wanted().format())
                .setCompressionValue(pull.wanted().compression())
                .setRowMask(pull.wanted().masked())
                .setRoundingSeed(pull.seed())
                .setNeededClock(pull.need().clocks())
                .setConsistencyVersion(pull.need().version())
                .setLatest(pull.latest()));
        assertEquals(pull.keys().isDigested(), parsed.getPull().hasKeyDigest());
        assertEquals(pull.keys().digest(), parsed.getPull().getKeyDigest());
      } else if (request instanceof OutboundRequest.Tick tick) {
        message.setTick(
            io.holdfast.v1.Tick.newBuilder()
                .setIncarnation(tick.incarnation())
                .setSeq(tick.seq())
                .setClock(tick.clock()));
      } else if (request instanceof OutboundRequest.Save save) {
        message.setSave(
            io.holdfast.v1.Save.newBuilder()
                .setIncarnation(save.incarnation())
                .setClock(save.clock())
                .setState(ByteString.copyFrom(save.state())));
        if (save.work() != null) {
          message.getSaveBuilder().setWork(save.work());
        }
      } else if (request instanceof OutboundRequest.Queue queue) {
        message.setQueue(queue.message());
      } else if (request instanceof OutboundRequest.Leave leave) {
        message.setLeave(
            io.holdfast.v1.Leave.newBuilder()
                .setIncarnation(leave.incarnation())
                .setClock(leave.clock()));
      } else if (request instanceof OutboundRequest.Heartbeat heartbeat) {
        message.setHeartbeat(
            io.holdfast.v1.Heartbeat.newBuilder()
                .setIncarnation(heartbeat.incarnation())
                .setClock(heartbeat.clock())
                .setMembers(heartbeat.members()));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
    return message.build();
  }

  private static io.holdfast.v1.Request generated(Request request, InboundFrame frame) {
    var header = request.header();
    var message =
        io.holdfast.v1.Request.newBuilder()
            .setCall(header.call())
            .setRange(header.range())
            .setEpoch(header.epoch())
            .setDeadlineMillis(header.deadlineMillis());
    if (request instanceof Request.Join join) {
      message
          .getJoinBuilder()
          .setIncarnation(join.incarnation())
          .setGroupSize(join.groupSize())
          .setClock(join.clock());
    } else if (request instanceof Request.Push push) {
      var body =
          message
              .getPushBuilder()
              .setIncarnation(push.incarnation())
              .setSeq(push.seq())
              .setClock(push.clock())
              .setKeyCount(push.keys().count())
              .setNumberFormatValue(push.shape().format())
              .setCompressionValue(push.shape().compression())
              .setRowMask(push.shape().masked())
              .setPlainLength(push.shape().plainLength());
      var rows = ByteString.copyFrom(frame.bytes(push.valuesAt(), push.valuesLength()));
      if (push.wholeRows()) {
        body.setWholeRows(rows);
      } else if (!rows.isEmpty()) {
        body.setValues(rows);
      }
      KeyField keys = push.keys();
      if (keys.digested()) {
        body.setKeyDigest(keys.digest());
      }
      switch (keys.encoding()) {
        case DIGEST -> {}
        case CONTIGUOUS -> body.setFirstKey(keys.first());
        case RAW -> body.setRawKeys(ByteString.copyFrom(frame.bytes(keys.at(), keys.length())));
        case DELTA -> body.setDeltaKeys(ByteString.copyFrom(frame.bytes(keys.at(), keys.length())));
      }
    } else if (request instanceof Request.Pull pull) {
      var body =
          message
              .getPullBuilder()
              .setIncarnation(pull.incarnation())
              .setClock(pull.clock())
              .setOwnSeq(pull.ownSeq())
              .setKeyCount(pull.keys().count())
              .setAnyClock(pull.anyClock())
              .setNumberFormatValue(pull.wanted().format())
              .setCompressionValue(pull.wanted().compression())
              .setRowMask(pull.wanted().masked())
              .setRoundingSeed(pull.seed())
              .setNeededClock(pull.need().clocks())
              .setConsistencyVersion(pull.need().version())
              .setLatest(pull.latest());
      KeyField keys = pull.keys();
      if (keys.digested()) {
        body.setKeyDigest(keys.digest());
      }
      switch (keys.encoding()) {
        case DIGEST -> {}
        case CONTIGUOUS -> body.setFirstKey(keys.first());
        case RAW -> body.setRawKeys(ByteString.copyFrom(frame.bytes(keys.at(), keys.length())));
        case DELTA -> body.setDeltaKeys(ByteString.copyFrom(frame.bytes(keys.at(), keys.length())));
      }
    } else if (request instanceof Request.Tick tick) {
      message
          .getTickBuilder()
          .setIncarnation(tick.incarnation())
          .setSeq(tick.seq())
          .setClock(tick.clock());
    } else if (request instanceof Request.Save save) {
      message
          .getSaveBuilder()
          .setIncarnation(save.incarnation())
          .setClock(save.clock())
          .setState(ByteString.copyFrom(frame.bytes(save.stateAt(), save.stateLength())));
      if (save.work() != null) {
        message.getSaveBuilder().setWork(save.work());
      }
    } else if (request instanceof Request.Queue queue) {
      message.setQueue(queue.message());
    } else if (request instanceof Request.Leave leave) {
      message.getLeaveBuilder().setIncarnation(leave.incarnation()).setClock(leave.clock());
    } else if (request instanceof Request.Heartbeat heartbeat) {
      message
          .getHeartbeatBuilder()
          .setIncarnation(heartbeat.incarnation())
          .setClock(heartbeat.clock())
          .setMembers(heartbeat.members());
    }
    return message.build();
  }

  static List<OutboundReply> replies(Random random) {
    var replies = new ArrayList<OutboundReply>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      long call = number(random);
      replies.add(
          switch (random.nextInt(8)) {
            case 0 ->
                OutboundReply.failed(
                    call,
                    new HoldfastException(
                        random.nextBoolean() ? ErrorCode.SEQ_GAP : ErrorCode.DISK_FULL, "why é"));
            case 1 ->
                OutboundReply.joined(
                    call,
                    io.holdfast.v1.Joined.newBuilder()
                        .setIncarnation(random.nextInt())
                        .setLastSeq(number(random))
                        .setClock(random.nextInt(4))
                        .setSavedClock(random.nextInt(4))
                        .setSavedState(ByteString.copyFrom(new byte[random.nextInt(100_000)]))
                        .setHasSavedState(true)
                        .build());
            case 2 -> OutboundReply.pushed(call, number(random), random.nextBoolean());
            case 3 ->
                new OutboundReply.Pulled(
                    call,
                    random.nextInt(4),
                    number(random),
                    random.nextInt(4),
                    new Counting(random.nextInt(3) * 30_000),
                    shape(random, random.nextInt(3)));
            case 4 -> OutboundReply.ticked(call, number(random), random.nextBoolean());
            case 5 -> OutboundReply.saved(call, number(random));
            case 6 -> OutboundReply.queue(call, queueReply(random));
            default -> OutboundReply.left(call, number(random));
          });
    }
    return replies;
  }

  private static io.holdfast.v1.Reply generated(OutboundReply reply) {
    var message = io.holdfast.v1.Reply.newBuilder().setCall(reply.call());
    if (reply instanceof OutboundReply.Failed failed) {
      message.setFailure(Failures.toProto(failed.error()));
    } else if (reply instanceof OutboundReply.Joined joined) {
      message.setJoined(joined.joined());
    } else if (reply instanceof OutboundReply.Pushed pushed) {
      message.getPushedBuilder().setLsn(pushed.lsn()).setDuplicate(pushed.duplicate());
    } else if (reply instanceof OutboundReply.Pulled pulled) {
      message
          .getPulledBuilder()
          .setEpoch(pulled.epoch())
          .setLsn(pulled.lsn())
          .setMinClock(pulled.minClock())
          .setNumberFormatValue(pulled.shape().format())
          .setCompressionValue(pulled.shape().compression())
          .setRowMask(pulled.shape().masked())
          .setPlainLength(pulled.shape().plainLength())
          .setValues(((Counting) pulled.values()).all());
    } else if (reply instanceof OutboundReply.Ticked ticked) {
      message.getTickedBuilder().setLsn(ticked.lsn()).setDuplicate(ticked.duplicate());
    } else if (reply instanceof OutboundReply.Saved saved) {
      message.getSavedBuilder().setLsn(saved.lsn());
    } else if (reply instanceof OutboundReply.Queue queue) {
      message.setQueue(queue.message());
    } else if (reply instanceof OutboundReply.Left left) {
      message.getLeftBuilder().setLsn(left.lsn());
    }
    return message.build();
  }

  private static io.holdfast.v1.Reply generated(Reply reply, InboundFrame frame) {
    var message = io.holdfast.v1.Reply.newBuilder().setCall(reply.call());
    if (reply instanceof Reply.Failed failed) {
      message.setFailure(Failures.toProto(failed.error()));
    } else if (reply instanceof Reply.Joined joined) {
      byte[] state = joined.savedState();
      assertNotNull(state);
      message
          .getJoinedBuilder()
          .setIncarnation(joined.incarnation())
          .setLastSeq(joined.lastSeq())
          .setClock(joined.clock())
          .setSavedClock(joined.savedClock())
          .setSavedState(ByteString.copyFrom(state))
          .setHasSavedState(true);
    } else if (reply instanceof Reply.Pushed pushed) {
      message.getPushedBuilder().setLsn(pushed.lsn()).setDuplicate(pushed.duplicate());
    } else if (reply instanceof Reply.Pulled pulled) {
      message
          .getPulledBuilder()
          .setEpoch(pulled.epoch())
          .setLsn(pulled.lsn())
          .setMinClock(pulled.minClock())
          .setNumberFormatValue(pulled.shape().format())
          .setCompressionValue(pulled.shape().compression())
          .setRowMask(pulled.shape().masked())
          .setPlainLength(pulled.shape().plainLength())
          .setValues(ByteString.copyFrom(frame.bytes(pulled.valuesAt(), pulled.valuesLength())));
    } else if (reply instanceof Reply.Ticked ticked) {
      message.getTickedBuilder().setLsn(ticked.lsn()).setDuplicate(ticked.duplicate());
    } else if (reply instanceof Reply.Saved saved) {
      message.getSavedBuilder().setLsn(saved.lsn());
    } else if (reply instanceof Reply.Queue queue) {
      message.setQueue(queue.message());
    } else if (reply instanceof Reply.Left left) {
      message.getLeftBuilder().setLsn(left.lsn());
    }
    return message.build();
  }

  /** Rows of one int each, counted up; as many at once as fit. */
  private static final class Counting implements ValueSource {
    private final int rows;
    private int next;

    Counting(int rows) {
      this.rows = rows;
    }

    @Override
    public int byteLength() {
      return rows * Integer.BYTES;
    }

    @Override
    public void fill(ByteBuffer target) {
      assertEquals(0, target.position());
      assertEquals(ByteOrder.LITTLE_ENDIAN, target.order());
      assertEquals(true, target.hasArray() && target.remaining() >= 64 << 10);
      while (next < rows && target.remaining() >= Integer.BYTES) {
        target.putInt(next++);
      }
    }

    ByteString all() {
      ByteBuffer bytes = ByteBuffer.allocate(byteLength()).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rows; i++) {
        bytes.putInt(i);
      }
      return ByteString.copyFrom(bytes.flip());
    }
  }
}
