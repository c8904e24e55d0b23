package io.holdfast.client;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KeyRange;
import io.holdfast.v1.ClientFrame;
import io.holdfast.v1.ControlGrpc;
import io.holdfast.v1.CreateTableRequest;
import io.holdfast.v1.DropTableReply;
import io.holdfast.v1.EvaluateReply;
import io.holdfast.v1.EvaluateRequest;
import io.holdfast.v1.ExchangeGrpc;
import io.holdfast.v1.Job;
import io.holdfast.v1.ListTablesReply;
import io.holdfast.v1.ListTablesRequest;
import io.holdfast.v1.MapVersion;
import io.holdfast.v1.Member;
import io.holdfast.v1.OpenJobRequest;
import io.holdfast.v1.Pull;
import io.holdfast.v1.Range;
import io.holdfast.v1.Reply;
import io.holdfast.v1.Request;
import io.holdfast.v1.ServerFrame;
import io.holdfast.v1.SetConsistencyRequest;
import io.holdfast.v1.StatusReply;
import io.holdfast.v1.StatusRequest;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.v1.WatchMapRequest;
import io.holdfast.v1.Welcome;
import io.holdfast.wire.Definitions;
import io.holdfast.wire.Statuses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server of the whole protocol, in memory, made of the generated protobuf classes alone: what the
 * client exchanges with it, it can exchange with any standard implementation. What it keeps
 * outlives {@link #kill}; its faults are those of real servers and networks.
 */
final class FakeCluster implements AutoCloseable {
  private final Map<Integer, FakeRange> ranges = new TreeMap<>();
  private final Map<String, Table> tables = new TreeMap<>();
  private final Random random;
  private @Nullable Server server;
  // The node that ranges were moved to.
  private @Nullable Server second;
  private int secondPort;
  // Ids of ranges that are the other node's.
  private final Set<Integer> elsewhere = new TreeSet<>();
  private int port;
  private int rangePort;

  // Faults; under the lock of this.
  private int refuseNext;
  private ErrorCode refusal = ErrorCode.OVERLOADED;
  private int breakAfter = Integer.MAX_VALUE;
  private boolean loseRepliesOfBroken;
  private boolean silent;
  private boolean shuffled;
  private boolean replicated;
  private int lastRange = 1;
  private int maxFrameBytes = 4 << 20;
  private int maxKeys = 1 << 20;
  private int epoch = 1;
  private boolean groupsTicks = true;
  private final List<Runnable> heldBack = new ArrayList<>();
  private final List<StreamObserver<MapVersion>> watches = new ArrayList<>();
  private long mapVersion = 1;
  private int lastTable;

  // What was seen.
  private int streams;
  private int frames;
  private int largestFrame;
  private int requests;
  private int ticksInGroups;
  private int lastServer;
  private final Map<Integer, Integer> pullsByServer = new TreeMap<>();
  private int latest;
  private Pull lastPull = Pull.getDefaultInstance();

  FakeCluster(long seed) {
    this.random = new Random(seed);
    ranges.put(1, new FakeRange(1, KeyRange.ALL, 1, false));
    start();
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  synchronized void start() {
    server = serve(port);
    boolean wasMoved = rangePort != port;
    port = server.getPort();
    rangePort = wasMoved && second != null ? rangePort : port;
  }

  /** All ranges move to another node, in another epoch; this one knows where. */
  synchronized void move() {
    addNode();
    rangePort = secondPort;
    epoch++;
  }

  /** Address of the node that ranges were moved to. */
  synchronized String secondAddress() {
    return "127.0.0.1:" + secondPort;
  }

  /** Another node that knows the map and serves ranges; nothing is moved there. */
  synchronized void addNode() {
    second = serve(0);
    secondPort = second.getPort();
  }

  /** The other node has this range of a table. */
  synchronized void giveAway(String name, int index) {
    elsewhere.add(Objects.requireNonNull(tables.get(name)).getRanges(index).getId());
  }

  /** The other node dies; the map names it still. */
  void killSecond() {
    end(second);
  }

  /** The first node dies, and the other takes over what it had, in another epoch. */
  void failOver() {
    kill();
    synchronized (this) {
      rangePort = secondPort;
      epoch++;
      mapChanged();
    }
  }

  /** Pulls may be asked of both nodes. */
  synchronized void replicate() {
    replicated = true;
  }

  /** Tells those who watch. */
  synchronized void mapChanged() {
    mapVersion++;
    watches.forEach(FakeCluster.this::tell);
  }

  synchronized int watches() {
    return watches.size();
  }

  /** Cuts a range of a table in two halves, which have what the whole had. */
  synchronized void split(String name, int index, long key) {
    Table table = Objects.requireNonNull(tables.get(name));
    Range whole = table.getRanges(index);
    FakeRange rows = Objects.requireNonNull(ranges.remove(whole.getId()));
    int left = ++lastRange;
    int right = ++lastRange;
    Range.Builder half =
        Range.newBuilder().addAllAncestors(whole.getAncestorsList()).addAncestors(whole.getId());
    ranges.put(left, rows.part(left, new KeyRange(whole.getStart(), key)));
    ranges.put(right, rows.part(right, new KeyRange(key, whole.getEnd())));
    tables.put(
        name,
        table.toBuilder()
            .removeRanges(index)
            .addRanges(index, half.clone().setId(right).setStart(key).setEnd(whole.getEnd()))
            .addRanges(index, half.clone().setId(left).setStart(whole.getStart()).setEnd(key))
            .build());
    mapChanged();
  }

  synchronized boolean hasTable(String name) {
    return tables.containsKey(name);
  }

  /** Of a table, in order of their keys. */
  synchronized List<KeyRange> ranges(String name) {
    return Objects.requireNonNull(tables.get(name)).getRangesList().stream()
        .map(Definitions::fromProto)
        .toList();
  }

  private synchronized void unwatched(StreamObserver<MapVersion> by) {
    watches.remove(by);
  }

  private void tell(StreamObserver<MapVersion> watch) {
    watch.onNext(MapVersion.newBuilder().setVersion(mapVersion).build());
  }

  private Server serve(int at) {
    int which = ++lastServer;
    try {
      return NettyServerBuilder.forAddress(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), at))
          .maxInboundMessageSize(64 << 20)
          .permitKeepAliveTime(1, TimeUnit.SECONDS)
          .addService(new Control())
          .addService(new Exchange(which))
          .build()
          .start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The process dies; what it had acknowledged and applied is kept. */
  void kill() {
    Server dying;
    synchronized (this) {
      dying = server;
      server = null;
      watches.clear();
      heldBack.clear();
    }
    end(dying);
  }

  private static void end(@Nullable Server dying) {
    if (dying == null) {
      return;
    }
    dying.shutdownNow();
    try {
      if (!dying.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new AssertionError("the server does not end");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void restart() {
    kill();
    start();
  }

  @Override
  public void close() {
    kill();
    end(second);
  }

  /** The next sequenced requests are refused. */
  synchronized void refuse(int count, ErrorCode code) {
    refuseNext = count;
    refusal = code;
  }

  /** The stream breaks at a request; its effect may be in, its reply is lost. */
  synchronized void breakAfter(int count, boolean applied) {
    breakAfter = count;
    loseRepliesOfBroken = applied;
  }

  /** Requests arrive and nothing is answered, until {@link #speak}. */
  synchronized void hush() {
    silent = true;
  }

  synchronized void speak() {
    silent = false;
    List<Runnable> late = List.copyOf(heldBack);
    heldBack.clear();
    late.forEach(Runnable::run);
  }

  /** Replies of a frame come in any order. */
  synchronized void shuffle() {
    shuffled = true;
  }

  synchronized void limit(int frameBytes, int keys) {
    maxFrameBytes = frameBytes;
    maxKeys = keys;
  }

  /** Requests of the epoch before are refused from now on. */
  synchronized void raiseEpoch() {
    epoch++;
  }

  synchronized FakeRange range(String table, int index) {
    Table known = tables.get(table);
    if (known == null) {
      throw new AssertionError("no table " + table);
    }
    return Objects.requireNonNull(ranges.get(known.getRanges(index).getId()));
  }

  synchronized FakeRange home() {
    return Objects.requireNonNull(ranges.get(1));
  }

  synchronized int streams() {
    return streams;
  }

  synchronized int frames() {
    return frames;
  }

  synchronized int largestFrame() {
    return largestFrame;
  }

  synchronized int requests() {
    return requests;
  }

  /** Pulls that each node has seen, in the order in which they were started. */
  synchronized List<Integer> pulls() {
    return List.copyOf(pullsByServer.values());
  }

  synchronized Pull lastPull() {
    return lastPull;
  }

  synchronized int latestPulls() {
    return latest;
  }

  /** As a server that knows of single ticks alone. */
  synchronized void takeSingleTicks() {
    groupsTicks = false;
  }

  synchronized int ticksInGroups() {
    return ticksInGroups;
  }

  synchronized int heldBack() {
    return heldBack.size();
  }

  private Table described(TableName name) {
    Table table = tables.get(name.getTable());
    if (table == null) {
      throw new HoldfastException(ErrorCode.UNKNOWN_TABLE, name.getTable());
    }
    var now = table.toBuilder();
    for (Range.Builder range : now.getRangesBuilderList()) {
      int at = elsewhere.contains(range.getId()) ? secondPort : rangePort;
      range.setAddress("127.0.0.1:" + at).setEpoch(epoch);
      if (replicated && second != null && server != null) {
        range
            .addMembers(Member.newBuilder().setAddress("127.0.0.1:" + rangePort))
            .addMembers(Member.newBuilder().setAddress("127.0.0.1:" + secondPort));
      }
    }
    return now.build();
  }

  private Table created(CreateTableRequest request) {
    Table there = tables.get(request.getTable());
    if (there == null) {
      var table =
          Table.newBuilder()
              .setId(++lastTable)
              .setJob(request.getJob())
              .setName(request.getTable())
              .setDefinition(request.getDefinition());
      int count = Math.max(1, request.getDefinition().getRangeCount());
      long rows = request.getDefinition().getRows();
      long step = rows > 0 ? rows / count : Long.divideUnsigned(-1, count);
      for (int i = 0; i < count; i++) {
        long start = i * step;
        long end = i + 1 < count ? (i + 1) * step : rows;
        int id = ++lastRange;
        ranges.put(
            id,
            new FakeRange(
                id,
                new KeyRange(start, end),
                request.getDefinition().getWidth(),
                request.getDefinition().getElementValue() == 1));
        table.addRanges(Range.newBuilder().setId(id).setStart(start).setEnd(end));
      }
      tables.put(request.getTable(), table.build());
    } else if (!there.getDefinition().equals(request.getDefinition())) {
      throw new HoldfastException(ErrorCode.TABLE_MISMATCH, request.getTable());
    }
    return described(TableName.newBuilder().setTable(request.getTable()).build());
  }

  private final class Control extends ControlGrpc.ControlImplBase {
    private <T> void answer(StreamObserver<T> to, java.util.function.Supplier<T> reply) {
      try {
        T value;
        synchronized (FakeCluster.this) {
          value = reply.get();
        }
        to.onNext(value);
        to.onCompleted();
      } catch (HoldfastException e) {
        to.onError(Statuses.toStatus(e));
      }
    }

    @Override
    public void openJob(OpenJobRequest request, StreamObserver<Job> to) {
      answer(
          to,
          () ->
              Job.newBuilder()
                  .setId(7)
                  .setName(request.getName())
                  .setHome(
                      Range.newBuilder()
                          .setId(1)
                          .setEpoch(epoch)
                          .setAddress("127.0.0.1:" + rangePort))
                  .build());
    }

    @Override
    public void createTable(CreateTableRequest request, StreamObserver<Table> to) {
      answer(to, () -> created(request));
    }

    @Override
    public void describeTable(TableName request, StreamObserver<Table> to) {
      answer(to, () -> described(request));
    }

    @Override
    public void dropTable(TableName request, StreamObserver<DropTableReply> to) {
      answer(
          to,
          () -> {
            tables.remove(request.getTable());
            return DropTableReply.getDefaultInstance();
          });
    }

    @Override
    public void listTables(ListTablesRequest request, StreamObserver<ListTablesReply> to) {
      answer(to, () -> ListTablesReply.newBuilder().addAllTables(tables.values()).build());
    }

    @Override
    public void setConsistency(SetConsistencyRequest request, StreamObserver<Table> to) {
      answer(
          to,
          () -> {
            String name = request.getTable().getTable();
            var changed = described(request.getTable()).toBuilder();
            changed.setConsistencyVersion(changed.getConsistencyVersion() + 1);
            changed.getDefinitionBuilder().setConsistency(request.getConsistency());
            tables.put(name, changed.build());
            return changed.build();
          });
    }

    @Override
    public void evaluate(EvaluateRequest request, StreamObserver<EvaluateReply> to) {
      answer(
          to,
          () ->
              EvaluateReply.newBuilder()
                  .addValues(request.getFunction().getName().length())
                  .addKeys(-1)
                  .build());
    }

    @Override
    public void watchMap(WatchMapRequest request, StreamObserver<MapVersion> to) {
      ((ServerCallStreamObserver<MapVersion>) to).setOnCancelHandler(() -> unwatched(to));
      synchronized (FakeCluster.this) {
        watches.add(to);
        tell(to);
      }
    }

    @Override
    public void status(StatusRequest request, StreamObserver<StatusReply> to) {
      answer(to, () -> StatusReply.newBuilder().setVersion("fake").build());
    }
  }

  private final class Exchange extends ExchangeGrpc.ExchangeImplBase {
    private final int which;

    Exchange(int which) {
      this.which = which;
    }

    @Override
    public StreamObserver<ClientFrame> open(StreamObserver<ServerFrame> to) {
      // What is answered to a client that is gone is no error.
      ((ServerCallStreamObserver<ServerFrame>) to).setOnCancelHandler(() -> {});
      return new Stream(to, which);
    }
  }

  /** One stream; it is of no use after its first break. */
  private final class Stream implements StreamObserver<ClientFrame> {
    private final StreamObserver<ServerFrame> to;
    private long worker;
    private final int which;
    private boolean broken;

    Stream(StreamObserver<ServerFrame> to, int which) {
      this.to = to;
      this.which = which;
    }

    @Override
    public void onNext(ClientFrame frame) {
      synchronized (FakeCluster.this) {
        if (broken) {
          return;
        }
        frames++;
        largestFrame = Math.max(largestFrame, frame.getSerializedSize());
        if (frame.hasHello()) {
          streams++;
          worker =
              ((long) frame.getHello().getJob() << 32) | (frame.getHello().getRank() & 0xffffffffL);
          to.onNext(
              ServerFrame.newBuilder()
                  .setWelcome(
                      Welcome.newBuilder()
                          .setProtocol(1)
                          .setNode(1)
                          .setMaxFrameBytes(maxFrameBytes)
                          .setMaxKeys(maxKeys)
                          .setTickGroups(groupsTicks))
                  .build());
        }
        var replies = new ArrayList<Reply>();
        for (Request request : apart(frame.getRequestsList())) {
          requests += request.hasHeartbeat() ? 0 : 1;
          if (request.hasPull()) {
            pullsByServer.merge(which, 1, Integer::sum);
            latest += request.getPull().getLatest() ? 1 : 0;
            lastPull = request.getPull();
          }
          if (--breakAfter <= 0) {
            breakAfter = Integer.MAX_VALUE;
            if (loseRepliesOfBroken) {
              reply(request, replies);
            }
            broken = true;
            to.onError(io.grpc.Status.UNAVAILABLE.withDescription("broken").asException());
            return;
          }
          reply(request, replies);
        }
        answer(replies);
      }
    }

    @Override
    public void onError(Throwable thrown) {
      broken = true;
    }

    @Override
    public void onCompleted() {
      synchronized (FakeCluster.this) {
        if (!broken) {
          broken = true;
          to.onCompleted();
        }
      }
    }

    private void answer(List<Reply> replies) {
      if (silent) {
        if (replies.stream().allMatch(Reply::hasGroup)) {
          return; // another heartbeat follows
        }
        heldBack.add(() -> answer(replies));
        return;
      }
      if (broken || replies.isEmpty()) {
        return;
      }
      if (shuffled) {
        Collections.shuffle(replies, random);
      }
      to.onNext(ServerFrame.newBuilder().addAllReplies(together(replies)).build());
    }

    private List<Request> apart(List<Request> sent) {
      var apart = new ArrayList<Request>();
      for (Request request : sent) {
        if (request.hasTicks()) {
          ticksInGroups += request.getTicks().getCount();
          apart.addAll(FakeTicks.apart(request));
        } else {
          apart.add(request);
        }
      }
      return apart;
    }

    private List<Reply> together(List<Reply> replies) {
      return groupsTicks ? FakeTicks.together(replies) : replies;
    }

    private void reply(Request request, List<Reply> replies) {
      var reply = Reply.newBuilder().setCall(request.getCall());
      try {
        refuse(request);
        FakeRange range = ranges.get(request.getRange());
        if (range == null) {
          throw new HoldfastException(ErrorCode.UNKNOWN_RANGE, "" + request.getRange());
        }
        range.answer(worker, request, reply, late -> answer(new ArrayList<>(List.of(late))));
        if (reply.getBodyCase() != Reply.BodyCase.BODY_NOT_SET) {
          replies.add(reply.build());
        }
      } catch (HoldfastException e) {
        replies.add(
            Reply.newBuilder().setCall(request.getCall()).setFailure(FakeRange.failure(e)).build());
      }
    }

    private void refuse(Request request) {
      if (request.getEpoch() != epoch) {
        throw new HoldfastException(ErrorCode.STALE_EPOCH, "now " + epoch);
      }
      if (refuseNext > 0 && (request.hasPush() || request.hasTick())) {
        refuseNext--;
        throw new HoldfastException(refusal, "as the test wishes");
      }
    }
  }
}
