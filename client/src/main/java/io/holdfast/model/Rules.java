package io.holdfast.model;

/**
 * The update rules and proximal operators that every server knows, by their usual parameters;
 * others are set with {@link RuleSpec#with}. Each rule's javadoc in the server says its formula,
 * order of operations and source.
 *
 * <p><b>Learning rate.</b> Every rule that has one multiplies it by the push's scale (1, or less in
 * a staleness-scaled table); {@code ftrl} scales the step that this push makes.
 *
 * <p><b>Strength of proximal operators.</b> As in proximal gradient descent (Parikh and Boyd, 2014,
 * equation 4.6; Duchi and Singer, JMLR 2009), the strength is that of the penalty in the objective,
 * and the operator multiplies it by the step that the rule before it has just made: {@code
 * learning_rate * scale} after {@code sgd} and {@code momentum}, the same divided by the column's
 * own norm after {@code adagrad} and {@code adam}. After {@code add}, {@code assign}, {@code mean}
 * and plug-ins, whose rate the server does not know, the step is 1: the strength is the threshold
 * itself. {@code ftrl} and {@code proximal_newton} have their own L1 and L2 and take no operator.
 */
public final class Rules {
  private Rules() {}

  /** {@code w += u}; float32 and int64. */
  public static RuleSpec add() {
    return RuleSpec.of("add");
  }

  /** {@code w = u}: the last push in the order of the log wins; float32 and int64. */
  public static RuleSpec assign() {
    return RuleSpec.of("assign");
  }

  /** {@code w += u / workers}. */
  public static RuleSpec mean() {
    return RuleSpec.of("mean");
  }

  /** {@code w -= rate * u}. */
  public static RuleSpec sgd(double learningRate) {
    return RuleSpec.of("sgd").with("learning_rate", learningRate);
  }

  /**
   * {@code v = momentum * v + u; w -= rate * v} (Polyak, 1964; Sutskever et al., ICML '13).
   * Parameter {@code nesterov} 1: {@code w -= rate * (u + momentum * v)}.
   */
  public static RuleSpec momentum(double learningRate, double momentum) {
    return RuleSpec.of("momentum").with("learning_rate", learningRate).with("momentum", momentum);
  }

  /**
   * {@code n += u^2; w -= rate * u / (sqrt(n) + epsilon)} (Duchi et al., JMLR 2011). Parameters
   * {@code epsilon} 1e-8 and {@code initial_accumulator} 0, added to {@code n}.
   */
  public static RuleSpec adagrad(double learningRate) {
    return RuleSpec.of("adagrad").with("learning_rate", learningRate);
  }

  /**
   * Adam with bias correction, one step count per row (Kingma and Ba, ICLR '15, algorithm 1).
   * Parameters {@code beta1} 0.9, {@code beta2} 0.999, {@code epsilon} 1e-8.
   */
  public static RuleSpec adam(double learningRate) {
    return RuleSpec.of("adam").with("learning_rate", learningRate);
  }

  /** FTRL-proximal, per coordinate (McMahan et al., KDD '13, algorithm 1). */
  public static RuleSpec ftrl(double alpha, double beta, double l1, double l2) {
    return RuleSpec.of("ftrl")
        .with("alpha", alpha)
        .with("beta", beta)
        .with("l1", l1)
        .with("l2", l2);
  }

  /**
   * One proximal step with a diagonal second order, for sequential tables of even width (Li et al.,
   * OSDI '14, algorithm 3): a row is weights and as many trust radii, a push the sum of gradients
   * and of curvatures. {@code rest}: a weight of zero whose gradient is at most that is marked by a
   * negative radius, as one that needs no pushes; 0: none is. Parameter {@code radius} 1, how far
   * the first step may go. It has its own L1 and L2 and takes no operator.
   */
  public static RuleSpec proximalNewton(double l1, double l2, double rest) {
    return RuleSpec.of("proximal_newton").with("l1", l1).with("l2", l2).with("rest", rest);
  }

  /** Soft threshold by {@code step * strength}: the proximal operator of L1. */
  public static RuleSpec proximalL1(double strength) {
    return RuleSpec.of("prox_l1").with("strength", strength);
  }

  /** {@code w /= 1 + step * strength}: the proximal operator of {@code strength / 2 * w^2}. */
  public static RuleSpec proximalL2(double strength) {
    return RuleSpec.of("prox_l2").with("strength", strength);
  }

  /**
   * Both: soft threshold by {@code step * l1}, then division by {@code 1 + step * l2} (Zou and
   * Hastie, 2005).
   */
  public static RuleSpec proximalElasticNet(double l1, double l2) {
    return RuleSpec.of("prox_elastic_net").with("l1", l1).with("l2", l2);
  }
}
