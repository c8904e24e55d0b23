package io.holdfast.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.tools.local.ClusterSettings;
import io.holdfast.tools.local.Layout;
import io.holdfast.tools.local.ProcessCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ensemble of three ZooKeeper servers, each in a process of its own. */
class ZooKeeperProcessesTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void anotherServerLeadsWhenTheLeaderIsKilledAndNoneIsLeftAtTheEnd(@TempDir Path directory) {
    Path data = directory.resolve("ensemble");
    List<Long> pids;
    try (var ensemble =
        ProcessCluster.start(
            Layout.onFreePorts(0, 3), ClusterSettings.in(data).withStartUp(LONG).temporarily())) {
      var leader = ensemble.zooKeeperLeader().orElseThrow();
      leader.kill();
      assertEquals(List.of(), ensemble.fallen()); // it was ended from here
      Awaitility.await("another leader")
          .atMost(LONG)
          .until(() -> ensemble.zooKeeperLeader().isPresent());
      assertNotEquals(leader.name(), ensemble.zooKeeperLeader().orElseThrow().name());
      leader.start();
      ensemble.awaitServing(LONG);
      assertFalse(leader.isLeader());
      pids = ensemble.zooKeepers().stream().map(server -> server.pid()).toList();
      assertTrue(pids.stream().allMatch(pid -> ProcessHandle.of(pid).isPresent()));
    }
    assertTrue(pids.stream().noneMatch(pid -> ProcessHandle.of(pid).isPresent()));
    assertFalse(Files.exists(data));
  }
}
