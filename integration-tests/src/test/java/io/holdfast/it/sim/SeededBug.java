package io.holdfast.it.sim;

/** A rule that is dropped or weakened, as a change of one place in one source file. */
enum SeededBug {
  // The core.
  TAIL_COMMITS_WHAT_UPSTREAM_HAS_NOT_SYNCED(
      Place.REPLICA,
      "upstream == NOBODY ? durableLsn : Math.min(upstreamDurable, durableLsn)",
      "durableLsn"),
  HEAD_DOES_NOT_WAIT_FOR_ITS_OWN_SYNC(
      Place.REPLICA,
      "upstream == NOBODY ? durableLsn : Math",
      "upstream == NOBODY ? lastLsn : Math"),
  COMMITS_BEFORE_ACTIVATION(
      Place.REPLICA,
      "tail && activated && (serving > 1 || leased)",
      "tail && attachedUp && (serving > 1 || leased)"),
  ACTIVATES_BEFORE_ALL_HOLD_THE_LOG(Place.REPLICA, "&& durableLsn >= adoptLsn", ""),
  LATEST_BEFORE_THE_LOG_IS_APPLIED(Place.REPLICA, " && appliedLsn >= adoptLsn", ""),
  LOGS_ARE_NOT_COMPARED(
      Place.REPLICA,
      "boundaries.agreement(lastLsn, attach.boundaries(), attach.lastLsn(), committedLsn)",
      "Math.min(lastLsn, attach.lastLsn())"),
  RESTART_KEEPS_THE_OLD_ROLE(
      Place.REPLICA,
      "if (member.node() == node && member.incarnation() == incarnation) {",
      "if (member.node() == node) {"),
  JOINER_IS_ATTACHED_BEFORE_ACTIVATION(
      Place.REPLICA, "downstream != NOBODY && !downstreamServes && !activated;", "false;"),
  LOG_OF_AN_ATTACHED_JOINER_IS_LET_GO(
      Place.REPLICA, "attachedDown || downstreamHas > 0 ? downstreamHas", "false ? 0"),
  PENDING_DUPLICATE_IS_ACKNOWLEDGED(
      Place.CLOCKS, "return seq <= committed.seq(rank)\n", "return seq <= Long.MAX_VALUE\n"),
  DUPLICATE_IS_TAKEN(Place.CLOCKS, "if (seq <= loggedSeq) {", "if (seq < loggedSeq) {"),
  SEQ_GAP_IS_TAKEN(Place.CLOCKS, "if (seq > loggedSeq + 1 || seq < 1) {", "if (seq < 1) {"),
  STALE_INCARNATION_IS_TAKEN(
      Place.CLOCKS,
      "    if (incarnation < Life.incarnation(life)) {",
      "    if (incarnation < 0) {"),
  CHECKPOINT_WITHOUT_DUPLICATE_TABLE(
      Place.CLOCKS,
      "committed.visit(columns::add);",
      "committed.visit((rank, seq, life) -> columns.add(rank, 0, life));"),
  SHARED_CLOCKS_ARE_CHANGED_FOR_ALL(
      Place.COLUMN, "if (!ClockBlock.isShared(block)) {", "if (block != ClockBlock.ZERO) {"),
  RECORDS_BEHIND_A_GAP_ARE_TAKEN(
      Place.REPLICA, "&& record.lsn() == lastLsn + 1", "&& record.lsn() > lastLsn"),
  MESSAGES_OF_OTHER_EPOCHS_ARE_TAKEN(
      Place.REPLICA, "return epoch == config.epoch();", "return true;"),
  LATEST_BEFORE_ACTIVATION(
      Place.REPLICA,
      "        && activated\n        && appliedLsn >= adopt",
      "        && appliedLsn >= adopt"),
  PUSHES_ARE_TAKEN_WITH_TOO_FEW_REPLICAS(
      Place.REPLICA, "serving < config.minInSync()", "serving < 0"),
  CHECKPOINT_WITHOUT_COMPLETED_CLOCKS(
      Place.REPLICA,
      "bytes.putLong(appliedLsn).putInt(completedClocks)",
      "bytes.putLong(appliedLsn).putInt(0)"),
  COMBINED_PUSHES_ADMIT_FOR_THE_FIRST_ONLY(
      Place.REPLICA,
      "pushesOf(record).forEach(push -> clocks.pushLogged(push.worker(), push.seq()));",
      "clocks.pushLogged(record.worker(), record.seq());"),
  COMBINED_PUSHES_COUNT_FOR_THE_FIRST_ONLY(
      Place.REPLICA,
      "pushesOf(record).forEach(push -> clocks.pushCommitted(push.worker(), push.seq()));",
      "clocks.pushCommitted(record.worker(), record.seq());"),
  // Groups of workers.
  WHO_IS_GIVEN_UP_IS_NOT_FENCED(
      Place.CLOCKS, "    if (group.isExpelled(rank, incarnation)) {", "    if (incarnation < 0) {"),
  LOST_WORKER_COUNTS_TO_ITS_LEAST_CLOCK(
      Place.ROSTERS,
      "clock = Math.max(clock, answer.clocks().get(i));",
      "clock = Math.min(clock, answer.clocks().get(i));"),
  NEWCOMER_BEGINS_WHILE_CLOCKS_END(
      Place.GROUP, "pending != null && pending.holds();", "false && pending != null;"),
  NEWCOMER_BEGINS_WHERE_ONE_RANGE_IS(
      Place.ROSTERS, "begin = Math.max(begin, answer.ended());", "begin = answer.ended();"),
  // The planner.
  UNACTIVATED_JOINER_LEADS(
      Place.PLANNER, "\n        && range.isAuthority(serving.getFirst().getNode())", ""),
  DAMAGED_REPLICA_RECOVERS_A_RANGE(
      Place.PLANNER,
      "        .filter(node -> end(node, range).isUsable())\n        .toList",
      "        .toList"),
  ACTIVATION_DOES_NOT_WAIT_FOR_LEASES(
      Place.LEASES, "return !serves && !dead && live.containsKey(tail);", "return false;"),
  ANY_NODE_RECOVERS_A_RANGE(
      Place.PLANNER,
      "    return range.authorities().stream()\n        .filter(live::containsKey)\n        .filter(node -> end",
      "    return live.keySet().stream()\n        .filter(node -> end"),
  RECOVERY_SET_SHRINKS_BEFORE_ACTIVATION(
      Place.CHANGES,
      "            .setEpoch(range.getEpoch() + 1)\n",
      "            .setEpoch(range.getEpoch() + 1)\n.clearActivatedNodes().addAllActivatedNodes("
          + "members.stream().map(Member::getNode).toList())\n"),
  // The client.
  RETRY_WITH_A_NEW_SEQ(
      Place.LINK,
      "      if (call.held) {\n        send(call);",
      "      if (call.held) {\n        if (call instanceof RangeCall.Sequenced s) {\n"
          + "          s.seq = ++standing.lastSeq;\n        }\n        send(call);"),
  CACHE_ANSWERS_ONE_CLOCK_TOO_LONG(
      Place.FRESHNESS, "table.neededClocks(clock), Int", "table.neededClocks(clock) - 1, Int"),
  PULLS_STATE_NO_VERSION_OF_THE_BOUND(Place.PULL, "known.version());", "0);"),
  WHAT_A_PULL_STATES_IS_IGNORED(
      Place.KNOWN, "statedVersion > version ? Math.max(needed, stated) : needed", "needed"),
  CACHE_KEEPS_ROWS_THAT_ARE_PUSHED_TO(
      Place.ROW_CACHE,
      "if (slot >= 0 && !(adds && add(slot, someFloats, someLongs, i * width))) {",
      "if (slot >= 0 && adds && !add(slot, someFloats, someLongs, i * width)) {"),
  CACHE_KEEPS_ROWS_THAT_CAME_DURING_A_PUSH(
      Place.ROW_CACHE,
      "      fetches.forEach(fetch -> fetch.spoil(pushed));\n    }\n    return events;\n  }\n\n"
          + "  /** As {@link #pushing(long[]",
      "    }\n    return events;\n  }\n\n  /** As {@link #pushing(long[]"),
  // What surrounds the core, as the shard and the store do.
  COMBINED_PUSHES_STAY_ADMITTED_WHERE_THE_DISK_IS_FULL(
      Place.REQUESTS, "      replica().recountLogged();\n", ""),
  ACKNOWLEDGED_WHEN_LOGGED(
      Place.REQUESTS,
      "    waiting.add(new Waiter(header.lsn(), request));",
      "    done(request, header.lsn());"),
  OWN_PUSHES_ARE_NOT_AWAITED(
      Place.REQUESTS, "request.ownSeq() <= clocks.seq(request.worker()) && ", ""),
  STALENESS_BOUND_IS_IGNORED(Place.REQUESTS, " && clocks.minClock() >= needed", ""),
  LEASE_IS_NOT_CHECKED(Place.REQUESTS, "node.coordination().isLeased()", "true"),
  LOG_IS_LET_GO_BEFORE_A_CHECKPOINT_HOLDS_IT(
      Place.RANGE, "(checkpoint == null ? 0 : checkpoint.lsn()) + 1", "replica.appliedLsn() + 1"),
  UNSYNCED_RECORDS_COUNT_AS_DURABLE(
      Place.RANGE, "|| disk.isSynced(log.get(durable + 1))", "|| disk.next() > 0"),
  COPY_WITHOUT_CLOCKS(
      Place.RANGE,
      "ChainReplica.read(node.nodeId(), node.incarnation(), bytes(checkpoint));",
      "ChainReplica.read(node.nodeId(), node.incarnation(), bytes(snapshot()));"),
  CATALOGUE_IS_WRITTEN_BLINDLY(
      Place.ZOOKEEPER,
      "current.state().getVersion() != version",
      "current.state().getVersion() < version"),
  CUT_IS_NOT_REPLAYED(Place.RANGE, "dropAfter(header.lsn());\n        gap &=", "gap &="),
  CUT_IS_NOT_LOGGED(
      Place.DISK,
      "    log.add(new LogEntry(next++, note(RecordType.CUT, range, lastKept), 0));\n",
      "");

