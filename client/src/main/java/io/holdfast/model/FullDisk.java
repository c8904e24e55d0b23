package io.holdfast.model;

import java.util.Locale;

/** Tells a full disk, of which Java knows only the operating system's text, from other errors. */
public final class FullDisk {
  private FullDisk() {}

  /** Whether something could not be written because there is no room, or the user may take none. */
  public static boolean isMeantBy(Throwable e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("no space left") || text.contains("quota exceeded");
  }
}
