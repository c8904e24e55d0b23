package io.holdfast.tools.train;

import io.holdfast.filter.Filters;

/**
 * How the pushes and pulls of a training job travel.
 *
 * @param filters as {@link Filters#parse} reads them
 * @param sameBatches whether every pass has the same mini-batches, so that servers know their lists
 *     of keys; otherwise each pass is shuffled anew
 */
record TrafficSettings(String filters, boolean sameBatches) {
  static final TrafficSettings PLAIN = new TrafficSettings("none", false);

  TrafficSettings {
    var unused = Filters.parse(filters); // says what is wrong before anything is loaded
  }

  Filters parsed() {
    return Filters.parse(filters);
  }
}
