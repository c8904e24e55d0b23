package io.holdfast.client;

import io.holdfast.model.KnownConsistency;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.Table;
import io.holdfast.v1.TableName;
import io.holdfast.wire.Definitions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is in force, by table: the newest that was heard, in whichever order answers came. */
final class HeardConsistencies {
  private final Map<TableName, Heard> tables = new ConcurrentHashMap<>();

  // A table that was dropped and made again has a higher id.
  private record Heard(int table, KnownConsistency known) {
    Heard newer(Heard other) {
      boolean isNewer =
          other.table > table || (other.table == table && other.known.version() > known.version());
      return isNewer ? other : this;
    }
  }

  void heard(TableName name, Table table) {
    var known =
        new KnownConsistency(
            Definitions.fromProto(table.getDefinition().getConsistency()),
            table.getConsistencyVersion());
    var unused = tables.merge(name, new Heard(table.getId(), known), Heard::newer);
  }

  /**
   * @param spec of the table where nothing was heard of it
   */
  KnownConsistency of(TableName name, TableSpec spec) {
    Heard heard = tables.get(name);
    return heard == null ? KnownConsistency.first(spec.consistency()) : heard.known();
  }
}
