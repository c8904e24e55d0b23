package io.holdfast.tools.lda;

import io.holdfast.model.Consistency;
import io.holdfast.model.Durability;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.TableSpec;
import io.holdfast.tools.job.RunLife;
import io.holdfast.tools.job.RunOptions;
import java.util.LinkedHashMap;
import java.util.Locale;

/**
 * What a run does.
 *
 * @param alpha prior of topics in a document, of each topic
 * @param eta prior of words in a topic, of each word
 * @param blocks steps in a pass: each samples so large a part of a worker's documents, with counts
 *     pulled before it
 * @param sparse whether to sample by {@link SparseSampler}
 * @param replicas of the tables; 0: as many as the cluster makes by itself
 * @param life which run this is, and whether it was begun before
 * @param job whose tables {@code word-topics} and {@code topics} are used
 */
record LdaSettings(
    int topics,
    double alpha,
    double eta,
    int passes,
    int workers,
    int blocks,
    boolean sparse,
    Consistency consistency,
    Durability durability,
    int replicas,
    String job,
    long seed,
    RunLife life) {
  static final String WORD_TOPICS = "word-topics";
  static final String TOPIC_TOTALS = "topics";

  private static final int MOST_TOPICS = 4096; // a row's width

  LdaSettings {
    inside("--topics", topics, 2, MOST_TOPICS);
    inside("--passes", passes, 1, Integer.MAX_VALUE);
    inside("--workers", workers, 1, Integer.MAX_VALUE);
    inside("--blocks", blocks, 1, Integer.MAX_VALUE);
    if (!(alpha > 0) || !(eta > 0)) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "--alpha and --eta must be above 0, not " + alpha + ", " + eta);
    }
    if (consistency instanceof Consistency.Sequential) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          "--consistency sequential hides a worker's own changes from it until its clock has ended;"
              + " take bounded or eventual");
    }
  }

  /** Row per word, column per topic. */
  TableSpec wordTopics(int vocabularySize) {
    return table(vocabularySize);
  }

  /** One row: tokens of each topic. */
  TableSpec topicTotals() {
    return table(1);
  }

  private TableSpec table(int rows) {
    var spec =
        TableSpec.dense(rows).width(topics).int64().durability(durability).consistency(consistency);
    return replicas == 0 ? spec.build() : spec.replicas(replicas).build();
  }

  TopicSampler sampler(int vocabularySize) {
    return sparse
        ? new SparseSampler(topics, alpha, eta, vocabularySize)
        : new PlainSampler(topics, alpha, eta, vocabularySize);
  }

  LogLikelihood logLikelihood(int vocabularySize) {
    return new LogLikelihood(alpha, eta, topics, vocabularySize);
  }

  /** What must be the same when a run is resumed, as one number. */
  int shape() {
    return java.util.Objects.hash(topics, workers, blocks, seed, life.run());
  }

  /** The same in another life, or for a run. */
  LdaSettings living(RunLife now) {
    return new LdaSettings(
        topics,
        alpha,
        eta,
        passes,
        workers,
        blocks,
        sparse,
        consistency,
        durability,
        replicas,
        job,
        seed,
        now);
  }

  /** The options that decide what is drawn and counted. */
  RunOptions deciding(Corpus corpus) {
    var values = new LinkedHashMap<String, String>();
    values.put("documents", corpus.summary());
    values.put("--topics", "" + topics);
    values.put("--alpha", "" + alpha);
    values.put("--eta", "" + eta);
    values.put("--workers", "" + workers);
    values.put("--blocks", "" + blocks);
    values.put("--seed", "" + seed);
    values.put("--durability", durability.name().toLowerCase(Locale.ROOT));
    return new RunOptions("train lda", values);
  }

  private static void inside(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT,
          option
              + " must be "
              + least
              + (most == Integer.MAX_VALUE ? " or more" : " to " + most)
              + ", not "
              + value);
    }
  }
}
