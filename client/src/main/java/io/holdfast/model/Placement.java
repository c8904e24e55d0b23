package io.holdfast.model;

/** How keys are spread over ranges. */
public enum Placement {
  /** In their own order: ranges of neighbouring keys. */
  ORDERED,
  /** By a bijection of the 64-bit keys, so that skewed ids spread evenly. Sparse tables only. */
  HASHED
}
