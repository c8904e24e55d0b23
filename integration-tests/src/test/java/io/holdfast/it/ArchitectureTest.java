package io.holdfast.it;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import io.holdfast.client.Holdfast;
import io.holdfast.coordination.Catalog;
import io.holdfast.replication.chain.ChainReplica;
import io.holdfast.store.log.ShardLog;
import io.holdfast.tools.bench.BenchCommand;
import io.holdfast.tools.capture.CreateSnapshot;
import io.holdfast.tools.command.HoldfastCommand;
import io.holdfast.tools.command.SnapshotCommand;
import io.holdfast.tools.command.TrainCommand;
import io.holdfast.tools.compare.CompareCommand;
import io.holdfast.tools.demo.DemoCommand;
import io.holdfast.tools.faults.FaultsCommand;
import io.holdfast.tools.lda.TrainLda;
import io.holdfast.tools.local.ClusterCommand;
import io.holdfast.tools.local.ZooKeeperCommand;
import io.holdfast.tools.mf.TrainMf;
import io.holdfast.tools.restore.RestoreSnapshot;
import io.holdfast.tools.server.Server;
import io.holdfast.tools.sketch.SketchCommand;
import io.holdfast.tools.snapshot.Repository;
import io.holdfast.tools.train.TrainLr;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may import whom, and what a package may be, read from the classes of all modules. */
class ArchitectureTest {
  private static final String CLIENT = "client";

  /** The packages of the client's module; every other module has one package at its root. */
  private static final Set<String> CLIENT_PACKAGES =
      Set.of("client", "filter", "model", "plugin", "wire", "v1");

  /** Classes of pure packages that are called once, when a node starts or a table is made. */
  private static final Set<String> READ_PLUGINS =
      Set.of("io.holdfast.store.rule.PluginJars", "io.holdfast.store.rule.InstalledRules");

  /** What decides about the catalogue, beside classes that read and write it. */
  private static final Set<String> PURE_COORDINATION =
      Set.of(
          "Chains",
          "ChainChanges",
          "Leases",
          "Load",
          "Planner",
          "RangeDraft",
          "RangePlan",
          "Tables");

  private static final Set<String> NOT_PURE =
      Set.of(
          "java.lang.Thread",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.Runtime",
          "java.util.Random",
          "java.util.SplittableRandom",
          "java.util.Timer",
          "java.util.concurrent.ThreadLocalRandom",
          "java.security.SecureRandom");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importLocations(
              Stream.of(
                      Holdfast.class,
                      ShardLog.class,
                      ChainReplica.class,
                      Repository.class,
                      Catalog.class,
                      Server.class)
                  .map(ArchitectureTest::location)
                  .collect(Collectors.toSet()));

  private static Location location(Class<?> type) {
    URL where = type.getProtectionDomain().getCodeSource().getLocation();
    return Location.of(where);
  }

  private static String module(JavaClass type) {
    String[] names = type.getPackageName().split("\\.", -1);
    if (names.length < 3 || !names[0].equals("io") || !names[1].equals("holdfast")) {
      return "";
    }
    return CLIENT_PACKAGES.contains(names[2]) ? CLIENT : names[2];
  }

  private static DescribedPredicate<JavaClass> inModules(Set<String> modules) {
    return describe("in modules " + modules, type -> modules.contains(module(type)));
  }

  @ParameterizedTest
  @CsvSource({
    "client, ''",
    "store, client",
    "coordination, client",
    "replication, 'client store'",
    "tools, 'client store coordination replication'"
  })
  void aModuleImportsOnlyThoseBelowIt(String module, String below) {
    var allowed = new TreeSet<>(List.of(below.split(" ")));
    allowed.add(module);
    allowed.add(""); // not ours
    noClasses()
        .that(inModules(Set.of(module)))
        .should()
        .dependOnClassesThat(
            describe("in modules other than " + allowed, type -> !allowed.contains(module(type))))
        .check(CLASSES);
  }

  @Test
  void allModulesAreLookedAt() {
    assertEquals(
        Set.of("client", "store", "coordination", "replication", "tools"),
        CLASSES.stream().map(ArchitectureTest::module).collect(Collectors.toSet()));
  }

  @Test
  void theRepositoryOfSnapshotsStandsOnTheClientAlone() {
    noClasses()
        .that()
        .resideInAPackage("io.holdfast.tools.snapshot..")
        .should()
        .dependOnClassesThat(
            describe(
                "of servers, or of other tools",
                type ->
                    !Set.of("", CLIENT).contains(module(type))
                        && !type.getPackageName().startsWith("io.holdfast.tools.snapshot")))
        .check(CLASSES);
  }

