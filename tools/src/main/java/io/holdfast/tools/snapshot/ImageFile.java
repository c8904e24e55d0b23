package io.holdfast.tools.snapshot;

import java.util.regex.Pattern;

/**
 * A file of an image.
 *
 * @param name in the image's directory, without any directory
 * @param object its content
 * @param origin name under which the store that it came of will have this very content for ever, so
 *     that it need not be read again; empty: the store may write to it
 */
public record ImageFile(String name, StoredObject object, String origin) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  public ImageFile {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' cannot name a file of an image");
    }
  }
}
