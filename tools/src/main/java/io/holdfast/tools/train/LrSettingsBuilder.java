package io.holdfast.tools.train;

import io.holdfast.model.Durability;
import io.holdfast.tools.job.RunLife;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes {@link LrSettings}, which says what each of these is. */
final class LrSettingsBuilder {
  private List<String> data = List.of();
  private int generatedExamples = 200_000;
  private int workers = 2;
  private int passes = 8;
  private int batch = 128;
  private int tickEvery = 1;
  private String consistency = "bounded:4";
  private LrSettings.Rule rule = LrSettings.Rule.FTRL;
  private double alpha = 0.07;
  private double beta = 1;
  private double l1;
  private double l2 = 1;
  private boolean intercept = true;
  private Durability durability = Durability.FSYNC;
  private int replicas;
  private String job = "lr";
  private String table = "weights";
  private long seed = 1;
  private RunLife life = RunLife.first(RunLife.SAVE_EVERY);
  private Pace pace = Pace.EVEN;
  private TrafficSettings traffic = TrafficSettings.PLAIN;
  private WorkSharing sharing = WorkSharing.STRIPES;
  private @Nullable BlockSettings blocks;

  /** The defaults of {@code train lr}. */
  LrSettingsBuilder() {}

  LrSettingsBuilder(LrSettings from) {
    this.data = from.data();
    this.generatedExamples = from.generatedExamples();
    this.workers = from.workers();
    this.passes = from.passes();
    this.batch = from.batch();
    this.tickEvery = from.tickEvery();
    this.consistency = from.consistency();
    this.rule = from.rule();
    this.alpha = from.alpha();
    this.beta = from.beta();
    this.l1 = from.l1();
    this.l2 = from.l2();
    this.intercept = from.intercept();
    this.durability = from.durability();
    this.replicas = from.replicas();
    this.job = from.job();
    this.table = from.table();
    this.seed = from.seed();
    this.life = from.life();
    this.pace = from.pace();
    this.traffic = from.traffic();
    this.sharing = from.sharing();
    this.blocks = from.blocks();
  }

  LrSettings build() {
    return new LrSettings(
        data,
        generatedExamples,
        workers,
        passes,
        batch,
        tickEvery,
        consistency,
        rule,
        alpha,
        beta,
        l1,
        l2,
        intercept,
        durability,
        replicas,
        job,
        table,
        seed,
        life,
        pace,
        traffic,
        sharing,
        blocks);
  }

  LrSettingsBuilder blocks(@Nullable BlockSettings blocks) {
    this.blocks = blocks;
    return this;
  }

  LrSettingsBuilder data(List<String> data) {
    this.data = data;
    return this;
  }

  LrSettingsBuilder generatedExamples(int generatedExamples) {
    this.generatedExamples = generatedExamples;
    return this;
  }

  LrSettingsBuilder workers(int workers) {
    this.workers = workers;
    return this;
  }

  LrSettingsBuilder passes(int passes) {
    this.passes = passes;
    return this;
  }

  LrSettingsBuilder batch(int batch) {
    this.batch = batch;
    return this;
  }

  LrSettingsBuilder tickEvery(int tickEvery) {
    this.tickEvery = tickEvery;
    return this;
  }

  LrSettingsBuilder consistency(String consistency) {
    this.consistency = consistency;
    return this;
  }

  LrSettingsBuilder rule(LrSettings.Rule rule) {
    this.rule = rule;
    return this;
  }

  LrSettingsBuilder alpha(double alpha) {
    this.alpha = alpha;
    return this;
  }

  LrSettingsBuilder beta(double beta) {
    this.beta = beta;
    return this;
  }

  LrSettingsBuilder l1(double l1) {
    this.l1 = l1;
    return this;
  }

  LrSettingsBuilder l2(double l2) {
    this.l2 = l2;
    return this;
  }

  LrSettingsBuilder intercept(boolean intercept) {
    this.intercept = intercept;
    return this;
  }

  LrSettingsBuilder durability(Durability durability) {
    this.durability = durability;
    return this;
  }

  LrSettingsBuilder replicas(int replicas) {
    this.replicas = replicas;
    return this;
  }

  LrSettingsBuilder job(String job) {
    this.job = job;
    return this;
  }

  LrSettingsBuilder table(String table) {
    this.table = table;
    return this;
  }

  LrSettingsBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  LrSettingsBuilder life(RunLife life) {
    this.life = life;
    return this;
  }

  LrSettingsBuilder pace(Pace pace) {
    this.pace = pace;
    return this;
  }

  LrSettingsBuilder traffic(TrafficSettings traffic) {
    this.traffic = traffic;
    return this;
  }

  LrSettingsBuilder sharing(WorkSharing sharing) {
    this.sharing = sharing;
    return this;
  }
}
