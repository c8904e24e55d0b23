package io.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.client.retry.Outcome;
import io.holdfast.client.retry.RangeCall;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallQueueTest {
  private final CallQueue queue = new CallQueue();
  private final RangeCall leave = new RangeCall.Leave(Outcome.NONE, 0, 1);
  private final RangeCall laterLeave = new RangeCall.Leave(Outcome.NONE, 0, 2);
  private final RangeCall heartbeat = new RangeCall.Heartbeat(Outcome.NONE, 0, 1, false);

  @Test
  void aHeartbeatGoesAheadOfWhatWaitsAndTheRestInOrder() {
    queue.add(leave);
    queue.add(laterLeave);
    queue.add(heartbeat);
    assertSame(heartbeat, queue.first());
    queue.remove(heartbeat);
    assertSame(leave, queue.first());
    queue.remove(leave);
    assertSame(laterLeave, queue.first());
    queue.remove(laterLeave);
    assertTrue(queue.isEmpty());
  }

  @Test
  void allThatWaitIsTakenOnce() {
    queue.add(leave);
    queue.add(heartbeat);
    assertEquals(List.of(heartbeat, leave), queue.takeAll());
    assertTrue(queue.isEmpty());
  }
}
