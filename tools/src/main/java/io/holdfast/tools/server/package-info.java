/**
 * A node: wires log, rows, shards and catalogue together and puts them on the network.
 *
 * <p>Holds no decision of its own. gRPC's event loops read frames and hand requests to the shards;
 * calls of the control service run on a small pool, since they block.
 */
@NullMarked
package io.holdfast.tools.server;

import org.jspecify.annotations.NullMarked;
