package io.holdfast.replication.shard;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.replication.chain.RecordType;
import io.holdfast.store.log.LogRecord;
import io.holdfast.v1.OpenQueue;
import io.holdfast.v1.QueueInfo;
import io.holdfast.v1.QueueReply;
import io.holdfast.v1.QueueRequest;
import io.holdfast.v1.SavedWork;
import java.util.ArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a home range's head does with requests about work queues, but for logging. No state. */
final class WorkDesk {
  /** Shards of a queue times its passes. */
  private static final long MAX_ITEMS = 1L << 40;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  private WorkDesk() {}

  /** What is to be logged. */
  record Entry(byte type, long seq, byte[] payload) {}

  /**
   * The record that a request asks for; null where the state has the answer already.
   *
   * @throws HoldfastException where it is refused
   */
  static @Nullable Entry admit(WorkQueues queues, int rank, QueueRequest request) {
    return switch (request.getBodyCase()) {
      case OPEN -> open(queues, rank, request.getQueue(), request.getOpen());
      case TAKE -> take(queues, rank, request);
      case STATUS -> null;
      case BODY_NOT_SET ->
          throw new HoldfastException(
              ErrorCode.INVALID_ARGUMENT, "a request about a queue that asks for nothing");
    };
  }

  private static Entry open(WorkQueues queues, int rank, String name, OpenQueue open) {
    mustBeMember(rank);
    if (!NAME.matcher(name).matches()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "queue '"
              + name
              + "' must be 1 to 128 letters, digits, '_', '.' or '-', and begin with a letter, digit"
              + " or '_'");
    }
    if (open.getShards() < 1
        || open.getPasses() < 1
        || (long) open.getShards() * open.getPasses() > MAX_ITEMS) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "a queue has 1 or more shards and passes, and not more than 2^40 of them together");
    }
    var queue = queues.of(name);
    if (queue != null
        && (queue.shards() != open.getShards() || queue.passes() != open.getPasses())) {
      throw new HoldfastException(
          ErrorCode.QUEUE_MISMATCH,
          "queue '"
              + name
              + "' has "
              + queue.shards()
              + " shards and "
              + queue.passes()
              + " passes, not "
              + open.getShards()
              + " and "
              + open.getPasses()
              + ": open it with those, or name another");
    }
    if (queue != null && open.getResume() && queue.isDispossessed(rank)) {
      throw new HoldfastException(
          ErrorCode.SHARD_NOT_HELD,
          "rank "
              + rank
              + " has left the group, and the shards of queue '"
              + name
              + "' that it had went to others: join FRESH");
    }
    var payload = new WorkPayload.Open(name, open.getShards(), open.getPasses(), open.getResume());
    return new Entry(RecordType.QUEUE_OPEN, 0, payload.encode());
  }

  private static @Nullable Entry take(WorkQueues queues, int rank, QueueRequest request) {
    mustBeMember(rank);
    var queue = known(queues, request.getQueue());
    if (!queue.isOpen(rank, request.getIncarnation())) {
      throw unknown(request.getQueue(), "is not open for this worker: open it first");
    }
    if (queue.hasTaken(rank, request.getTake()) || queue.isExhaustedFor(rank)) {
      return null;
    }
    return new Entry(
        RecordType.QUEUE_TAKE, request.getTake(), WorkPayload.take(request.getQueue()));
  }

  private static void mustBeMember(int rank) {
    if (rank < 0) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "only workers of the group take shards: join first");
    }
  }

  private static WorkQueue known(WorkQueues queues, String name) {
    var queue = queues.of(name);
    if (queue == null) {
      throw unknown(name, "is not there: a worker makes it when it opens it");
    }
    return queue;
  }

  private static HoldfastException unknown(String name, String what) {
    return new HoldfastException(ErrorCode.UNKNOWN_QUEUE, "queue '" + name + "' " + what);
  }

  /** The answer to a request that needs no record. */
  static QueueReply answer(WorkQueues queues, int rank, QueueRequest request) {
    return switch (request.getBodyCase()) {
      case TAKE -> taken(queues, rank, request.getQueue(), request.getTake());
      default -> status(queues);
    };
  }

  /** The answer to one whose record is applied. */
  static QueueReply answer(WorkQueues queues, LogRecord applied) {
    var header = applied.header();
    if (header.type() == RecordType.QUEUE_TAKE) {
      return taken(queues, header.worker(), WorkPayload.taken(applied.payload()), header.seq());
    }
    return opened(queues, header.worker(), WorkPayload.Open.decode(applied.payload()).queue());
  }

  private static QueueReply opened(WorkQueues queues, int rank, String name) {
    var queue = known(queues, name);
    long takes = queue.savedTakes(rank);
    var reply = QueueReply.newBuilder().setTakes(takes);
    for (var held : queue.held(rank)) {
      if (held.take() <= takes && held.item() != WorkQueue.NONE) {
        reply.addItems(held.item());
      }
    }
    return reply.build();
  }

  private static QueueReply taken(WorkQueues queues, int rank, String name, long take) {
    var queue = known(queues, name);
    var reply = QueueReply.newBuilder().setTakes(take);
    long item = queue.answer(rank, take);
    if (item != WorkQueue.NONE) {
      reply.addItems(item);
    } else {
      reply.setExhausted(queue.isExhaustedFor(rank));
    }
    return reply.build();
  }

  private static QueueReply status(WorkQueues queues) {
    var reply = QueueReply.newBuilder();
    queues
        .all()
        .forEach(
            (name, queue) -> {
              var info =
                  QueueInfo.newBuilder()
                      .setName(name)
                      .setShards(queue.shards())
                      .setPasses(queue.passes())
                      .setFinished(queue.finished())
                      .setLeft(queue.left());
              queue
                  .out()
                  .forEach(
                      (rank, items) -> {
                        var out = QueueInfo.Out.newBuilder().setRank(rank);
                        for (long item : items) {
                          out.addItems(item);
                        }
                        info.addOut(out);
                      });
              reply.addQueues(info);
            });
    return reply.build();
  }

  /**
   * What is to be logged with a state.
   *
   * @throws HoldfastException UNKNOWN_QUEUE, or SHARD_NOT_HELD where others have what is said to be
   *     finished
   */
  static WorkPayload.Saved saved(WorkQueues queues, int rank, SavedWork work, byte[] state) {
    var progress = new ArrayList<WorkPayload.Progress>();
    for (var each : work.getQueuesList()) {
      var queue = known(queues, each.getQueue());
      long[] done = each.getDoneList().stream().mapToLong(Long::longValue).toArray();
      for (long item : done) {
        if (!queue.mayFinish(rank, item)) {
          throw new HoldfastException(
              ErrorCode.SHARD_NOT_HELD,
              "item " + item + " of queue '" + each.getQueue() + "' is not with rank " + rank);
        }
      }
      progress.add(new WorkPayload.Progress(each.getQueue(), each.getTakes(), done));
    }
    return new WorkPayload.Saved(progress, state);
  }
}
