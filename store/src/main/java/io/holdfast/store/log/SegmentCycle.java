package io.holdfast.store.log;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Locale;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.RollCycle;

/**
 * Chronicle's roll cycle and clock, turned into a segment number: the cycle is the number, and the
 * clock stands still at that many seconds after 1970, so no step of the wall clock can append to an
 * earlier cycle or begin a new one. File names are the second as a date, as Chronicle wants it.
 */
final class SegmentCycle implements RollCycle, TimeProvider {
  static final String SUFFIX = ".cq4";

  private static final String FORMAT = "yyyyMMdd'-'HHmmss'S'";
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'-'HHmmss'S'", Locale.ROOT)
          .withZone(ZoneOffset.UTC)
          .withResolverStyle(ResolverStyle.STRICT);

  /** Few and small index pages: nothing is looked up by Chronicle's index. */
  private static final int INDEX_COUNT = 64;

  private static final int INDEX_SPACING = 4096;
  private static final int SEQUENCE_BITS = 32;

  private volatile int number;

  /** Makes {@code newNumber} the current cycle. */
  void turnTo(int newNumber) {
    number = newNumber;
  }

  static String fileName(int number) {
    return NAME.format(Instant.ofEpochSecond(number)) + SUFFIX;
  }

  /** The number in a file's name, -1 where it has none. */
  static int number(String fileName) {
    if (!fileName.endsWith(SUFFIX)) {
      return -1;
    }
    try {
      String name = fileName.substring(0, fileName.length() - SUFFIX.length());
      return Math.toIntExact(LocalDateTime.parse(name, NAME).toEpochSecond(ZoneOffset.UTC));
    } catch (DateTimeException | ArithmeticException e) {
      return -1;
    }
  }

  @Override
  public long currentTimeMillis() {
    return number * 1000L;
  }

  @Override
  public String format() {
    return FORMAT;
  }

  @Override
  public int lengthInMillis() {
    return 1000;
  }

  @Override
  public int defaultIndexCount() {
    return INDEX_COUNT;
  }

  @Override
  public int defaultIndexSpacing() {
    return INDEX_SPACING;
  }

  @Override
  public int current(TimeProvider time, long epoch) {
    return number;
  }

  @Override
  public long toIndex(int cycle, long sequenceNumber) {
    return ((long) cycle << SEQUENCE_BITS) + (sequenceNumber & 0xFFFF_FFFFL);
  }

  @Override
  public long toSequenceNumber(long index) {
    return index & 0xFFFF_FFFFL;
  }

  @Override
  public int toCycle(long index) {
    return (int) (index >>> SEQUENCE_BITS);
  }

  @Override
  public long maxMessagesPerCycle() {
    return (long) INDEX_COUNT * INDEX_COUNT * INDEX_SPACING;
  }
}
