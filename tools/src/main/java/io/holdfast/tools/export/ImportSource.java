package io.holdfast.tools.export;

import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.StateTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file that are to become a table.
 *
 * @param values {@code [rows, width]}, or {@code [rows]} for width 1
 * @param keys {@code [rows]}; null where the rows' numbers are the keys of a dense table
 * @param element what the values are
 * @param rows how many
 * @param width values in a row
 * @param pieces with the checksums that the export has noted; empty of other files
 * @param state optimizer state beside the values
 */
public record ImportSource(
    StoredTensor values,
    @Nullable StoredTensor keys,
    ElementType element,
    long rows,
    int width,
    List<Piece> pieces,
    StoredState state) {
  /**
   * Reads the headers of the files. Blocks.
   *
   * @param tensor of the values; null: the one that an export makes, or the only one there is
   * @param modelOnly leave optimizer state out, where there is some
   * @throws HoldfastException INVALID_ARGUMENT where there is no such file or tensor, or it is
   *     damaged; WRONG_TYPE, WRONG_WIDTH
   */
  public static ImportSource open(Path path, @Nullable String tensor, boolean modelOnly) {
    var stored = StoredTensors.open(path);
    StoredTensor values = values(stored, tensor);
    StoredTensor keys = stored.tensors().get(TensorSpec.KEYS);
    if (keys != null
        && (keys.shape().size() != 1
            || keys.rows() != values.rows()
            || (!is(keys, TensorType.UINT64) && !is(keys, TensorType.INT64)))) {
      throw new HoldfastException(
          ErrorCode.WRONG_TYPE,
          keys + " must be U64 or I64, of one dimension and one key for each row of " + values);
    }
    return new ImportSource(
        values,
        keys,
        element(values),
        values.rows(),
        width(values),
        pieces(stored, values.rows()),
        modelOnly ? StoredState.NONE : StoredState.of(stored));
  }

  private static StoredTensor values(StoredTensors stored, @Nullable String name) {
    Map<String, StoredTensor> tensors = stored.tensors();
    String wanted =
        name != null
            ? name
            : tensors.size() == 1 ? tensors.keySet().iterator().next() : TensorSpec.VALUES;
    StoredTensor found = tensors.get(wanted);
    if (found == null) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          stored.path()
              + " has no tensor '"
              + wanted
              + "': name one of "
              + String.join(", ", tensors.keySet())
              + " by --tensor");
    }
    return found;
  }

  private static boolean is(StoredTensor tensor, TensorType type) {
    return TensorType.named(tensor.type()).filter(type::equals).isPresent();
  }

  private static ElementType element(StoredTensor values) {
    if (is(values, TensorType.FLOAT32)) {
      return ElementType.FLOAT32;
    }
    if (is(values, TensorType.INT64)) {
      return ElementType.INT64;
    }
    throw new HoldfastException(
        ErrorCode.WRONG_TYPE,
        values
            + ": a table holds little-endian float32 or int64: save it with"
            + " .astype('<f4') or .astype('<i8')");
  }

  private static int width(StoredTensor values) {
    int dimensions = values.shape().size();
    long width = dimensions == 2 ? values.shape().get(1) : 1;
    if (dimensions < 1 || dimensions > 2 || width < 1 || width > TableSpec.MAX_WIDTH) {
      throw new HoldfastException(
          ErrorCode.WRONG_WIDTH,
          values
              + ": a table has rows of 1 to "
              + TableSpec.MAX_WIDTH
              + " values: save it with .reshape(rows, width)");
    }
    return (int) width;
  }

  private static List<Piece> pieces(StoredTensors stored, long rows) {
    String json = stored.metadata().get(ExportMetadata.RANGES);
    if (json == null) {
      return List.of();
    }
    String why;
    try {
      List<Piece> pieces = Piece.decode(json);
      if (pieces.stream().mapToLong(Piece::rows).sum() == rows) {
        return pieces;
      }
      why = "it has other rows than its " + ExportMetadata.RANGES + " say";
    } catch (IllegalArgumentException e) {
      why = ExportMetadata.RANGES + " is " + e.getMessage();
    }
    throw new HoldfastException(
        ErrorCode.INVALID_ARGUMENT, stored.path() + " is damaged: " + why + "; export it again");
  }

  public boolean isDense() {
    return keys == null;
  }

  /** Whether rows come with optimizer state, and are written over instead of pushed. */
  public boolean hasState() {
    return !state.isEmpty();
  }

  /**
   * The rule and the operators of a table that is made for these rows.
   *
   * @throws HoldfastException INVALID_ARGUMENT where there is state, and the file does not say
   *     whose
   */
  public void makeRule(TableSpec.Builder builder) {
    if (!hasState()) {
      builder.rule(Rules.assign());
      return;
    }
    RuleSpec rule = state.rule();
    if (rule == null) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          values.file()
              + " has optimizer state and does not say of which rule: make the table by 'table"
              + " create' first, or give --model-only to take the values alone");
    }
    builder.rule(rule).proximal(state.proximal().toArray(RuleSpec[]::new));
  }

  /**
   * The same, with its state as a table of this definition has it. Asks a node. Blocks.
   *
   * @param servers {@code host:port}, several separated by commas
   * @param table that is there, or is to be made
   * @throws HoldfastException TABLE_MISMATCH where the state is of other tensors or shapes;
   *     UNKNOWN_RULE; INVALID_DEFINITION; UNAVAILABLE where no node answers
   */
  public ImportSource forTable(String servers, TableSpec table) {
    if (!hasState()) {
      return this;
    }
    try (var nodes = new ClusterNodes(servers)) {
      return withState(nodes.state(table));
    }
  }

  ImportSource withState(List<StateTensor> wanted) {
    return new ImportSource(
        values, keys, element, rows, width, pieces, state.inOrderOf(wanted, values));
  }

  /** Values, then state, of which each row is made, one behind the other. */
  List<StoredTensor> columns() {
    List<StoredTensor> columns = new ArrayList<>();
    columns.add(values);
    columns.addAll(state.tensors());
    return columns;
  }

  /** Of a row of one of {@link #columns}. */
  int rowBytes(StoredTensor column) {
    return column.shape().size() == 1
        ? element.bytes()
        : Math.toIntExact(column.shape().get(1)) * element.bytes();
  }

  /** Of a row, its state included. */
  int rowBytes() {
    return columns().stream().mapToInt(this::rowBytes).sum();
  }

  /**
   * Whether rows of this shape can go into such a table.
   *
   * @throws HoldfastException TABLE_MISMATCH
   */
  public void requireSuits(TableSpec table) {
    String why = null;
    if (table.isDense() != isDense() || (isDense() && table.rows() != rows)) {
      why = (table.isDense() ? "is dense with " + table.rows() + " rows" : "is sparse");
    } else if (table.width() != width || table.element() != element) {
      why = "has rows of " + table.width() + " " + table.element();
    } else if (hasState()) {
      why = state.misfit(table);
    } else if (!table.rule().name().equals("assign") || !table.proximal().isEmpty()) {
      why = "changes what is pushed by rule '" + table.rule().name() + "', not 'assign'";
    }
    if (why != null) {
      throw new HoldfastException(
          ErrorCode.TABLE_MISMATCH,
          "the table "
              + why
              + ", and the file has "
              + (isDense() ? rows + " rows without keys" : "keys")
              + " and "
              + width
              + " "
              + element
              + " values in each"
              + (hasState() ? ", with optimizer state of rule '" + state.ruleText() + "'" : "")
              + ": import into a table that is not there yet, which is made to suit");
    }
  }
}
