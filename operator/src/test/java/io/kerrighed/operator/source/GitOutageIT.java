// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import io.kerrighed.operator.api.Applier;
import io.kerrighed.operator.api.Events;
import io.kerrighed.operator.git.GitHttpsServer;
import io.kerrighed.operator.it.Kinds;
import io.kerrighed.operator.metrics.Metrics;
import io.kerrighed.operator.status.Conditions;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Git cannot be reached for ten minutes of the operator's clock; the API server is a real one. */
@Execution(ExecutionMode.CONCURRENT)
class GitOutageIT {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final Duration OUTAGE = Duration.ofMinutes(10);
  private static final Duration PAUSE = Duration.ofSeconds(30);
  private static final int STEPS = (int) OUTAGE.dividedBy(PAUSE);

  @TempDir static Path server;
  private static Kinds kinds;

  @TempDir Path directory;
  private final SteppedClock clock = new SteppedClock();
  private KubernetesClient client;
  private Repo repo;
  private SourceSync sync;
  private SourceStatus.Writer statuses;

  @BeforeAll
  static void start() throws IOException {
    kinds = new Kinds(server);
  }

  @AfterAll
  static void stop() {
    kinds.close();
  }

  @BeforeEach
  void example() throws Exception {
    client = kinds.client();
    repo = new Repo(directory.resolve("repo"));
    try (Stream<Path> files = Files.list(EXAMPLE)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        repo.commit(file.getFileName().toString(), Files.readString(file));
      }
    }
    Applier applier = new Applier(client);
    Metrics metrics = new Metrics(new SimpleMeterRegistry());
    Events events = new Events(client, metrics);
    statuses = new SourceStatus.Writer(applier, clock);
    sync =
        new SourceSync(
            new ConfigApplier(client, applier),
            new Pruner(client, events),
            new Health(client),
            new Dependencies(client),
            statuses,
            events,
            new SourceSecrets(client),
            clock,
            metrics,
            Tracing.to(Optional.empty(), "operator", "test"),
            directory.resolve("cache"));
  }

  @AfterEach
  void empty() {
    repo.close();
    for (var kind :
        List.of(
            ConfigSource.class, CapabilitySet.class, KerrighedNode.class, KerrighedCluster.class)) {
      client.resources(kind).delete();
    }
    client.v1().events().inNamespace("default").delete();
  }

  @Test
  void aRepositoryThatIsGoneChangesNothing() throws Exception {
    follow(repo.source(""));
    String before = inForce();
    Map<String, String> versions = versions();
    String uid = movable().getMetadata().getUid();
    Path away = directory.resolve("away");
    Files.move(repo.directory(), away);

    for (int i = 0; i < STEPS; i++) {
      ConfigSourceStatus status = step();
      assertThat(ready(status).reason()).isEqualTo("FetchFailed");
      assertThat(ready(status).message()).contains("cannot fetch branch main");
      assertThat(status.lastAppliedRevision()).isEqualTo(before);
      assertThat(status.inventory()).hasSize(5);
      assertThat(versions()).isEqualTo(versions);
    }
    assertThat(told("FetchFailed")).as("told once, not each time").hasSize(1);

    // Meanwhile a file went and came back: all that counts is what Git has in the end.
    Files.move(away, repo.directory());
    repo.git().rm().addFilepattern("capabilities.yaml").call();
    repo.commit("cluster.yaml", example("cluster.yaml").replace("10m", "11m"));
    repo.commit(
        "capabilities.yaml", example("capabilities.yaml").replace("/shared/bin/*", "/opt/*"));
    String nodes = example("nodes.yaml");
    String newest =
        repo.commit("nodes.yaml", nodes.substring(0, nodes.lastIndexOf("---"))).getName();
    ConfigSourceStatus status = step();
    assertThat(ready(status).message()).isEqualTo("applied main@sha1:" + newest);
    assertThat(status.inventory()).hasSize(4);
    assertThat(movable().getMetadata().getUid()).as("never pruned").isEqualTo(uid);
    assertThat(movable().getSpec().match().executable()).isEqualTo("/opt/*");
    assertThat(versions()).hasSize(4).doesNotContainKey("KerrighedNode/node3");
    assertThat(told("Pruned")).hasSize(1);
  }

  @Test
  void aServerThatIsDownTakesNoRevisionBack() throws Exception {
    try (GitHttpsServer git = new GitHttpsServer(directory)) {
      trust(git);
      follow(Repo.source(git.url("repo/.git"), WAIT));
      wellWith(inForce());
      assertThat(step().lastHealthyRevision()).isEqualTo(inForce());
      repo.commit("cluster.yaml", example("cluster.yaml").replace("10m", "11m"));
      assertThat(ready(step()).reason()).isEqualTo("WaitingForHealth");
    }
    String waiting = inForce();
    for (int i = 0; i < STEPS; i++) {
      ConfigSourceStatus status = step();
      assertThat(ready(status).reason()).isEqualTo("FetchFailed");
      assertThat(status.lastAppliedRevision()).isEqualTo(waiting);
    }
    // Long after timeout the operator hears of Git again, and the nodes have done it meanwhile.
    wellWith(waiting);
    try (GitHttpsServer git = new GitHttpsServer(directory)) {
      trust(git);
      follow(Repo.source(git.url("repo/.git"), WAIT));
      ConfigSourceStatus status = step();
      assertThat(ready(status).status()).as("%s", ready(status)).isEqualTo("True");
      assertThat(status.lastHealthyRevision()).isEqualTo(waiting);
      assertThat(status.rolledBackRevision()).isNull();
    }
  }

  private static final String WAIT =
      "credentialsSecret: git, wait: true, timeout: 2m, rollback: OnFailure";

  private static final String SECRET =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: kerrighed}
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: git, namespace: kerrighed}
      stringData:
        bearerToken: any
        ca.crt: |
      %s
      """;

  private void trust(GitHttpsServer git) throws Exception {
    kinds.apply(SECRET.formatted(git.ca().indent(4)));
  }

  private static String example(String file) throws IOException {
    return Files.readString(EXAMPLE.resolve(file));
  }

  private void follow(ConfigSource source) {
    client.resource(source).forceConflicts().serverSideApply();
    assertThat(step().lastAppliedRevision()).startsWith("main@sha1:");
  }

  /** What the operator does after each pause. */
  private ConfigSourceStatus step() {
    clock.pass(PAUSE);
    ConfigSource source = client.resources(ConfigSource.class).withName("lab").get();
    SourceStatus status = new SourceStatus(source);
    sync.sync(source, status);
    statuses.write(source, status.handled());
    return client.resources(ConfigSource.class).withName("lab").get().getStatus();
  }

  private String inForce() {
    return client
        .resources(ConfigSource.class)
        .withName("lab")
        .get()
        .getStatus()
        .lastAppliedRevision();
  }

  private static Condition ready(ConfigSourceStatus status) {
    return Conditions.find(status.conditions(), Condition.READY).orElseThrow();
  }

  private CapabilitySet movable() {
    return client.resources(CapabilitySet.class).withName("movable").get();
  }

  /** Every object that comes from Git, down to the last write. */
  private Map<String, String> versions() {
    Map<String, String> versions = new TreeMap<>();
    Stream.of(KerrighedCluster.class, KerrighedNode.class, CapabilitySet.class)
        .flatMap(kind -> client.resources(kind).list().getItems().stream())
        .map(HasMetadata.class::cast)
        .forEach(
            object ->
                versions.put(
                    object.getKind() + "/" + object.getMetadata().getName(),
                    object.getMetadata().getResourceVersion()));
    return versions;
  }

  private List<Event> told(String reason) {
    return client.v1().events().inNamespace("default").list().getItems().stream()
        .filter(event -> event.getReason().equals(reason))
        .toList();
  }

  /** Speaks for nodes that are well, and for the operator's part that says so of the rest. */
  private void wellWith(String revision) {
    String now = clock.instant().toString();
    for (KerrighedNode node : client.resources(KerrighedNode.class).list().getItems()) {
      node.setStatus(
          new KerrighedNodeStatus(
              node.getMetadata().getGeneration(),
              ObservedState.ONLINE,
              revision,
              null,
              null,
              null,
              null,
              null,
              Conditions.timed(
                  Conditions.ready(node.getMetadata().getGeneration(), "Applied", "well"),
                  List.of(),
                  clock.instant())));
      client.resource(node).patchStatus();
    }
    String ready =
        """
        {"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Well",
          "message": "well", "observedGeneration": %d, "lastTransitionTime": "%s"}]}}
        """;
    Stream.of(KerrighedCluster.class, CapabilitySet.class)
        .flatMap(kind -> client.resources(kind).list().getItems().stream())
        .map(HasMetadata.class::cast)
        .forEach(
            object ->
                client
                    .resource(object)
                    .subresource("status")
                    .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        ready.formatted(object.getMetadata().getGeneration(), now)));
  }
}
