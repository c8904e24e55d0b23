package io.holdfast.plugin;

/**
 * Optimizer state of one kind beside each row, such as Adam's first moments.
 *
 * @param name letters, digits and underlines; a table exported with its state has it in its files
 * @param width values beside each row
 */
public record StateTensor(String name, int width) {
  public StateTensor {
    if (!name.matches("[A-Za-z0-9_]{1,64}") || width < 1) {
      throw new IllegalArgumentException(
          "state '"
              + name
              + "' of "
              + width
              + " values: the name must be of 1 to 64 letters, digits"
              + " and underlines, and there must be a value");
    }
  }
}
