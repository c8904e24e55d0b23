package io.holdfast.tools.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Job;
import java.util.Base64;

/**
 * A job as it was.
 *
 * @param id in the cluster that it was taken of
 * @param definition the catalogue's {@link Job}, protobuf in base64
 */
public record SnapshotJob(int id, String name, String definition) {
  public SnapshotJob {
    Base64.getDecoder().decode(definition);
  }

  public static SnapshotJob of(Job job) {
    return new SnapshotJob(
        job.getId(), job.getName(), Base64.getEncoder().encodeToString(job.toByteArray()));
  }

  /**
   * @throws HoldfastException SNAPSHOT_DAMAGED
   */
  public Job job() {
    try {
      return Job.parseFrom(Base64.getDecoder().decode(definition));
    } catch (InvalidProtocolBufferException e) {
      throw new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          "the definition of job '" + name + "' cannot be read: use another snapshot",
          e);
    }
  }
}
