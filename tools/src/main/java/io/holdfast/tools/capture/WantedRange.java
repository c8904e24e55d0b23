package io.holdfast.tools.capture;

import io.holdfast.model.KeyRange;
import io.holdfast.v1.Member;
import io.holdfast.v1.Range;
import java.util.List;

/**
 * A range that is to be in a snapshot, as the map has it.
 *
 * @param job its job's name
 * @param table its table's name; empty: the job's home range
 * @param range with the addresses of its members
 */
record WantedRange(String job, String table, Range range) {
  boolean isHome() {
    return table.isEmpty();
  }

  int id() {
    return range.getId();
  }

  KeyRange keys() {
    return new KeyRange(range.getStart(), range.getEnd());
  }

  /** Where its serving replicas are, the head first. */
  List<String> addresses() {
    return range.getMembersList().stream()
        .filter(member -> member.getRole() == Member.Role.SERVING)
        .map(Member::getAddress)
        .filter(address -> !address.isEmpty())
        .toList();
  }

  /** For messages. */
  String name() {
    return isHome()
        ? "the home range of job " + job
        : "range " + Integer.toUnsignedString(id()) + " of table " + table + " of job " + job;
  }
}
