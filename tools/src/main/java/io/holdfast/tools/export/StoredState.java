package io.holdfast.tools.export;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.plugin.StateTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The optimizer state of a file, and what its values were made by.
 *
 * @param tensors in the order of their names until {@link #inOrderOf} has put them in the rule's;
 *     empty: the file has none, or it is left out
 * @param rule that it belongs to; null of a file that does not say
 * @param proximal operators after the rule
 */
record StoredState(List<StoredTensor> tensors, @Nullable RuleSpec rule, List<RuleSpec> proximal) {
  static final StoredState NONE = new StoredState(List.of(), null, List.of());

  /**
   * @throws HoldfastException INVALID_ARGUMENT where the file says nonsense
   */
  static StoredState of(StoredTensors stored) {
    List<StoredTensor> tensors =
        stored.tensors().values().stream()
            .filter(one -> one.name().startsWith(TensorSpec.STATE))
            .sorted(Comparator.comparing(StoredTensor::name))
            .toList();
    if (tensors.isEmpty()) {
      return NONE;
    }
    String rule = stored.metadata().get(ExportMetadata.RULE);
    String proximal = stored.metadata().getOrDefault(ExportMetadata.PROXIMAL, "");
    try {
      return new StoredState(
          tensors, rule == null ? null : ExportMetadata.rule(rule), ExportMetadata.rules(proximal));
    } catch (IllegalArgumentException e) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          stored.path()
              + " is damaged: its "
              + ExportMetadata.RULE
              + " '"
              + rule
              + "' or "
              + ExportMetadata.PROXIMAL
              + " '"
              + proximal
              + "' is no rule ("
              + e.getMessage()
              + "): export it again, or give --model-only to take the values alone",
          e);
    }
  }

  boolean isEmpty() {
    return tensors.isEmpty();
  }

  /** Why it cannot go into such a table; null where it can. */
  @Nullable String misfit(TableSpec table) {
    if (rule == null || (rule.equals(table.rule()) && proximal.equals(table.proximal()))) {
      return null;
    }
    return "has rule '" + text(table.rule(), table.proximal()) + "'";
  }

  /** The rule with its operators, as people write it. */
  String ruleText() {
    return rule == null ? "" : text(rule, proximal);
  }

  private static String text(RuleSpec rule, List<RuleSpec> proximal) {
    String operators = proximal.isEmpty() ? "" : " " + ExportMetadata.text(proximal);
    return ExportMetadata.text(rule) + operators;
  }

  /**
   * The same in the order in which it stands behind the values of a row.
   *
   * @param wanted what a table has
   * @param values of the file
   * @throws HoldfastException TABLE_MISMATCH where it is of other tensors or other shapes
   */
  StoredState inOrderOf(List<StateTensor> wanted, StoredTensor values) {
    List<StoredTensor> ordered = new ArrayList<>();
    for (StateTensor one : wanted) {
      tensors.stream()
          .filter(tensor -> tensor.name().equals(TensorSpec.STATE + one.name()))
          .filter(tensor -> fits(tensor, one.width(), values))
          .forEach(ordered::add);
    }
    if (ordered.size() != wanted.size() || ordered.size() != tensors.size()) {
      throw new HoldfastException(
          ErrorCode.TABLE_MISMATCH,
          "the optimizer state of the file is "
              + text(tensors.stream().map(one -> one.name() + " " + one.type() + one.shape()))
              + ", and that of the table "
              + text(wanted.stream().map(one -> text(one, values)))
              + ": import into a table of the rule that the state is of, or give --model-only to take"
              + " the values alone");
    }
    return new StoredState(ordered, rule, proximal);
  }

  private static String text(Stream<String> tensors) {
    String all = tensors.collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  private static String text(StateTensor one, StoredTensor values) {
    var shape = List.of(values.rows(), (long) one.width());
    return TensorSpec.STATE + one.name() + " " + values.type() + shape;
  }

  private static boolean fits(StoredTensor tensor, int width, StoredTensor values) {
    List<Long> shape = tensor.shape();
    boolean isColumn = shape.size() == 1 && width == 1;
    return TensorType.named(tensor.type()).equals(TensorType.named(values.type()))
        && (isColumn || (shape.size() == 2 && shape.get(1) == width))
        && shape.get(0) == values.rows();
  }
}
