package io.holdfast.tools.snapshot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bytes that are to be stored; opened again where storing is tried again. */
interface Content {
  long bytes();

  InputStream open() throws IOException;

  /** A small document. */
  static Content of(byte[] document) {
    return new Content() {
      @Override
      public long bytes() {
        return document.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(document);
      }
    };
  }
}
