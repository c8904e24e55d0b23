package io.holdfast.replication.chain;

import io.holdfast.model.ErrorCode;
import io.holdfast.store.log.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one range as a state machine: events in, {@link ChainEffects} out (rules P1 to
 * P24). It holds no bytes of records and does no I/O; whoever drives it keeps the log and the rows.
 *
 * <pre>
 *   head    admit* -> appended                      a record has its LSN and is in the log: pending
 *   others  accepts -> appended                     the same, as it came from the predecessor
 *   all     nextToForward -> forwarded              it is on its way to the successor
 *           durable                                 it is on disk here
 *           commit (effect) -> applyNext            it is durable on every serving replica: state
 *   end of a turn: settle                           tells the neighbours what has changed
 * </pre>
 *
 * <p>A serving replica's log holds all that its successor's does. Attaching the links of a new
 * epoch, from the head down, makes it so again after any failure; the epoch is activated, and
 * commits, once every serving member holds durably what its predecessor held when they attached.
 */
public final class ChainReplica {
  private static final int FIXED_BYTES = 8 + 4;
  private static final int SEAL_BYTES = 8 + 4 + 4;
  private static final int NOBODY = 0;

  /** A joiner that is so few records behind is made a serving member. */
  private static final long SMALL_LAG = 256;

  private int node;
  private int incarnation;
  private final WorkerClocks clocks;
  private final Boundaries boundaries;

  /** In the log and not in the state: applied < LSN <= last. */
  private final ArrayDeque<RecordHeader> unapplied = new ArrayDeque<>();

  /** What those of them hold that are combined, by LSN. */
  private final Long2ObjectHashMap<List<CombinedPush>> combined = new Long2ObjectHashMap<>();

  /** What those of them hold that are versions of the roster, by LSN. */
  private final Long2ObjectHashMap<Roster> rosters = new Long2ObjectHashMap<>();

  private long lastLsn;
  private long committedLsn;
  private long appliedLsn;
  private long durableLsn;
  private long retainedFrom = 1;
  private int completedClocks;

  /** In the log, committed or not; nothing follows it. */
  private @Nullable Seal seal;

  private ChainConfig config = ChainConfig.NONE;
  private ChainMember.@Nullable Role role;
  private int serving;
  private boolean tail;
  private int upstream;
  private int downstream;
  private boolean downstreamServes;
  private boolean leased = true;

  // Of this epoch.
  private boolean activated;
  private boolean activating;
  private boolean promoting;
  private boolean adoptedBelow;
  private long adoptLsn;

  // Of the links as they are.
  private boolean attachedUp;
  private boolean attachedDown;
  private boolean copying;
  private boolean copyWanted;

  /**
   * The joiner is attached once the epoch is activated: only then is all here that is committed,
   * and it may have that from its last life.
   */
  private boolean joinerWaits;

  private long upstreamDurable;
  private long sentLsn;
  private long downstreamDurable;
  private long downstreamHas;
  private ChainMessage.@Nullable Progress progressSent;
  private ChainMessage.@Nullable Ack ackSent;

  private ChainReplica(
      int node,
      int incarnation,
      WorkerClocks clocks,
      Boundaries boundaries,
      long committedLsn,
      int completedClocks) {
    this.node = node;
    this.incarnation = incarnation;
    this.clocks = clocks;
    this.boundaries = boundaries;
    this.lastLsn = committedLsn;
    this.committedLsn = committedLsn;
    this.appliedLsn = committedLsn;
    this.durableLsn = committedLsn;
    this.retainedFrom = committedLsn + 1;
    this.completedClocks = completedClocks;
  }

  /** A range that has never had a record. */
  public static ChainReplica empty(int node, int incarnation) {
    return new ChainReplica(node, incarnation, new WorkerClocks(), new Boundaries(), 0, 0);
  }

  /**
   * The replica as a checkpoint or a copy holds it. Records of the log after it are to be given to
   * {@link #appended} (and {@link #dropFrom}) again, then {@link #durable} called.
   */
  public static ChainReplica read(int node, int incarnation, ByteBuffer checkpoint) {
    return read(node, incarnation, checkpoint, WorkerClocks::read);
  }

