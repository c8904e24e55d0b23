package io.holdfast.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FiltersTest {
  @Test
  void readsAText() {
    var filters =
        Filters.parse("cache-keys, zstd,pull=bf16,push=int8,error-feedback,kkt:0.5,skip:0.1:7");
    assertEquals(
        new Encoding(NumberFormat.INT8, Compression.ZSTD, true, false), filters.pushEncoding());
    assertEquals(
        new Encoding(NumberFormat.BFLOAT16, Compression.ZSTD, true, false), filters.pullEncoding());
    assertEquals(List.of(new Kkt(0.5), new RandomSkip(0.1, 7)), filters.pushFilters());
    assertTrue(filters.errorFeedback());
  }

  @Test
  void whatItPrintsItReads() {
    for (String text :
        List.of(
            "none",
            "",
            "cache-keys",
            "zstd,push=lz4,f16",
            "skip-zeros,pull=cache-keys,significant:0.25,top-k:0.5",
            "bf16,error-feedback,significant-share:0.01,skip:0.5,kkt:2")) {
      var filters = Filters.parse(text);
      assertEquals(filters, Filters.parse(filters.toString()), text);
    }
    assertEquals(Filters.NONE, Filters.parse("none"));
  }

  @Test
  void namesWhatThereIs() {
    for (String text :
        List.of("gzip", "kkt", "kkt:x", "top-k:0.1:2", "push=kkt:1", "kkt:0", "top-k:2")) {
      var refused = assertThrows(HoldfastException.class, () -> Filters.parse(text), text);
      assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    }
    var refused = assertThrows(HoldfastException.class, () -> Filters.parse("gzip"));
    assertTrue(refused.getMessage().contains("'gzip'"), refused.getMessage());
    assertTrue(refused.getMessage().contains("cache-keys, zstd, lz4"), refused.getMessage());
  }

  @Test
  void errorFeedbackNeedsRounding() {
    assertThrows(HoldfastException.class, () -> Filters.parse("zstd,pull=bf16,error-feedback"));
  }

  @Test
  void tablesThatDoNotAddUpTakeWhatLosesNothing() {
    var assign = TableSpec.sparse().rule(Rules.assign()).build();
    var counts = TableSpec.sparse().int64().rule(Rules.add()).build();
    for (TableSpec spec : List.of(assign, counts)) {
      Filters.parse("cache-keys,zstd,skip-zeros").checkSuits("t", spec);
      for (String lossy : List.of("push=bf16", "int8,error-feedback", "top-k:0.5")) {
        var refused =
            assertThrows(
                HoldfastException.class, () -> Filters.parse(lossy).checkSuits("t", spec), lossy);
        assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
      }
    }
    Filters.parse("pull=bf16").checkSuits("t", assign);
    assertThrows(HoldfastException.class, () -> Filters.parse("pull=bf16").checkSuits("t", counts));
    Filters.parse("bf16,top-k:0.5,error-feedback")
        .checkSuits("t", TableSpec.sparse().rule(Rules.adagrad(0.1)).build());
  }
}
