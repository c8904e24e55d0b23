package io.holdfast.tools.train;

import picocli.CommandLine.Option;

/** The options of {@code train lr --algorithm block-proximal}. */
final class BlockOptions {
  @Option(
      names = "--blocks",
      paramLabel = "N",
      defaultValue = "16",
      description = "block-proximal: blocks of features; one is changed in each clock.")
  private int blocks;

  @Option(
      names = "--delay",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "block-proximal: a worker goes on without the results of so many clocks before.")
  private int delay;

  @Option(
      names = "--step",
      paramLabel = "FACTOR",
      defaultValue = "" + BlockSettings.STEP,
      description =
          "block-proximal: length of the steps, 1 being what the curvature's bound allows; below"
              + " 2.")
  private double step;

  @Option(
      names = "--no-kkt",
      description = "block-proximal: push the gradients of weights that rest at zero, too.")
  private boolean noKkt;

  @Option(
      names = "--kkt-recheck",
      paramLabel = "PASSES",
      defaultValue = "5",
      description = "block-proximal: look at resting weights every so many passes.")
  private int recheckEvery;

  @Option(
      names = "--tolerance",
      paramLabel = "CHANGE",
      defaultValue = "0",
      description =
          "block-proximal: end before --passes once no weight has changed by more in a pass.")
  private double tolerance;

  BlockSettings settings() {
    return new BlockSettings(blocks, delay, step, !noKkt, recheckEvery, tolerance);
  }
}
