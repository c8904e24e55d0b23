/** Tests of the streams between nodes, over loopback. */
@NullMarked
package io.holdfast.replication.peer;

import org.jspecify.annotations.NullMarked;
