package io.holdfast.wire;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ElementType;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Initial;
import io.holdfast.model.KeyRange;
import io.holdfast.model.NanPolicy;
import io.holdfast.model.Placement;
import io.holdfast.model.RuleSpec;
import io.holdfast.model.TableSpec;
import io.holdfast.v1.Range;
import io.holdfast.v1.Rule;
import io.holdfast.v1.TableDefinition;

/**
 * Table definitions to the schema's messages and back. What a message says and the value types
 * refuse, or this side does not know, is INVALID_DEFINITION.
 */
public final class Definitions {
  private Definitions() {}

  public static TableDefinition toProto(TableSpec spec) {
    var definition =
        TableDefinition.newBuilder()
            .setRows(spec.rows())
            .setWidth(spec.width())
            .setElement(
                switch (spec.element()) {
                  case FLOAT32 -> TableDefinition.Element.FLOAT32;
                  case INT64 -> TableDefinition.Element.INT64;
                })
            .setPlacement(
                switch (spec.placement()) {
                  case ORDERED -> TableDefinition.Placement.ORDERED;
                  case HASHED -> TableDefinition.Placement.HASHED;
                })
            .setInitial(toProto(spec.initial()))
            .setRule(toProto(spec.rule()))
            .setDurability(
                switch (spec.durability()) {
                  case FSYNC -> TableDefinition.Durability.FSYNC;
                  case MEMORY -> TableDefinition.Durability.MEMORY;
                })
            .setConsistency(toProto(spec.consistency()))
            .setNanPolicy(
                switch (spec.nanPolicy()) {
                  case REFUSE -> TableDefinition.NanPolicy.REFUSE;
                  case ZERO -> TableDefinition.NanPolicy.ZERO;
                  case ALLOW -> TableDefinition.NanPolicy.ALLOW;
                })
            .setStalenessScaled(spec.stalenessScaled())
            .setRangeCount(spec.rangeCount())
            .setReplicas(spec.replicas())
            .setMinInSync(spec.minInSync())
            .setCombinePushes(spec.combinePushes());
    spec.proximal().forEach(operator -> definition.addProximal(toProto(operator)));
    return definition.build();
  }

  public static TableSpec fromProto(TableDefinition definition) {
    try {
      return new TableSpec(
          definition.getRows(),
          definition.getWidth(),
          switch (definition.getElement()) {
            case FLOAT32 -> ElementType.FLOAT32;
            case INT64 -> ElementType.INT64;
            case UNRECOGNIZED -> throw unknown("element", definition.getElementValue());
          },
          switch (definition.getPlacement()) {
            case ORDERED -> Placement.ORDERED;
            case HASHED -> Placement.HASHED;
            case UNRECOGNIZED -> throw unknown("placement", definition.getPlacementValue());
          },
          fromProto(definition.getInitial()),
          definition.hasRule() ? fromProto(definition.getRule()) : RuleSpec.of("add"),
          definition.getProximalList().stream().map(Definitions::fromProto).toList(),
          switch (definition.getDurability()) {
            case FSYNC -> Durability.FSYNC;
            case MEMORY -> Durability.MEMORY;
            case UNRECOGNIZED -> throw unknown("durability", definition.getDurabilityValue());
          },
          fromProto(definition.getConsistency()),
          switch (definition.getNanPolicy()) {
            case REFUSE -> NanPolicy.REFUSE;
            case ZERO -> NanPolicy.ZERO;
            case ALLOW -> NanPolicy.ALLOW;
            case UNRECOGNIZED -> throw unknown("NaN policy", definition.getNanPolicyValue());
          },
          definition.getStalenessScaled(),
          definition.getRangeCount(),
          definition.getReplicas(),
          definition.getMinInSync(),
          definition.getCombinePushes());
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  public static Rule toProto(RuleSpec rule) {
    return Rule.newBuilder().setName(rule.name()).putAllParameters(rule.parameters()).build();
  }

  public static RuleSpec fromProto(Rule rule) {
    try {
      return new RuleSpec(rule.getName(), rule.getParametersMap());
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  public static io.holdfast.v1.Consistency toProto(Consistency consistency) {
    var message = io.holdfast.v1.Consistency.newBuilder();
    if (consistency instanceof Consistency.Bounded bounded) {
      message.setKind(io.holdfast.v1.Consistency.Kind.BOUNDED).setStaleness(bounded.staleness());
    } else if (consistency instanceof Consistency.Sequential sequential) {
      message
          .setKind(io.holdfast.v1.Consistency.Kind.SEQUENTIAL)
          .setBackupWorkers(sequential.backupWorkers())
          .setCombine(
              switch (sequential.combine()) {
                case SUM -> TableDefinition.Combine.SUM;
                case MEAN -> TableDefinition.Combine.MEAN;
              });
    } else {
      message.setKind(io.holdfast.v1.Consistency.Kind.EVENTUAL);
    }
    return message.build();
  }

  public static Consistency fromProto(io.holdfast.v1.Consistency message) {
    try {
      return switch (message.getKind()) {
        case EVENTUAL -> Consistency.eventual();
        case BOUNDED -> Consistency.bounded(message.getStaleness());
        case SEQUENTIAL ->
            new Consistency.Sequential(
                switch (message.getCombine()) {
                  case SUM -> Consistency.Combine.SUM;
                  case MEAN -> Consistency.Combine.MEAN;
                  case UNRECOGNIZED -> throw unknown("combine", message.getCombineValue());
                },
                message.getBackupWorkers());
        case UNRECOGNIZED -> throw unknown("consistency", message.getKindValue());
      };
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  /** The keys of a range. */
  public static KeyRange fromProto(Range range) {
    try {
      return new KeyRange(range.getStart(), range.getEnd());
    } catch (IllegalArgumentException e) {
      throw invalid(e);
    }
  }

  private static io.holdfast.v1.Initial toProto(Initial initial) {
    var message = io.holdfast.v1.Initial.newBuilder();
    if (initial instanceof Initial.Uniform uniform) {
      message
          .setKind(io.holdfast.v1.Initial.Kind.UNIFORM)
          .setA(uniform.low())
          .setB(uniform.high())
          .setSeed(uniform.seed());
    } else if (initial instanceof Initial.Normal normal) {
      message
          .setKind(io.holdfast.v1.Initial.Kind.NORMAL)
          .setA(normal.mean())
          .setB(normal.standardDeviation())
          .setSeed(normal.seed());
    } else if (initial instanceof Initial.Constant constant
        && Double.doubleToLongBits(constant.value()) != 0) {
      message.setKind(io.holdfast.v1.Initial.Kind.CONSTANT).setA(constant.value());
    }
    return message.build();
  }

  private static Initial fromProto(io.holdfast.v1.Initial message) {
    return switch (message.getKind()) {
      case ZERO -> Initial.ZERO;
      case CONSTANT -> new Initial.Constant(message.getA());
      case UNIFORM -> new Initial.Uniform(message.getA(), message.getB(), message.getSeed());
      case NORMAL -> new Initial.Normal(message.getA(), message.getB(), message.getSeed());
      case UNRECOGNIZED -> throw unknown("initial value", message.getKindValue());
    };
  }

  private static IllegalArgumentException unknown(String what, int number) {
    return new IllegalArgumentException(
        "this side knows no " + what + " of number " + number + "; the other is newer");
  }

  private static HoldfastException invalid(IllegalArgumentException cause) {
    return new HoldfastException(
        ErrorCode.INVALID_DEFINITION, String.valueOf(cause.getMessage()), cause);
  }
}
