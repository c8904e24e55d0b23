package io.holdfast.store.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What both kinds of log do when nothing fails. */
class ShardLogTest {
  private static final int SEGMENT = 256 << 10;
  private static final int MAX_PAYLOAD = 64 << 10;

  @TempDir Path directory;

  private LogOptions options(LogKind kind) {
    return LogOptions.of(kind, directory.resolve("log"), 3).withSizes(SEGMENT, MAX_PAYLOAD);
  }

  @ParameterizedTest
  @EnumSource
  void recordsOfAllSizesComeBackInOrder(LogKind kind) {
    Random random = new Random(1);
    List<Integer> lengths = new ArrayList<>(List.of(0, MAX_PAYLOAD, 0, 1, 7, 8, 9));
    for (int i = 0; i < 200; i++) {
      lengths.add(random.nextInt(random.nextBoolean() ? 100 : MAX_PAYLOAD));
    }
    try (ShardLog log = Logs.open(options(kind))) {
      for (int length : lengths) {
        Records.check(
            Records.append(log, length, length + random.nextInt(MAX_PAYLOAD + 1 - length)));
        log.sync();
      }
    }
    try (ShardLog log = Logs.open(options(kind))) {
      assertEquals(lengths.size(), log.lastIndex());
      assertEquals(lengths.size(), log.durableIndex());
      assertEquals(lengths, Records.replay(log, 0));
      assertEquals(lengths.subList(99, lengths.size()), Records.replay(log, 100));
    }
  }
}
