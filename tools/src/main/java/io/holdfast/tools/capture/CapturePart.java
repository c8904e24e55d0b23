package io.holdfast.tools.capture;

import io.holdfast.v1.CapturedImage;
import io.holdfast.v1.CapturedRange;

/**
 * A range that is in the target.
 *
 * @param wanted as the map had it when it was asked for
 * @param captured what the node said of it
 * @param image that it is in
 */
record CapturePart(WantedRange wanted, CapturedRange captured, CapturedImage image) {}
