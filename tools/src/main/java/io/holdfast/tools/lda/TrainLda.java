package io.holdfast.tools.lda;

import io.holdfast.client.Holdfast;
import io.holdfast.model.Consistency;
import io.holdfast.model.ErrorCode;
import io.holdfast.model.HoldfastException;
import io.holdfast.tools.command.Common;
import io.holdfast.tools.command.Converters;
import io.holdfast.tools.command.ExitCode;
import io.holdfast.tools.job.JobOptions;
import io.holdfast.tools.job.NamedJob;
import io.holdfast.tools.job.RunLife;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast train lda}. */
@Command(
    name = "lda",
    showDefaultValues = true,
    sortOptions = false,
    description = {
      "Finds the topics of documents: latent Dirichlet allocation by collapsed Gibbs sampling.",
      "Without --server it starts one in this process; without --data and --text it makes up"
          + " documents.",
      "Ends with 9 where a count in the tables is not that of the workers' tokens."
    },
    footer = {
      "",
      "Example: holdfast train lda --topics 20 --passes 50",
      "         holdfast train lda --data reuters.ldac --vocabulary reuters.tokens --passes 500"
    })
public final class TrainLda implements Callable<Integer> {
  @Mixin private Common common = new Common();

  @Mixin private JobOptions options = new JobOptions(4);

  @Mixin private NamedJob job = new NamedJob("lda");

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description = "Documents in LDA-C format (a line each: M word:count ...), plain or gzip.")
  private @Nullable Path data;

  @Option(
      names = "--vocabulary",
      paramLabel = "FILE",
      description = "Spellings of --data's words, a line each.")
  private @Nullable Path vocabulary;

  @Option(
      names = "--text",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Plain text, UTF-8, a document a line, plain or gzip.")
  private List<Path> texts = new ArrayList<>();

  @Option(
      names = "--min-count",
      paramLabel = "N",
      defaultValue = "2",
      description = "Leave out words of --text that come less often.")
  private int minCount;

  @Option(
      names = "--stop-words",
      paramLabel = "FILE",
      description = "Leave out these words of --text, one a line.")
  private @Nullable Path stopWords;

  @Option(
      names = "--documents",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Documents to make up.")
  private int documents;

  @Option(names = "--topics", paramLabel = "K", defaultValue = "20", description = "Topics.")
  private int topics;

  @Option(
      names = "--alpha",
      paramLabel = "A",
      defaultValue = "0.1",
      description = "Prior of each topic in a document.")
  private double alpha;

  @Option(
      names = "--eta",
      paramLabel = "E",
      defaultValue = "0.01",
      description = "Prior of each word in a topic.")
  private double eta;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "100",
      description = "Passes over the documents.")
  private int passes;

  @Option(
      names = "--blocks",
      paramLabel = "N",
      defaultValue = "4",
      description = "Steps in a pass: counts are pulled, and changes pushed, so many times.")
  private int blocks;

  @Option(
      names = "--sampler",
      paramLabel = "sparse|plain",
      defaultValue = "sparse",
      description = "sparse (for many topics) or plain.")
  private SamplerName sampler = SamplerName.sparse;

  @Option(
      names = "--consistency",
      paramLabel = "MODEL",
      defaultValue = "bounded:1",
      converter = Converters.OfConsistency.class,
      description = "eventual, or bounded:S (at most S steps behind).")
  private Consistency consistency = Consistency.bounded(1);

  @Option(
      names = "--reference",
      description = "Sample the same by one thread without a cluster, too, and compare.")
  private boolean reference;

  @Option(
      names = "--top-words",
      paramLabel = "N",
      defaultValue = "10",
      description = "Words to list of each topic.")
  private int topWords;

  /** As the option spells them. */
  enum SamplerName {
    sparse,
    plain
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var settings = settings();
    var report = options.report();
    Corpus corpus = corpus();
    LdaResult result = options.onCluster(job, address -> sample(settings, corpus, address));
    OptionalDouble compared =
        reference ? OptionalDouble.of(byOneThread(settings, corpus)) : OptionalDouble.empty();
    if (report.isPresent()) {
      LdaReport.page(result).write(report.get());
    }
    common.print(() -> result.json(compared), () -> result.text(compared));
    return (result.wrongCounts() == 0 ? ExitCode.OK : ExitCode.DIFFERENT).number();
  }

  private double byOneThread(LdaSettings settings, Corpus corpus) {
    try (var bar = options.bar("reference", passes, "passes")) {
      return Reference.logLikelihood(settings, corpus, pass -> bar.show(pass, ""));
    }
  }

  private LdaSettings settings() {
    return new LdaSettings(
        topics,
        alpha,
        eta,
        passes,
        options.workers(),
        blocks,
        sampler == SamplerName.sparse,
        consistency,
        job.durability(),
        job.replicas(),
        job.name(),
        options.seed(),
        new RunLife(job.resume(), 0, 1));
  }

  private Corpus corpus() throws IOException {
    if (data != null && !texts.isEmpty()) {
      throw new HoldfastException(
          ErrorCode.INVALID_ARGUMENT, "--data and --text exclude each other");
    }
    if (data != null) {
      return CorpusReader.ldaC(data, vocabulary);
    }
    return texts.isEmpty()
        ? GeneratedCorpus.of(documents, topics, options.seed())
        : CorpusReader.text(texts, minCount, stopWords);
  }

  private LdaResult sample(LdaSettings asked, Corpus corpus, String address)
      throws InterruptedException {
    try (Holdfast cluster = Holdfast.connect(address);
        var bar = options.bar("sampling", asked.passes(), "passes")) {
      var journal = job.begin(cluster, asked.deciding(corpus));
      // A step is saved before it is pushed, so each clock is.
      var settings = asked.living(journal.life(/* saveEvery= */ 1));
      return new LdaRun(settings, corpus, cluster, journal).run(topWords, bar);
    }
  }
}
