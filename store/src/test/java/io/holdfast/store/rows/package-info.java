/** Tests of the row store, on a real RocksDB in a temporary directory. */
@NullMarked
package io.holdfast.store.rows;

import org.jspecify.annotations.NullMarked;
