package io.holdfast.tools.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.v1.ExportHead;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows of an export that belong to one moment of one range, and stand side by side in every tensor.
 *
 * @param range its id
 * @param node that gave them
 * @param lsn the rows hold exactly the records up to here
 * @param recordEpoch of the record at that LSN
 * @param minClock clocks that every worker had finished
 * @param maxClock clocks that some worker had finished
 * @param rows how many
 * @param checksums CRC-32C of the rows' bytes, by tensor
 */
record Piece(
    int range,
    int node,
    long lsn,
    int recordEpoch,
    int minClock,
    int maxClock,
    long rows,
    Map<String, Long> checksums) {
  static Piece of(int range, ExportHead head, long rows, Map<String, Long> checksums) {
    return new Piece(
        range,
        head.getNode(),
        head.getLsn(),
        head.getRecordEpoch(),
        head.getMinClock(),
        head.getMaxClock(),
        rows,
        checksums);
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("range", range);
    document.put("node", node);
    document.put("lsn", lsn);
    document.put("recordEpoch", recordEpoch);
    document.put("minClock", minClock);
    document.put("maxClock", maxClock);
    document.put("rows", rows);
    Map<String, String> hex = new LinkedHashMap<>();
    checksums.forEach((tensor, crc) -> hex.put(tensor, String.format("%08x", crc)));
    document.put("crc32c", hex);
    return document;
  }

  /** As one line of JSON. */
  static String encode(List<Piece> pieces) {
    return new ObjectMapper().valueToTree(pieces.stream().map(Piece::document).toList()).toString();
  }

  /**
   * Rows and checksums of pieces.
   *
   * @throws IllegalArgumentException where it is none of {@link #encode}'s
   */
  static List<Piece> decode(String json) {
    try {
      List<Piece> pieces = new ArrayList<>();
      for (JsonNode one : new ObjectMapper().readTree(json)) {
        Map<String, Long> checksums = new LinkedHashMap<>();
        for (var crc : one.path("crc32c").properties()) {
          checksums.put(crc.getKey(), Long.parseLong(crc.getValue().asText(), 16));
        }
        pieces.add(
            new Piece(
                one.path("range").asInt(),
                one.path("node").asInt(),
                one.path("lsn").asLong(),
                one.path("recordEpoch").asInt(),
                one.path("minClock").asInt(),
                one.path("maxClock").asInt(),
                one.path("rows").asLong(),
                checksums));
      }
      return pieces;
    } catch (JsonProcessingException | NumberFormatException e) {
      throw new IllegalArgumentException("not a list of ranges: " + e.getMessage(), e);
    }
  }
}
