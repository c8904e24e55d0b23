package io.holdfast.store.rows;

import io.holdfast.model.Initial;
import io.holdfast.model.KeyRange;
import io.holdfast.store.rule.BatchRule;

/** What a range's rows are. */
record RangeDefinition(
    int range, KeyRange keys, CellFormat format, BatchRule rule, Initial initial) {}
