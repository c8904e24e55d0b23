package io.holdfast.tools.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Test
  void portsFollowTheFirstOne() {
    Layout layout = Layout.from(7070, 3, 1);
    assertEquals("127.0.0.1:7070,127.0.0.1:7071,127.0.0.1:7072", layout.addresses());
    assertEquals("127.0.0.1:7170", layout.zooKeeperAddresses());
    assertEquals("1:127.0.0.1:7170:7270:7370", layout.zooKeepers().get(0).member());
  }

  @Test
  void freePortsAreAllDifferent() {
    Layout layout = Layout.onFreePorts(5, 3);
    var ports = new HashSet<Integer>();
    layout.nodes().forEach(node -> ports.add(node.port()));
    for (ZooKeeperPlace server : layout.zooKeepers()) {
      ports.addAll(List.of(server.client().port(), server.peerPort(), server.electionPort()));
    }
    assertEquals(5 + 3 * 3, ports.size());
  }

  @Test
  void childrenGetTheirOwnHeapAndNoAgent() {
    List<String> command =
        JavaCommand.of(List.of("env"), "100m", List.of("-Dx=y"), List.of("version"));
    assertEquals("env", command.get(0));
    assertEquals(1, command.stream().filter(flag -> flag.startsWith("-Xmx")).count());
    assertTrue(command.contains("-Xmx100m"));
    assertFalse(command.stream().anyMatch(flag -> flag.startsWith("-javaagent")));
    assertEquals("version", command.get(command.size() - 1));
  }
}