  private final String file;
  private final String from;
  private final String to;

  SeededBug(String file, String from, String to) {
    this.file = file;
    this.from = from;
    this.to = to;
  }

  /** From the project's root. */
  String file() {
    return file;
  }

  String from() {
    return from;
  }

  String to() {
    return to;
  }

  private static final class Place {
    private static final String CORE = "replication/src/main/java/io/holdfast/replication/chain/";
    private static final String PLAN = "coordination/src/main/java/io/holdfast/coordination/";
    private static final String SIM = "integration-tests/src/test/java/io/holdfast/it/sim/";
    static final String REPLICA = CORE + "ChainReplica.java";
    static final String CLOCKS = CORE + "WorkerClocks.java";
    static final String COLUMN = CORE + "ClockColumn.java";
    static final String GROUP = CORE + "GroupState.java";
    static final String ROSTERS = CORE + "RosterPlan.java";
    static final String PLANNER = PLAN + "Planner.java";
    static final String CHANGES = PLAN + "ChainChanges.java";
    static final String LEASES = PLAN + "Leases.java";
    static final String LINK = "client/src/main/java/io/holdfast/client/retry/RangeLink.java";
    static final String PULL = "client/src/main/java/io/holdfast/client/retry/PullCall.java";
    static final String KNOWN = "client/src/main/java/io/holdfast/model/KnownConsistency.java";
    static final String CACHE = "client/src/main/java/io/holdfast/client/cache/";
    static final String FRESHNESS = CACHE + "Freshness.java";
    static final String ROW_CACHE = CACHE + "RowCache.java";
    static final String REQUESTS = SIM + "SimRequests.java";
    static final String RANGE = SIM + "SimRange.java";
    static final String DISK = SIM + "SimDisk.java";
    static final String ZOOKEEPER = SIM + "SimZooKeeper.java";
  }
}
