package io.holdfast.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.KeyRange;
import io.holdfast.tools.command.CommandLines.Ran;
import io.holdfast.tools.snapshot.Image;
import io.holdfast.tools.snapshot.ImageFile;
import io.holdfast.tools.snapshot.Manifest;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.snapshot.RepositoryOptions;
import io.holdfast.tools.snapshot.SnapshotJob;
import io.holdfast.tools.snapshot.SnapshotRange;
import io.holdfast.tools.snapshot.SnapshotTable;
import io.holdfast.tools.snapshot.Stored;
import io.holdfast.tools.snapshot.Totals;
import io.holdfast.tools.snapshot.WorkerClock;
import io.holdfast.v1.Job;
import io.holdfast.v1.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCommandsTest {
  @TempDir private Path scratch = Path.of("");
  private Path target = Path.of("");

  @BeforeEach
  void takeTwo() {
    target = scratch.resolve("target");
    try (Repository repository = open()) {
      take(repository, "monday", 40, "seven", "eight");
      take(repository, "tuesday", 55, "seven", "nine");
    }
  }

  private Repository open() {
    return Repository.open(target.toString(), RepositoryOptions.DEFAULT.withCreate());
  }

  private static void take(Repository repository, String name, long lsn, String... contents) {
    var pending = repository.begin(name);
    List<ImageFile> files = new ArrayList<>();
    for (String content : contents) {
      Stored stored = repository.put(content.getBytes(StandardCharsets.UTF_8));
      files.add(new ImageFile(content + ".sst", stored.object(), content + ".sst"));
    }
    var range =
        new SnapshotRange(
            5,
            List.of(),
            "ads",
            "weights",
            KeyRange.ALL,
            0,
            lsn,
            2,
            7,
            List.of(new WorkerClock(0, 1, 80, 8)),
            1000,
            64000,
            null);
    var manifest =
        new Manifest(
            name,
            "2026-11-2" + name.length() % 3 + "T22:00:00Z",
            "127.0.0.1:7070",
            "0.1.0",
            7,
            List.of(SnapshotJob.of(Job.newBuilder().setId(1).setName("ads").build())),
            List.of(
                SnapshotTable.of(
                    Table.newBuilder().setId(2).setJob("ads").setName("weights").build())),
            List.of(range),
            List.of(new Image(3, "store", files)),
            new Totals(10, 2, 4, 1, 1500));
    repository.publish(manifest, pending);
  }

  private Ran run(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 3);
    all[arguments.length] = "--target";
    all[arguments.length + 1] = target.toString();
    all[arguments.length + 2] = "--output=" + (isJson ? "json" : "text");
    return CommandLines.run(all);
  }

  private boolean isJson;

  private JsonNode json(int code, String... arguments) throws IOException {
    isJson = true;
    Ran ran = run(arguments);
    isJson = false;
    assertEquals(code, ran.code(), ran.err());
    String[] lines = ran.out().strip().split("\n", -1);
    return new ObjectMapper().readTree(lines[lines.length - 1]);
  }

  private Path object(String content) throws IOException {
    try (var files = Files.walk(target.resolve("objects"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.readString(file).equals(content)) {
          return file;
        }
      }
    }
    throw new AssertionError(content);
  }

  @Test
  void listsTheOldestFirstAndWhatIsUnfinished() throws IOException {
    try (Repository repository = open()) {
      repository.begin("wednesday");
    }
    JsonNode listed = json(0, "snapshot", "list");
    assertEquals("monday", listed.at("/snapshots/0/name").asText());
    assertEquals(1000, listed.at("/snapshots/1/rows").asLong());
    assertEquals("wednesday", listed.at("/unfinished/0/name").asText());
    String text = run("snapshot", "list").out();
    assertTrue(text.contains("tuesday") && text.contains("unfinished"), text);
  }

  @Test
  void listsWhatCannotBeReadWithTheReason() throws IOException {
    Files.writeString(target.resolve("snapshots/monday.json"), "gone bad");
    JsonNode listed = json(9, "snapshot", "list");
    assertTrue(listed.at("/snapshots/0/problem").asText().contains("monday.json"));
    assertEquals("tuesday", listed.at("/snapshots/1/name").asText());
  }

  @Test
  void showsTablesRangesAndClocks() throws IOException {
    JsonNode shown = json(0, "snapshot", "show", "monday");
    assertEquals("weights", shown.at("/tables/0/table").asText());
    assertEquals(40, shown.at("/ranges/0/lsn").asLong());
    assertEquals(8, shown.at("/ranges/0/workers/0/clock").asInt());
    assertEquals(1500, shown.at("/durationMillis").asLong());
    String text = run("snapshot", "show", "monday").out();
    assertTrue(text.contains("at clock 7") && text.contains("weights"), text);
    assertEquals(5, run("snapshot", "show", "sunday").code());
  }

  @Test
  void verifiesAllAndNamesEveryBadFile() throws IOException {
    JsonNode sound = json(0, "snapshot", "verify", "--checksums-only");
    assertEquals("summary", sound.get("messageType").asText());
    assertEquals(3, sound.get("objects").asInt()); // what both need is read once
    assertTrue(sound.get("sound").asBoolean());
    Path nine = object("nine");
    Files.writeString(nine, "n1ne");
    assertEquals(0, run("snapshot", "verify", "--checksums-only", "monday").code());
    JsonNode bad = json(9, "snapshot", "verify", "--checksums-only");
    assertEquals(nine.toString(), bad.at("/problems/0/file").asText());
    Ran text = run("snapshot", "verify", "--checksums-only", "tuesday");
    assertEquals(9, text.code());
    assertTrue(text.out().contains(nine.toString()), text.out());
    assertTrue(text.out().contains("another snapshot"), text.out());
  }

  @Test
  void progressIsPrintedAsStatusDocuments() throws IOException {
    isJson = true;
    String first = run("snapshot", "verify", "--checksums-only").out().split("\n", 2)[0];
    JsonNode status = new ObjectMapper().readTree(first);
    assertEquals("status", status.get("messageType").asText());
    assertEquals(14, status.get("totalBytes").asInt());
  }

  @Test
  void comparesTwo() throws IOException {
    JsonNode diff = json(0, "snapshot", "diff", "monday", "tuesday");
    assertEquals(5, diff.at("/shared/bytes").asInt());
    assertEquals(4, diff.at("/added/bytes").asInt());
    assertEquals(55, diff.at("/moved/0/toLsn").asInt());
    assertTrue(run("snapshot", "diff", "monday", "tuesday").out().contains("15"));
  }

  @Test
  void deletesWhatNoOtherNeeds() throws IOException {
    assertEquals(2, run("snapshot", "delete", "monday").code()); // without --yes
    assertEquals(1, json(0, "snapshot", "delete", "monday", "--yes").get("objects").asInt());
    assertEquals(0, run("snapshot", "verify", "--checksums-only", "tuesday").code());
    assertEquals(5, run("snapshot", "delete", "monday", "--yes").code());
  }

  @Test
  void aTargetIsAskedForAndMustBeThere() {
    Ran none = CommandLines.run("snapshot", "list");
    if (System.getenv("HOLDFAST_SNAPSHOTS") == null) {
      assertEquals(2, none.code());
      assertTrue(none.err().contains("--target"), none.err());
    }
    Ran away = CommandLines.run("snapshot", "list", "--target", scratch + "/nothing");
    assertEquals(3, away.code());
    assertTrue(away.err().contains("mount"), away.err());
    Ran limit = CommandLines.run("snapshot", "list", "--target", "x", "--limit", "much");
    assertEquals(2, limit.code());
    assertTrue(limit.err().contains("50MiB"), limit.err());
  }
}
