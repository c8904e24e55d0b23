package io.holdfast.tools.job;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Table;
import io.holdfast.client.TableInfo;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.Rules;
import io.holdfast.model.TableSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What is known of a run beside its tables and its workers' saved states: the options that decide
 * it, and its history so far, such as points of a curve. It is a table of the job, so it is as
 * durable and as replicated as the rest of it, and is where that goes. Calls block; for one thread.
 *
 * <p>An int64 table of one range, rows of 16 values. Row 0: format, bytes of the options' text, the
 * run's number, lives. Rows from 1: the text in UTF-8, 128 bytes in each. Rows from 2^32: entries,
 * each with the life that wrote it, the number of its values, and these as the bits of doubles.
 */
public final class RunJournal {
  /** Name of the table. */
  public static final String TABLE = "journal";

  /** Values that an entry has at most. */
  public static final int MOST_VALUES = 14;

  private static final int WIDTH = 16;
  private static final int ROW_BYTES = WIDTH * Long.BYTES;
  private static final long FORMAT = 1;
  private static final long FIRST_ENTRY = 1L << 32;
  private static final int PAGE = 64;

  private final Table table;
  private final long run;
  private final long life;
  private final List<double[]> before;
  private long next;

  private RunJournal(Table table, long run, long life, List<double[]> before) {
    this.table = table;
    this.run = run;
    this.life = life;
    this.before = List.copyOf(before);
    this.next = before.size();
  }

  private static TableSpec spec() {
    return TableSpec.sparse().width(WIDTH).int64().rule(Rules.assign()).ranges(1).build();
  }

  /**
   * Begins a run, or finds the one that was begun. Durable when it returns.
   *
   * @throws HoldfastException INVALID_ARGUMENT, naming the remedy: where the job was begun and the
   *     start is {@link Start#NEW}; where options differ from those that it was begun with; where
   *     it has tables of somebody else's
   */
  public static RunJournal open(Holdfast cluster, String job, Start start, RunOptions options) {
    if (start == Start.FRESH) {
      cluster.dropJob(job);
    }
    List<String> tables =
        cluster.tables().stream()
            .filter(table -> table.job().equals(job))
            .map(TableInfo::name)
            .toList();
    Job opened = cluster.job(job);
    if (tables.contains(TABLE)) {
      Table table = opened.table(TABLE, spec());
      long[] head = pull(table, 0, 1);
      if (head[0] != 0) {
        return found(table, head, start, job, options);
      }
      // Whoever made it died before anything else was done.
    }
    if (tables.stream().anyMatch(name -> !name.equals(TABLE))) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "job '"
              + job
              + "' has tables "
              + tables
              + " and no run that can be resumed: name another --job, or begin anew by --fresh,"
              + " which drops them");
    }
    return begun(opened.table(TABLE, spec()), options);
  }

  private static RunJournal begun(Table table, RunOptions options) {
    byte[] text = options.text().getBytes(StandardCharsets.UTF_8);
    int rows = 1 + (text.length + ROW_BYTES - 1) / ROW_BYTES;
    var values = ByteBuffer.allocate(rows * ROW_BYTES);
    long run = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    values.putLong(FORMAT).putLong(text.length).putLong(run).putLong(1);
    values.position(ROW_BYTES).put(text).rewind();
    var longs = new long[rows * WIDTH];
    values.asLongBuffer().get(longs);
    // One push to one range: all of it is there, or nothing is.
    push(table, 0, longs);
    return new RunJournal(table, run, 1, List.of());
  }

  private static RunJournal found(
      Table table, long[] head, Start start, String job, RunOptions options) {
    if (head[0] != FORMAT) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "job '"
              + job
              + "' was begun by another version of this command, with a journal of format "
              + head[0]
              + ": go on by that one, begin anew by --fresh, or name another --job");
    }
    int bytes = Math.toIntExact(head[1]);
    int rows = (bytes + ROW_BYTES - 1) / ROW_BYTES;
    var text = ByteBuffer.allocate(rows * ROW_BYTES);
    text.asLongBuffer().put(pull(table, 1, rows));
    var saved = RunOptions.parse(new String(text.array(), 0, bytes, StandardCharsets.UTF_8));
    if (start != Start.RESUME) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "job '"
              + job
              + "' exists already, begun by '"
              + saved.command()
              + "': go on with it by --resume, begin anew by --fresh (which drops it), or name"
              + " another by --job");
    }
    options.mustBeThoseOf(saved, job);
    var journal = new RunJournal(table, head[2], head[3] + 1, entries(table));
    head[3]++;
    push(table, 0, head);
    return journal;
  }

  /** What is there of the last life, and of those before up to where it went on. */
  private static List<double[]> entries(Table table) {
    var entries = new ArrayList<double[]>();
    long newest = 1;
    while (true) {
      long[] rows = pull(table, FIRST_ENTRY + entries.size(), PAGE);
      for (int i = 0; i < PAGE; i++) {
        long wrote = rows[i * WIDTH];
        if (wrote < newest) { // nothing, or of a life that had come further
          return entries;
        }
        newest = wrote;
        var values = new double[Math.toIntExact(rows[i * WIDTH + 1])];
        for (int j = 0; j < values.length; j++) {
          values[j] = Double.longBitsToDouble(rows[i * WIDTH + 2 + j]);
        }
        entries.add(values);
      }
    }
  }

  /** Which life of the run this is; 1: it has just begun. */
  public long life() {
    return life;
  }

  /**
   * The same for the workers.
   *
   * @param saveEvery clocks between two saved states
   */
  public RunLife life(int saveEvery) {
    return new RunLife(isResumed(), run, saveEvery);
  }

  public boolean isResumed() {
    return life > 1;
  }

  /** What earlier lives have added, in their order. */
  public List<double[]> before() {
    return before;
  }

  /** Keeps only so many of the entries of before: the run goes on from where they end. */
  public void keep(int entries) {
    next = Math.min(next, entries);
  }

  /** Adds an entry. Blocks until it is durable. */
  public void add(double... values) {
    var row = new long[WIDTH];
    row[0] = life;
    row[1] = values.length;
    for (int i = 0; i < values.length; i++) {
      row[2 + i] = Double.doubleToRawLongBits(values[i]);
    }
    push(table, FIRST_ENTRY + next, row);
    next++;
  }

  private static long[] pull(Table table, long first, int count) {
    return await(table.latest().pull(keys(first, count))).longs();
  }

  private static void push(Table table, long first, long[] values) {
    var unused = await(table.push(keys(first, values.length / WIDTH), values));
  }

  private static long[] keys(long first, int count) {
    var keys = new long[count];
    Arrays.setAll(keys, i -> first + i);
    return keys;
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof HoldfastException known ? known : e;
    }
  }
}
