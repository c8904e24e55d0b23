package io.holdfast.model;

/** The update rules and proximal operators that every server knows, by their usual parameters. */
public final class Rules {
  private Rules() {}

  /** {@code w += u}. */
  public static RuleSpec add() {
    return RuleSpec.of("add");
  }

  /** {@code w = u}: the last push in the order of the log wins. */
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

  /** {@code v = momentum * v + u; w -= rate * v} (Polyak, 1964; Sutskever et al., ICML '13). */
  public static RuleSpec momentum(double learningRate, double momentum) {
    return RuleSpec.of("momentum").with("learning_rate", learningRate).with("momentum", momentum);
  }

  /** {@code n += u^2; w -= rate * u / (sqrt(n) + epsilon)} (Duchi et al., JMLR 2011). */
  public static RuleSpec adagrad(double learningRate) {
    return RuleSpec.of("adagrad").with("learning_rate", learningRate);
  }

  /** Adam with bias correction, one step count per row (Kingma and Ba, ICLR '15, algorithm 1). */
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
   * Soft threshold by {@code strength} (times the scale of the learning rate): the proximal
   * operator of L1.
   */
  public static RuleSpec proximalL1(double strength) {
    return RuleSpec.of("prox_l1").with("strength", strength);
  }

  /** {@code w /= 1 + strength}: the proximal operator of L2. */
  public static RuleSpec proximalL2(double strength) {
    return RuleSpec.of("prox_l2").with("strength", strength);
  }

  /** Both: soft threshold by {@code l1}, then division by {@code 1 + l2} (Zou and Hastie, 2005). */
  public static RuleSpec proximalElasticNet(double l1, double l2) {
    return RuleSpec.of("prox_elastic_net").with("l1", l1).with("l2", l2);
  }
}