  private static ChainReplica read(
      int node,
      int incarnation,
      ByteBuffer checkpoint,
      Function<ByteBuffer, WorkerClocks> readClocks) {
    long lsn = checkpoint.getLong();
    int completed = checkpoint.getInt();
    var boundaries = Boundaries.read(checkpoint);
    var read =
        new ChainReplica(
            node, incarnation, readClocks.apply(checkpoint), boundaries, lsn, completed);
    if (checkpoint.get() != 0) {
      read.seal =
          new Seal(
              lsn,
              boundaries.lastEpoch(),
              checkpoint.getLong(),
              checkpoint.getInt(),
              checkpoint.getInt());
    }
    return read;
  }

  /** The state as of {@link #appliedLsn()}, for a checkpoint or a copy of the rows as of it. */
  public ByteBuffer write() {
    var applied = isSealApplied() ? seal : null;
    int sealBytes = 1 + (applied == null ? 0 : SEAL_BYTES);
    byte[] encodedClocks = clocks.encode();
    var bytes =
        ByteBuffer.allocate(
                FIXED_BYTES + boundaries.encodedBytes() + encodedClocks.length + sealBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(appliedLsn).putInt(completedClocks);
    boundaries.write(bytes, appliedLsn);
    bytes.put(encodedClocks);
    bytes.put((byte) (applied == null ? 0 : 1));
    if (applied != null) {
      bytes.putLong(applied.key()).putInt(applied.left()).putInt(applied.right());
    }
    return bytes.flip();
  }

  /** What all replicas at the same LSN agree in. */
  public ByteBuffer writeShared() {
    byte[] encodedClocks = clocks.encode();
    return ByteBuffer.allocate(FIXED_BYTES + encodedClocks.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(appliedLsn)
        .putInt(completedClocks)
        .put(encodedClocks)
        .flip();
  }

  // ---- configuration

  /** Of a replica that is opened before its node has registered: it has no role before it has. */
  public static ChainReplica read(ByteBuffer checkpoint) {
    return read(NOBODY, 0, checkpoint);
  }

  /** Likewise, of range metadata of format 2, in which each worker takes as many bytes. */
  public static ChainReplica readFormat2(ByteBuffer checkpoint) {
    return read(NOBODY, 0, checkpoint, WorkerClocks::readFormat2);
  }

  /** The node lives again under another incarnation: it has no role until it is given one (P27). */
  public void reborn(int newIncarnation) {
    identify(node, newIncarnation);
  }

  /** Who this replica's node is; it has no role before it is given one under that name. */
  public void identify(int newNode, int newIncarnation) {
    if (node != newNode || incarnation != newIncarnation) {
      node = newNode;
      incarnation = newIncarnation;
      adopt(ChainConfig.NONE);
    }
  }

  /** Adopts a configuration; older ones are ignored. */
  public void configure(ChainConfig next, ChainEffects out) {
    if (next.epoch() < config.epoch()) {
      return;
    }
    if (next.epoch() == config.epoch()) {
      if (next.isActivated()) {
        activated(next.epoch(), out);
      }
      return;
    }
    adopt(next);
    if (upstream != NOBODY) {
      out.send(upstream, new ChainMessage.Ready(config.epoch()));
    }
    attachDownstream(out);
    advance(out);
  }

  private void adopt(ChainConfig next) {
    int downstreamBefore = downstream;
    config = next;
    serving = next.serving();
    upstream = NOBODY;
    downstream = NOBODY;
    downstreamServes = false;
    tail = false;
    role = null;
    var members = next.members();
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      if (member.node() == node && member.incarnation() == incarnation) {
        role = member.role();
        link(i);
      }
    }
    if (downstream != downstreamBefore) {
      downstreamDurable = 0;
      downstreamHas = 0;
    }
    activated = next.isActivated();
    activating = false;
    promoting = false;
    adoptedBelow = false;
    adoptLsn = lastLsn;
    attachedUp = false;
    upstreamDurable = 0;
    detachDownstream();
    ackSent = null;
  }

  private void link(int at) {
    var members = config.members();
    if (role == ChainMember.Role.WAITING) {
      return;
    }
    if (at > 0) {
      upstream = members.get(at - 1).node();
    }
    tail = at == serving - 1;
    if (role == ChainMember.Role.SERVING && at + 1 < members.size()) {
      var next = members.get(at + 1);
      if (next.role() != ChainMember.Role.WAITING) {
        downstream = next.node();
        downstreamServes = next.isServing();
      }
    }
  }

  /** The epoch's activation is recorded (rule P3). */
  public void activated(int epoch, ChainEffects out) {
    if (epoch == config.epoch() && !activated) {
      activated = true;
      advance(out);
    }
  }

  /**
   * The recording of the activation failed for a reason that another try may not have; it is asked
   * for again.
   */
  public void activationFailed(int epoch, ChainEffects out) {
    if (epoch == config.epoch()) {
      activating = false;
      advance(out);
    }
  }

  /** Likewise for the promotion of the node that syncs. */
  public void promotionFailed(int epoch) {
    if (epoch == config.epoch()) {
      promoting = false;
    }
  }

  /** Whether this node's session with ZooKeeper surely lives (rule P17). */
  public void leased(boolean live, ChainEffects out) {
    if (leased != live) {
      leased = live;
      advance(out);
    }
  }

  // ---- links

  /** There is a new connection to a node; what was sent before it may be lost. */
  public void connected(int peer, ChainEffects out) {
    if (peer == upstream) {
      attachedUp = false;
      ackSent = null;
      out.send(upstream, new ChainMessage.Ready(config.epoch()));
    }
    if (peer == downstream) {
      attachDownstream(out);
    }
  }

  /** The connection to a node is gone. */
  public void disconnected(int peer) {
    if (peer == upstream) {
      attachedUp = false;
    }
    if (peer == downstream) {
      detachDownstream();
    }
  }

  private void attachDownstream(ChainEffects out) {
    detachDownstream();
    joinerWaits = downstream != NOBODY && !downstreamServes && !activated;
    if (downstream != NOBODY && !joinerWaits) {
      out.send(
          downstream,
          new ChainMessage.Attach(config.epoch(), lastLsn, committedLsn, boundaries.list()));
    }
  }

  private void detachDownstream() {
    attachedDown = false;
    copying = false;
    copyWanted = false;
    progressSent = null;
  }

  /** Takes a message of the same range's replica on another node. */
  public void receive(int from, ChainMessage message, ChainEffects out) {
    if (message instanceof ChainMessage.Fenced fenced) {
      if (fenced.epoch() > config.epoch()) {
        out.fetchConfiguration(fenced.epoch());
      }
      return;
    }
    if (!isOfThisEpoch(from, message.epoch(), out)) {
      return;
    }
    switch (message) {
      case ChainMessage.Ready ready -> {
        if (from == downstream) {
          attachDownstream(out);
        }
      }
      case ChainMessage.Attach attach -> {
        if (from == upstream) {
          attach(attach, out);
        }
      }
      case ChainMessage.Attached answer -> {
        if (from == downstream) {
          attached(answer.lsn());
        }
      }
      case ChainMessage.Progress progress -> {
        if (from == upstream && attachedUp) {
          upstreamDurable = Math.max(upstreamDurable, progress.durableLsn());
          activated |= progress.activated();
          learnCommitted(progress.committedLsn(), out);
        }
      }
      case ChainMessage.Ack ack -> {
        if (from == downstream && attachedDown) {
          downstreamDurable = Math.max(downstreamDurable, ack.durableLsn());
          downstreamHas = Math.max(downstreamHas, ack.durableLsn());
          sentLsn = Math.max(sentLsn, Math.min(downstreamHas, lastLsn));
          if (downstreamServes) {
            adoptedBelow |= ack.adopted();
            learnCommitted(ack.committedLsn(), out);
          }
        }
      }
      case ChainMessage.Fenced fenced -> {}
    }
    advance(out);
  }

  /** P1. */
  private boolean isOfThisEpoch(int from, int epoch, ChainEffects out) {
    if (epoch > config.epoch()) {
      out.fetchConfiguration(epoch);
    } else if (epoch < config.epoch()) {
      out.send(from, new ChainMessage.Fenced(config.epoch()));
    }
    return epoch == config.epoch();
  }

  private void attach(ChainMessage.Attach attach, ChainEffects out) {
    if (attach.lastLsn() < committedLsn) {
      out.corrupt(
          "the predecessor's log ends at record "
              + attach.lastLsn()
              + ", record "
              + committedLsn
              + " is committed here");
      return;
    }
    if (boundaries.differ(attach.boundaries(), committedLsn)) {
      out.corrupt(
          "record "
              + committedLsn
              + " is committed here, and the chain has another in its place: it has gone on after a"
              + " loss that was accepted");
      return;
    }
    long agreed =
        boundaries.agreement(lastLsn, attach.boundaries(), attach.lastLsn(), committedLsn);
    if (agreed < lastLsn) {
      dropFrom(agreed + 1);
      out.truncate(agreed + 1);
    }
    attachedUp = true;
    adoptLsn = attach.lastLsn();
    upstreamDurable = 0;
    ackSent = null;
    out.send(upstream, new ChainMessage.Attached(config.epoch(), agreed));
    learnCommitted(attach.committedLsn(), out);
  }

  private void attached(long lsn) {
    if (copying || lsn > lastLsn) {
      return; // of an attachment before the last
    }
    if (lsn + 1 < retainedFrom) {
      copyWanted = true; // begun by advance(), once the epoch is activated
      return;
    }
    attachedDown = true;
    downstreamHas = lsn;
    downstreamDurable = Math.min(downstreamDurable, lsn); // of its last life, perhaps
    sentLsn = lsn;
    progressSent = null;
  }

  /** Drops pending records from an LSN on; on recovery, where the log says that they were (P20). */
  public void dropFrom(long fromLsn) {
    if (fromLsn <= committedLsn) {
      throw new IllegalStateException("drop from " + fromLsn + ", committed is " + committedLsn);
    }
    while (!unapplied.isEmpty() && unapplied.getLast().lsn() >= fromLsn) {
      long dropped = unapplied.removeLast().lsn();
      combined.remove(dropped);
      rosters.remove(dropped);
    }
    lastLsn = Math.min(lastLsn, fromLsn - 1);
    if (seal != null && seal.lsn() >= fromLsn) {
      seal = null; // it was not committed: the head logs another one
    }
    durableLsn = Math.min(durableLsn, lastLsn);
    boundaries.cut(fromLsn);
    recountLogged();
  }

  /**
   * The head admitted pushes, counted them in {@link WorkerClocks#pushLogged} and then could not
   * log them: what counts for admission is the log again.
   */
  public void recountLogged() {
    clocks.forgetLogged();
    unapplied.forEach(this::countLogged);
  }

  // ---- records

  /** Why this replica may not take a record from a client, null where it may. */
  public Admission.@Nullable Refuse mayAppend(int requestEpoch, ChainEffects out) {
    var refused = mayServe(requestEpoch, out);
    if (refused != null) {
      return refused;
    }
    if (upstream != NOBODY) {
      return new Admission.Refuse(
          ErrorCode.STALE_EPOCH,
          "this node is not the head of the chain in epoch "
              + config.epoch()
              + ": fetch the map again");
    }
    if (seal != null) {
      return new Admission.Refuse(
          ErrorCode.NOT_READY,
          "the range is being split into ranges "
              + seal.left()
              + " and "
              + seal.right()
              + ": fetch the map until it has them");
    }
    if (serving < config.minInSync()) {
      return new Admission.Refuse(
          ErrorCode.UNDER_REPLICATED,
          "the range has "
              + serving
              + " replicas that serve, pushes need "
              + config.minInSync()
              + ": bring nodes back, or wait until others have synced");
    }
    return null;
  }

  /** Why this replica may not answer pulls, null where it may. */
  public Admission.@Nullable Refuse mayServe(int requestEpoch, ChainEffects out) {
    if (requestEpoch > config.epoch()) {
      out.fetchConfiguration(requestEpoch);
      return new Admission.Refuse(
          ErrorCode.NOT_READY,
          "request for epoch " + requestEpoch + ", this node knows epoch " + config.epoch());
    }
    if (requestEpoch < config.epoch()) {
      return new Admission.Refuse(
          ErrorCode.STALE_EPOCH,
          "request for epoch "
              + requestEpoch
              + ", the chain is in epoch "
              + config.epoch()
              + ": fetch the map again");
    }
    if (role != ChainMember.Role.SERVING) {
      return new Admission.Refuse(
          ErrorCode.STALE_EPOCH,
          "this node does not serve the range in epoch "
              + config.epoch()
              + ": fetch the map again");
    }
    return null;
  }

  /**
   * Whether it may answer a pull of the latest value, while its lease lives (P16). Not once the
   * range is sealed: its halves may have later values before this node knows of them.
   *
   * @param committedThen {@link #committedLsn} when the pull came: so much may be acknowledged,
   *     though the state is not yet so far
   */
  public boolean answersLatest(long committedThen) {
    return role == ChainMember.Role.SERVING
        && tail
        && activated
        && appliedLsn >= adoptLsn
        && appliedLsn >= committedThen
        && (seal == null || seal.lsn() > committedLsn);
  }

  /**
   * Whether to append a record that a node has forwarded; else it is to be ignored (rule P5). That
   * its epoch is this one follows from {@code attachedUp} as long as a connection keeps its order:
   * what was sent before the epoch's Attach comes before it. It is checked so that no transport's
   * mistake can mix epochs.
   */
  public boolean accepts(int from, int epoch, RecordHeader record, ChainEffects out) {
    return isOfThisEpoch(from, epoch, out)
        && from == upstream
        && attachedUp
        && record.lsn() == lastLsn + 1;
  }

  /** The record is in the log; not for COMBINED and ROSTER. */
  public void appended(RecordHeader record) {
    append(record);
    countLogged(record);
  }

  /** The record is in the log, and holds these pushes in this order (rule P9). */
  public void appended(RecordHeader record, List<CombinedPush> pushes) {
    append(record);
    combined.put(record.lsn(), List.copyOf(pushes));
    countLogged(record);
  }

  /** The record is in the log, and holds this version of the roster. */
  public void appended(RecordHeader record, Roster roster) {
    append(record);
    rosters.put(record.lsn(), roster);
    countLogged(record);
  }

  private void append(RecordHeader record) {
    if (record.lsn() != lastLsn + 1) {
      throw new IllegalStateException(
          "record " + record.lsn() + " after record " + lastLsn + " (P5)");
    }
    if (seal != null) {
      throw new IllegalStateException(
          "record " + record.lsn() + " after the range was sealed (P24)");
    }
    lastLsn = record.lsn();
    boundaries.add(record.recordEpoch(), record.lsn());
    unapplied.addLast(record);
  }

  private List<CombinedPush> pushesOf(RecordHeader record) {
    return Objects.requireNonNull(
        combined.get(record.lsn()), "a combined record says which pushes it holds");
  }

  private Roster rosterOf(RecordHeader record) {
    return Objects.requireNonNull(rosters.get(record.lsn()), "a roster record says which");
  }

  private void countLogged(RecordHeader record) {
    switch (record.type()) {
      case RecordType.JOIN ->
          clocks.joinLogged(
              record.worker(), record.incarnation(), record.clock(), Math.toIntExact(record.seq()));
      case RecordType.PUSH, RecordType.REPLACE -> clocks.pushLogged(record.worker(), record.seq());
      case RecordType.COMBINED ->
          pushesOf(record).forEach(push -> clocks.pushLogged(push.worker(), push.seq()));
      case RecordType.TICK -> clocks.tickLogged(record.worker(), record.seq(), record.clock());
      case RecordType.LEAVE -> clocks.leaveLogged(record.worker(), record.clock());
      case RecordType.ROSTER -> clocks.rosterLogged(rosterOf(record));
      case RecordType.SEAL -> seal = Seal.of(record);
      case RecordType.SAVE,
          RecordType.MARK,
          RecordType.QUEUE_OPEN,
          RecordType.QUEUE_TAKE,
          RecordType.SAVE_WORK -> {}
      default -> throw new IllegalStateException("record of unknown type " + record.type());
    }
  }

  /** All records through this LSN are durable here. */
  public void durable(long lsn, ChainEffects out) {
    if (lsn > durableLsn) {
      durableLsn = Math.min(lsn, lastLsn);
      advance(out);
    }
  }

  /** The next record to send to the node that {@link #downstream} names, or -1. */
  public long nextToForward() {
    return attachedDown && sentLsn < lastLsn ? sentLsn + 1 : -1;
  }

  public void forwarded(long lsn) {
    sentLsn = lsn;
  }

  /** Records below this LSN cannot be forwarded any more, as their log has been let go. */
  public void retained(long fromLsn) {
    retainedFrom = fromLsn;
  }

  /** The first LSN that the successor may still ask for: the log is to be kept from there on. */
  public long neededFrom() {
    if (downstream == NOBODY) {
      return appliedLsn + 1;
    }
    long known = attachedDown || downstreamHas > 0 ? downstreamHas : committedLsn;
    return Math.min(appliedLsn, Math.min(known, committedLsn)) + 1;
  }

  /** The copy could not be made or sent; it is begun again when the successor asks. */
  public void copyFailed(ChainEffects out) {
    if (copying) {
      attachDownstream(out);
    }
  }

  // ---- commits

  private void learnCommitted(long lsn, ChainEffects out) {
    long known = Math.min(lsn, lastLsn);
    if (known > committedLsn) {
      committedLsn = known;
      out.commit(known);
    }
  }

  /** Durable on every serving replica from the head to here. */
  private long durableSoFar() {
    return upstream == NOBODY ? durableLsn : Math.min(upstreamDurable, durableLsn);
  }

  private boolean hasAdopted() {
    return (upstream == NOBODY || attachedUp) && durableLsn >= adoptLsn && (tail || adoptedBelow);
  }

  private void advance(ChainEffects out) {
    if (role != ChainMember.Role.SERVING) {
      return;
    }
    if (upstream == NOBODY && !activated && !activating && hasAdopted()) {
      activating = true;
      out.activate(config.epoch());
    }
    if (joinerWaits && activated) {
      attachDownstream(out);
    }
    if (copyWanted && activated && !copying) {
      // Not before: the joiner wipes what it has, and might be one that recovery needs (rule P22).
      copying = true;
      downstreamHas = appliedLsn; // it will ask for what comes after
      out.copyTo(downstream);
    }
    if (tail && activated && (serving > 1 || leased)) {
      learnCommitted(durableSoFar(), out);
    }
    if (tail
        && activated
        && downstream != NOBODY
        && attachedDown
        && !promoting
        && lastLsn - downstreamDurable <= SMALL_LAG) {
      promoting = true;
      out.promote(config.epoch(), downstream);
    }
  }

  /** Tells the neighbours what has changed since they were last told. */
  public void settle(ChainEffects out) {
    if (attachedDown) {
      var progress =
          new ChainMessage.Progress(config.epoch(), durableSoFar(), committedLsn, activated);
      if (!progress.equals(progressSent)) {
        progressSent = progress;
        out.send(downstream, progress);
      }
    }
    if (attachedUp) {
      boolean adopted = role == ChainMember.Role.SERVING && hasAdopted();
      var ack = new ChainMessage.Ack(config.epoch(), committedLsn, durableLsn, adopted);
      if (!ack.equals(ackSent)) {
        ackSent = ack;
        out.send(upstream, ack);
      }
    }
  }

  /**
   * Takes the next committed record into the clocks; the caller applies it to the rows. Null where
   * all that is committed is applied.
   */
  public @Nullable RecordHeader applyNext() {
    if (appliedLsn == committedLsn) {
      return null;
    }
    var record = unapplied.removeFirst();
    appliedLsn = record.lsn();
    switch (record.type()) {
      case RecordType.JOIN ->
          clocks.joinCommitted(
              record.worker(), record.incarnation(), record.clock(), Math.toIntExact(record.seq()));
      case RecordType.PUSH, RecordType.REPLACE ->
          clocks.pushCommitted(record.worker(), record.seq());
      case RecordType.COMBINED -> {
        pushesOf(record).forEach(push -> clocks.pushCommitted(push.worker(), push.seq()));
        combined.remove(record.lsn());
      }
      case RecordType.TICK -> clocks.tickCommitted(record.worker(), record.seq(), record.clock());
      case RecordType.LEAVE -> clocks.leaveCommitted(record.worker(), record.clock());
      case RecordType.ROSTER -> {
        clocks.rosterCommitted(rosterOf(record), completedClocks);
        rosters.remove(record.lsn());
      }
      case RecordType.SAVE,
          RecordType.MARK,
          RecordType.SEAL,
          RecordType.QUEUE_OPEN,
          RecordType.QUEUE_TAKE,
          RecordType.SAVE_WORK -> {}
      default -> throw new IllegalStateException("record of unknown type " + record.type());
    }
    return record;
  }

  // ---- what it knows

  public int epoch() {
    return config.epoch();
  }

  public ChainConfig config() {
    return config;
  }

  /** This node's part in the chain, null for none. */
  public ChainMember.@Nullable Role role() {
    return role;
  }

  public boolean isHead() {
    return role == ChainMember.Role.SERVING && upstream == NOBODY;
  }

  /** Whether it is the last serving member, which decides what is committed. */
  public boolean isTail() {
    return role == ChainMember.Role.SERVING && tail;
  }

  public boolean isActivated() {
    return activated;
  }

  /** The node before this one, 0 for none. */
  public int upstream() {
    return upstream;
  }

  /** The node after this one, 0 for none. */
  public int downstream() {
    return downstream;
  }

  /** Whether the neighbour below has agreed on its log, so that records flow to it. */
  public boolean isAttachedDown() {
    return attachedDown;
  }

  /** The last record that was sent down and is not known to be durable there; 0 for none. */
  public long unansweredLsn() {
    return attachedDown && sentLsn > downstreamDurable ? sentLsn : 0;
  }

  /** How far the neighbour below has answered. */
  public long downstreamDurable() {
    return downstreamDurable;
  }

  /** The neighbour below is being sent rows. */
  public boolean isCopying() {
    return copying;
  }

  public WorkerClocks clocks() {
    return clocks;
  }

  /** Where the log ends. */
  public long lastLsn() {
    return lastLsn;
  }

  /** Epoch of the log's last record, as far as it is known; what recovery compares (rule P22). */
  public int lastRecordEpoch() {
    return boundaries.lastEpoch();
  }

  /** Known to be durable on every serving replica. */
  public long committedLsn() {
    return committedLsn;
  }

  /** The state is the log up to here; at most {@link #committedLsn()}. */
  public long appliedLsn() {
    return appliedLsn;
  }

  /** Durable here. */
  public long durableLsn() {
    return durableLsn;
  }

  /** How the range ends where it is being split and the log says so; null else (rule P24). */
  public @Nullable Seal seal() {
    return seal;
  }

  /** Whether the state is that of the range's end, which its halves begin with. */
  public boolean isSealApplied() {
    return seal != null && seal.lsn() <= appliedLsn;
  }

  /** This state becomes that of a half, which goes on where the whole has ended. */
  public void beginAsHalf() {
    if (!isSealApplied()) {
      throw new IllegalStateException("record " + appliedLsn + " is not the range's last (P24)");
    }
    seal = null;
  }

  /**
   * This state becomes that of a range restored from a snapshot (rule P30): sealed no more, its
   * workers fenced, and its log a new one, which begins in epoch 1 with what the snapshot has.
   */
  public void beginRestored() {
    seal = null;
    long lsn = Math.max(1, appliedLsn);
    lastLsn = lsn;
    committedLsn = lsn;
    appliedLsn = lsn;
    durableLsn = lsn;
    retainedFrom = lsn + 1;
    boundaries.restart(1, lsn);
    clocks.beginGeneration();
  }

  /** The record that seals the range, to be logged next. */
  public RecordHeader sealing(int range, long key, int left, int right) {
    return new Seal(nextLsn(), config.epoch(), key, left, right).header(range);
  }

  /** Gives the next record its LSN. */
  public long nextLsn() {
    return lastLsn + 1;
  }

  /** Clocks of a sequential table that are combined and applied. */
  public int completedClocks() {
    return completedClocks;
  }

  /**
   * Whether the next clock of a sequential table has ended: for everyone, or for all but {@code
   * backupWorkers}.
   */
  public boolean nextClockHasEnded(int backupWorkers) {
    if (!clocks.mayEnd(completedClocks)) {
      return false;
    }
    int expected = clocks.expectedWorkers(completedClocks);
    if (expected == 0) {
      return clocks.minClock() > completedClocks; // nobody counts in it, and those there are beyond
    }
    int needed = Math.max(1, expected - backupWorkers);
    return clocks.finished(completedClocks + 1) >= needed;
  }

  /** The clock is combined and applied. */
  public void completeClock() {
    completedClocks++;
  }
}
