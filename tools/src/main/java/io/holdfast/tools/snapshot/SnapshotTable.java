package io.holdfast.tools.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.v1.Table;
import java.util.Base64;

/**
 * A table as it was.
 *
 * @param id in the cluster that it was taken of
 * @param definition the catalogue's {@link Table} with its ranges, protobuf in base64
 */
public record SnapshotTable(int id, String job, String name, String definition) {
  public SnapshotTable {
    Base64.getDecoder().decode(definition);
  }

  public static SnapshotTable of(Table table) {
    return new SnapshotTable(
        table.getId(),
        table.getJob(),
        table.getName(),
        Base64.getEncoder().encodeToString(table.toByteArray()));
  }

  /**
   * @throws HoldfastException SNAPSHOT_DAMAGED
   */
  public Table table() {
    try {
      return Table.parseFrom(Base64.getDecoder().decode(definition));
    } catch (InvalidProtocolBufferException e) {
      throw new HoldfastException(
          ErrorCode.SNAPSHOT_DAMAGED,
          "the definition of table '" + name + "' cannot be read: use another snapshot",
          e);
    }
  }
}
