package io.holdfast.coordination;

import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A range while the planner works on it. */
final class RangeDraft {
  /** Of the home ranges, which are spread as if they were one table. */
  static final int HOMES = 0;

  private final Range before;
  private final int table;
  private final int replicas;
  private final List<Member> members;
  private int movingFrom;
  private int movingTo;
  private List<Integer> authorities;

  RangeDraft(Chains.Placed placed) {
    var owner = placed.table();
    before = placed.range();
    table = owner == null ? HOMES : owner.getId();
    replicas = placed.replicas();
    members = new ArrayList<>(before.getMembersList());
    movingFrom = before.getMovingFrom();
    movingTo = before.getMovingTo();
    authorities = before.getActivatedNodesList();
  }

  int id() {
    return before.getId();
  }

  int table() {
    return table;
  }

  /** Whether it has no members yet. */
  boolean isNew() {
    return before.getEpoch() == 0;
  }

  /** Whether no epoch of it was ever activated, so that nothing in it was ever acknowledged. */
  boolean wasNeverActivated() {
    return before.getActivatedEpoch() == 0;
  }

  /** One member alone begins; whatever else has the range has nothing that counts. */
  void begin(int node, int incarnation) {
    restart(node, incarnation);
    authorities = List.of(node);
    move(0, 0);
  }

  /** The nodes that have every acknowledged push. */
  List<Integer> authorities() {
    return authorities;
  }

  boolean isAuthority(int node) {
    return authorities.contains(node);
  }

  List<Member> members() {
    return List.copyOf(members);
  }

  List<Member> serving() {
    return members.stream().filter(RangeDraft::serves).toList();
  }

  static boolean serves(Member member) {
    return member.getRole() == Member.Role.SERVING;
  }

  boolean has(int node) {
    return members.stream().anyMatch(member -> member.getNode() == node);
  }

  boolean serves(int node) {
    return members.stream().anyMatch(member -> member.getNode() == node && serves(member));
  }

  boolean syncs() {
    return members.stream().anyMatch(member -> member.getRole() == Member.Role.SYNCING);
  }

  /** Whether all members serve, in an epoch that is activated and stays. */
  boolean isSettled() {
    return isActivated() && members.stream().allMatch(RangeDraft::serves);
  }

  /** Whether the epoch is activated, and stays. */
  boolean isActivated() {
    return Chains.isActivated(before) && members.equals(before.getMembersList());
  }

  boolean isMoving() {
    return movingTo != 0;
  }

  /** Whether it is being split. */
  boolean isSplit() {
    return before.hasSplit();
  }

  int movingFrom() {
    return movingFrom;
  }

  int movingTo() {
    return movingTo;
  }

  void move(int from, int to) {
    movingFrom = from;
    movingTo = to;
  }

  /** How many members are wanted as it stands: one more while a replica moves. */
  int wanted() {
    return isMoving() && has(movingFrom) && has(movingTo) ? replicas + 1 : replicas;
  }

  int missing() {
    return Math.max(0, wanted() - members.size());
  }

  void drop(Predicate<Member> gone) {
    members.removeIf(gone);
  }

  void drop(int node) {
    members.removeIf(member -> member.getNode() == node);
  }

  void add(int node, int incarnation, Member.Role role) {
    members.add(
        Member.newBuilder().setNode(node).setIncarnation(incarnation).setRole(role).build());
  }

  /** Rule P22: one member alone goes on. */
  void restart(int node, int incarnation) {
    members.clear();
    add(node, incarnation, Member.Role.SERVING);
  }

  /**
   * Where nobody syncs, the first that waits does (rule P19). Not one that has every acknowledged
   * push as yet: it might be needed to recover the range (P22), which a half-made copy could not.
   */
  void takeTurn() {
    if (syncs()) {
      return;
    }
    for (int i = 0; i < members.size(); i++) {
      var member = members.get(i);
      if (member.getRole() == Member.Role.WAITING && !isAuthority(member.getNode())) {
        members.remove(i);
        members.add(serving().size(), member.toBuilder().setRole(Member.Role.SYNCING).build());
        return;
      }
    }
  }

  /** The range as it is now. A range that had no members starts with these as its authorities. */
  Range build() {
    var changed = ChainChanges.withMembers(before, List.copyOf(members)).toBuilder();
    changed.setMovingFrom(movingFrom).setMovingTo(movingTo);
    changed.clearActivatedNodes();
    changed.addAllActivatedNodes(
        isNew() ? serving().stream().map(Member::getNode).toList() : authorities);
    return changed.build();
  }
}