  @Test
  void theClientKnowsNoStoreAndNoZooKeeperAndTheStoreNoNetwork() {
    noClasses()
        .that(inModules(Set.of(CLIENT)))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.rocksdb..", "net.openhft..", "org.apache.zookeeper..", "org.apache.curator..")
        .check(CLASSES);
    noClasses()
        .that(inModules(Set.of("store")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "io.holdfast.v1..")
        .check(CLASSES);
  }

  @Test
  void onlyCoordinationKnowsZooKeeperAndOfReplicationOnlyThePeersKnowTheTransport() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.coordination..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.zookeeper..", "org.apache.curator..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.holdfast.tools.snapshot..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.holdfast.replication.chain..",
            "io.holdfast.replication.shard..",
            "io.holdfast.coordination..",
            "io.holdfast.client.cache..",
            "io.holdfast.client.retry..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.grpc..")
        .check(CLASSES);
  }

  /** The simulator runs these as they are, in its own time. */
  @Test
  void whatPlansAndWhatRetriesHasNoThreadAndNoClockOfItsOwn() {
    noClasses()
        .that(
            describe(
                "decide about the catalogue",
                type ->
                    type.getPackageName().equals("io.holdfast.coordination")
                        && PURE_COORDINATION.contains(outermost(type).replaceAll(".*\\.", ""))))
        .should()
        .dependOnClassesThat(describe("with side effects", ArchitectureTest::hasSideEffects))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage("io.holdfast.client.cache..", "io.holdfast.client.retry..")
        .should()
        .dependOnClassesThat(describe("not pure", type -> NOT_PURE.contains(type.getName())))
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void packagesOfAModuleDoNotNeedEachOtherInCircles() {
    slices().matching("io.holdfast.(*)..").should().beFreeOfCycles().check(CLASSES);
    for (var module : List.of("store", "replication", "tools")) {
      slices()
          .matching("io.holdfast." + module + ".(*)..")
          .should()
          .beFreeOfCycles()
          // The launcher lists the commands, each of which stands on the launcher's options.
          .ignoreDependency(HoldfastCommand.class, BenchCommand.class)
          .ignoreDependency(HoldfastCommand.class, ClusterCommand.class)
          .ignoreDependency(HoldfastCommand.class, CompareCommand.class)
          .ignoreDependency(HoldfastCommand.class, DemoCommand.class)
          .ignoreDependency(HoldfastCommand.class, FaultsCommand.class)
          .ignoreDependency(HoldfastCommand.class, SketchCommand.class)
          .ignoreDependency(HoldfastCommand.class, ZooKeeperCommand.class)
          .ignoreDependency(SnapshotCommand.class, CreateSnapshot.class)
          .ignoreDependency(SnapshotCommand.class, RestoreSnapshot.class)
          .ignoreDependency(TrainCommand.class, TrainLda.class)
          .ignoreDependency(TrainCommand.class, TrainLr.class)
          .ignoreDependency(TrainCommand.class, TrainMf.class)
          .check(CLASSES);
    }
  }

  @Test
  void pureLogicHasNoThreadsNoClockNoRandomSourceAndNoInputOrOutput() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.holdfast.model..", "io.holdfast.replication.chain..", "io.holdfast.store.rule..")
        .and(describe("do not load plug-ins", type -> !READ_PLUGINS.contains(outermost(type))))
        .should()
        .dependOnClassesThat(describe("with side effects", ArchitectureTest::hasSideEffects))
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Math.class, "random")
        .check(CLASSES);
  }

  private static String outermost(JavaClass type) {
    return type.getName().replaceAll("\\$.*", "");
  }

  private static boolean hasSideEffects(JavaClass type) {
    return NOT_PURE.contains(type.getName())
        || Stream.of("java.net", "java.nio.file", "java.nio.channels", "java.time", "org.slf4j")
            .anyMatch(prefix -> type.getPackageName().startsWith(prefix))
        || (type.getPackageName().equals("java.io") && !type.getSimpleName().equals("Serializable"))
        || type.getPackageName().startsWith("java.util.concurrent");
  }

  @Test
  void everyPackageSaysWhatItIsAndIsNullMarked() {
    var wanting = new TreeSet<String>();
    var toVisit = new ArrayDeque<JavaPackage>(List.of(CLASSES.getPackage("io.holdfast")));
    int seen = 0;
    while (!toVisit.isEmpty()) {
      var visited = toVisit.pop();
      toVisit.addAll(visited.getSubpackages());
      boolean generated = visited.getName().equals("io.holdfast.v1");
      if (!visited.getClasses().isEmpty() && !generated) {
        seen++;
        if (!visited.isAnnotatedWith(NullMarked.class)) {
          wanting.add(visited.getName());
        }
      }
    }
    assertEquals(Set.of(), wanting, "packages without a package-info that is @NullMarked");
    assertTrue(seen > 10, "only " + seen + " packages were looked at");
  }

  @Test
  void classesAreNamedForWhatTheyAre() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .check(CLASSES);
  }

  @Test
  void logsGoThroughSlf4jAndOnlyCommandsPrint() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .check(CLASSES);
    var printers =
        new String[] {
          "io.holdfast.tools.command..", "io.holdfast.tools.train..", "io.holdfast.tools.bench.."
        };
    noClasses()
        .that()
        .resideOutsideOfPackages(printers)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }
}
