package io.holdfast.tools.command;

import io.holdfast.v1.GroupMember;
import io.holdfast.v1.Job;
import io.holdfast.v1.JobGroup;
import io.holdfast.v1.LostWorkers;
import java.util.LinkedHashMap;
import java.util.Map;

/** A job and its workers as commands show them. */
final class JobView {
  static final String HEADER = String.format("%-24s %-13s %s", "JOB", "LOST WORKERS", "AFTER");
  private static final int DEFAULT_LOST_AFTER_MILLIS = 10_000;

  private JobView() {}

  static Map<String, Object> document(Job job) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("job", job.getName());
    document.put("lostWorkers", policy(job));
    document.put("lostAfterMillis", lostAfter(job));
    return document;
  }

  static Map<String, Object> document(JobGroup group) {
    var document = document(group.getJob());
    document.put("size", group.getGroup().getSize());
    document.put("version", group.getGroup().getVersion());
    document.put(
        "workers", group.getGroup().getMembersList().stream().map(JobView::document).toList());
    return document;
  }

  private static Map<String, Object> document(GroupMember member) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("rank", member.getRank());
    document.put("state", member.getState().name());
    document.put("incarnation", member.getIncarnation());
    document.put("clock", member.getClock());
    document.put("silentMillis", member.getSilentMillis());
    return document;
  }

  static String line(Job job) {
    return String.format("%-24s %-13s %d ms", job.getName(), policy(job), lostAfter(job));
  }

  /** Several lines. */
  static String text(JobGroup group) {
    var text = new StringBuilder(HEADER + "\n" + line(group.getJob()) + "\n\n");
    text.append(
        String.format(
            "%6s  %-7s %11s %9s  %s%n", "RANK", "STATE", "INCARNATION", "CLOCK", "HEARD OF"));
    for (var member : group.getGroup().getMembersList()) {
      boolean there =
          member.getState() == GroupMember.State.LIVE
              || member.getState() == GroupMember.State.SILENT;
      text.append(
          String.format(
              "%6d  %-7s %11d %9d  %s%n",
              member.getRank(),
              member.getState(),
              member.getIncarnation(),
              member.getClock(),
              there ? member.getSilentMillis() + " ms ago" : ""));
    }
    return text.toString();
  }

  private static String policy(Job job) {
    return job.getLostWorkers() == LostWorkers.LEAVE ? "leave" : "wait";
  }

  private static int lostAfter(Job job) {
    return job.getLostAfterMillis() == 0 ? DEFAULT_LOST_AFTER_MILLIS : job.getLostAfterMillis();
  }
}
