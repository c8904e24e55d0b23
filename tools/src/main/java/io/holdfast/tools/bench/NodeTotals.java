package io.holdfast.tools.bench;

import io.holdfast.tools.command.NodeProbe;

/**
 * What all nodes together say of themselves.
 *
 * @param cpuMicros processor time that their processes have used
 * @param pushedBytes keys and values that the heads took, as they came
 * @param forwardedBytes payloads of records that they sent to successors
 */
record NodeTotals(long cpuMicros, long pushedBytes, long forwardedBytes) {

  /** Asks each node, separated by commas. Blocks. */
  static NodeTotals read(String addresses) {
    long cpu = 0;
    long pushed = 0;
    long forwarded = 0;
    for (String address : addresses.split(",", -1)) {
      var status = NodeProbe.status(address.strip());
      cpu += status.getProcessCpuMicros();
      for (var shard : status.getShardsList()) {
        pushed += shard.getPushedBytes();
        forwarded += shard.getForwardedBytes();
      }
    }
    return new NodeTotals(cpu, pushed, forwarded);
  }
}
