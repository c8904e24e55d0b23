package io.holdfast.tools.lda;

import io.holdfast.client.Holdfast;
import io.holdfast.client.Job;
import io.holdfast.client.Table;
import io.holdfast.tools.display.StepBar;
import io.holdfast.tools.job.RunJournal;
import io.holdfast.tools.train.Crew;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs the workers on threads of this process, evaluates the model meanwhile, and checks it after.
 */
final class LdaRun {
  private final LdaSettings settings;
  private final Corpus corpus;
  private final Holdfast cluster;
  private final List<Corpus> parts = new ArrayList<>();
  private final List<LdaResult.Point> curve = new ArrayList<>();
  private final PassBoard board;
  private final @Nullable RunJournal journal;
  private double secondsBefore;
  private boolean begun;

  /**
   * @param journal null: the curve is kept for no later life
   */
  LdaRun(LdaSettings settings, Corpus corpus, Holdfast cluster, @Nullable RunJournal journal) {
    this.journal = journal;
    this.settings = settings;
    this.corpus = corpus;
    this.cluster = cluster;
    for (int rank = 0; rank < settings.workers(); rank++) {
      parts.add(corpus.part(rank, settings.workers()));
    }
    this.board =
        new PassBoard(settings.workers(), parts, settings.logLikelihood(corpus.vocabularySize()));
  }

  /**
   * Samples everything. Blocks.
   *
   * @param topWords of each topic, to be listed
   */
  LdaResult run(int topWords, StepBar bar) throws InterruptedException {
    Job job = cluster.job(settings.job());
    Table words = job.table(LdaSettings.WORD_TOPICS, settings.wordTopics(corpus.vocabularySize()));
    Table totals = job.table(LdaSettings.TOPIC_TOTALS, settings.topicTotals());
    long started = System.nanoTime();
    List<short[]> topics = sample(job, words, started, bar);
    double seconds = seconds(started);
    long[] counts = words.latest().pullAll().join().longs();
    long[] totalCounts = totals.latest().pullAll().join().longs();
    var likelihood = settings.logLikelihood(corpus.vocabularySize());
    double reached = likelihood.ofWords(counts);
    for (int rank = 0; rank < settings.workers(); rank++) {
      reached += likelihood.ofDocuments(parts.get(rank), topics.get(rank));
    }
    return new LdaResult(
        settings,
        corpus,
        seconds,
        new LdaResult.Before(journal == null ? 1 : journal.life(), board.resumed(), secondsBefore),
        reached,
        wrong(counts, totalCounts, topics),
        TopicWords.of(counts, totalCounts, corpus.vocabulary(), topWords),
        List.copyOf(curve));
  }

  /** Counts that are not those of the workers' tokens: none, where each push is in exactly once. */
  private long wrong(long[] counts, long[] totals, List<short[]> topics) {
    long[] expected = new long[counts.length];
    long[] expectedTotals = new long[totals.length];
    for (int rank = 0; rank < settings.workers(); rank++) {
      long[] part = Reference.count(parts.get(rank), topics.get(rank), settings.topics());
      for (int i = 0; i < part.length; i++) {
        expected[i] += part[i];
        expectedTotals[i % totals.length] += part[i];
      }
    }
    return differences(counts, expected) + differences(totals, expectedTotals);
  }

  private static long differences(long[] found, long[] expected) {
    long count = 0;
    for (int i = 0; i < found.length; i++) {
      count += found[i] == expected[i] ? 0 : 1;
    }
    return count;
  }

  private List<short[]> sample(Job job, Table words, long started, StepBar bar)
      throws InterruptedException {
    var results = new short[settings.workers()][];
    Crew.run(
        "lda",
        settings.workers(),
        rank -> results[rank] = new LdaWorker(settings, parts.get(rank), job, rank, board).run(),
        () -> look(words, started, bar));
    return Arrays.asList(results);
  }

  /** Evaluates the newest pass that all workers have done, if it is a new one. */
  private void look(Table words, long started, StepBar bar) {
    if (!begun && board.allBegun()) {
      begin(board.passesOfAll());
    }
    int pass = board.passesOfAll();
    int seen = curve.isEmpty() ? 0 : curve.get(curve.size() - 1).pass();
    if (pass <= seen) {
      return;
    }
    double ofDocuments = board.ofDocuments();
    double reached =
        settings.logLikelihood(corpus.vocabularySize()).ofWords(words.pullAll().join().longs())
            + ofDocuments;
    double seconds = seconds(started);
    curve.add(new LdaResult.Point(pass, seconds, reached));
    if (journal != null) {
      journal.add(pass, seconds, reached);
    }
    bar.show(pass, String.format(java.util.Locale.ROOT, "log-likelihood %,.0f", reached));
  }

  /** Takes up the curve of the lives before, up to where this one goes on. */
  private void begin(int pass) {
    begun = true;
    if (journal == null) {
      return;
    }
    for (double[] entry : journal.before()) {
      var point = new LdaResult.Point((int) entry[0], entry[1], entry[2]);
      if (point.pass() <= pass) {
        curve.add(point);
        secondsBefore = point.seconds();
      }
    }
    journal.keep(curve.size());
  }

  private double seconds(long started) {
    return secondsBefore + (System.nanoTime() - started) / 1e9;
  }
}
