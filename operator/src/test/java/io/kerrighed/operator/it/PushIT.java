// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.operator.it.Command.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a push does: a real repository, a real API server, the operator's jar, real kubectl. */
class PushIT {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final List<String> FILES =
      List.of("cluster.yaml", "nodes.yaml", "capabilities.yaml");

  @TempDir static Path directory;
  private static ControlPlane plane;
  private static KubernetesClient client;
  private static ConfigRepository repository;

  @BeforeAll
  static void start() throws IOException {
    plane = new ControlPlane(directory);
    client = plane.client();
    repository = new ConfigRepository(directory);
    restore();
    repository.push("start");
    soon().until(() -> plane.kubectl("get", "configsources").exit() == 0);
    plane
        .apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: lab}
            spec: {url: "%s", interval: 1h}
            """
                .formatted(repository.url()))
        .orFail();
  }

  @AfterAll
  static void stop() throws IOException {
    System.out.println(plane.operatorLog());
    client.close();
    plane.close();
  }

  @BeforeEach
  void goodState() throws IOException {
    restore();
    applied(repository.push("as the example has it"));
  }

  @Test
  void aPushBecomesOneConfigurationANode() {
    assertThat(configs().keySet()).containsExactly("node1", "node2", "node3");
    NodeConfig config = configs().get("node2");
    assertThat(config.getSpec().nodeId()).isEqualTo(2);
    assertThat(config.getSpec().sessionId()).isEqualTo(42);
    assertThat(config.getSpec().founder()).isFalse();
    assertThat(config.getSpec().members()).hasSize(3);
    assertThat(config.getSpec().capabilityRules())
        .extracting(rule -> rule.name())
        .containsExactly("movable");
    assertThat(status().inventory()).hasSize(5);
  }

  @Test
  void kubectlShowsAndExplainsIt() {
    plane.kubectl("wait", "--for=condition=Ready", "cfgsrc/lab", "--timeout=30s").orFail();
    assertThat(plane.kubectl("get", "krgnodes").orFail())
        .containsPattern("NAME +ID +DESIRED +STATE +PROCESSES +READY +REASON +AGE")
        .containsPattern("node3 +3 +Online");
    assertThat(plane.kubectl("get", "krg").orFail()).containsPattern("pc-lab +42 +0/3");
    assertThat(plane.kubectl("explain", "krgnode.spec.nodeId").orFail())
        .contains("Number of the node in its cluster");
    assertThat(plane.kubectl("explain", "capset").orFail())
        .contains("The Kerrighed capabilities that matching processes are given");
    assertThat(plane.kubectl("describe", "cfgsrc", "lab").orFail()).contains("RevisionApplied");
  }

  @Test
  void drainingIsOneWordInACommit() throws IOException {
    repository.replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = repository.push("drain node1");
    applied(revision);
    soon().until(() -> configs().get("node1").getSpec().state() == DesiredState.DRAINED);
    soon()
        .untilAsserted(
            () ->
                assertThat(configs().values())
                    .extracting(
                        config -> config.getSpec().founder(), config -> config.getSpec().revision())
                    .containsExactly(
                        tuple(false, revision), tuple(true, revision), tuple(false, revision)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # file            | replace              | by                 | reason            | message
          nodes.yaml        | machine:             | machine            | InvalidYAML       | nodes.yaml:9:13: not YAML: could not find expected ':', while scanning a simple key that begins at line 8
          nodes.yaml        | hostname: node1      | hostnme: node1     | UnknownField      | nodes.yaml:9:5: unknown field spec.machine.hostnme: did you mean hostname?
          capabilities.yaml | CAN_MIGRATE          | CAN_MIGRAT         | UnknownCapability | capabilities.yaml:10:15: unknown capability CAN_MIGRAT: did you mean CAN_MIGRATE?
          nodes.yaml        | nodeId: 1            | nodeId: 3          | DuplicateNodeId   | nodes.yaml:27:11: node id 3 is already used by node1 at nodes.yaml:7:11
          nodes.yaml        | nodeId: 3            | nodeId: 9          | InvalidValue      | nodes.yaml:27:11: spec.nodeId: a node keeps its id
          cluster.yaml      | kind: KerrighedCluster | kind: Deployment | UnknownKind       | cluster.yaml:3:7: kind Deployment is not read from Git
          cluster.yaml      | sessionId: 42        | sessionId: 0       | InvalidValue      | cluster.yaml:7:14: spec.sessionId is 0, it must be from 1 to 9999
          """)
  void aBadPushChangesNothingAndRevertGoesOn(
      String file, String replace, String by, String reason, String message) throws IOException {
    planned(status().lastAppliedRevision());
    Map<String, String> before = versions();
    String good = status().lastAppliedRevision();

    repository.replace(file, replace, by);
    // Something good in the same commit must not get through either.
    repository.replace("nodes.yaml", "state: Online", "state: Drained");
    String bad = repository.push("a mistake");
    soon().until(() -> bad.equals(status().lastAttemptedRevision()));
    soon()
        .untilAsserted(
            () -> {
              Condition ready = ready();
              assertThat(ready.status()).isEqualTo("False");
              assertThat(ready.reason()).isEqualTo(reason);
              assertThat(ready.message()).startsWith(message);
            });
    assertThat(status().lastAppliedRevision()).isEqualTo(good);
    assertThat(plane.kubectl("get", "cfgsrc", "lab").orFail()).contains(reason).contains(message);

    assertThat(versions()).isEqualTo(before);

    applied(repository.revert());
    assertThat(withoutConfigs(versions())).isEqualTo(withoutConfigs(before));
  }

  @Test
  void whatLeavesTheRepositoryLeavesTheCluster() throws IOException {
    repository.delete("capabilities.yaml");
    String nodes = repository.read("nodes.yaml");
    repository.write("nodes.yaml", nodes.substring(0, nodes.lastIndexOf("---")));
    applied(repository.push("remove node3 and its rules"));
    soon().untilAsserted(() -> assertThat(configs().keySet()).containsExactly("node1", "node2"));
    assertThat(client.resources(CapabilitySet.class).list().getItems()).isEmpty();
    soon()
        .until(
            () ->
                client.serviceAccounts().inNamespace(Api.NAMESPACE).withName("node3").get()
                    == null);
    assertThat(status().inventory()).hasSize(3);
  }

  @Test
  void aRevisionThatRemovesEveryNodeIsRefused() throws IOException {
    repository.delete("nodes.yaml");
    repository.push("remove all");
    soon().until(() -> ready().reason().equals("NoNodes"));
    assertThat(client.resources(KerrighedNode.class).list().getItems()).hasSize(3);
  }

  @Test
  void whatSomebodyChangesByHandIsPutBackWhenAskedFor() {
    plane
        .kubectl(
            "patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"state\":\"Absent\"}}")
        .orFail();
    plane
        .kubectl(
            "annotate", "--overwrite", "cfgsrc", "lab", Api.RECONCILE_AT + "=" + System.nanoTime())
        .orFail();
    soon().until(() -> node("node1").getSpec().state() == DesiredState.ONLINE);
  }

  @Test
  void nothingHappensWhileSuspended() throws IOException {
    patchSource("{\"spec\":{\"suspend\":true}}");
    repository.replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = repository.push("drain while suspended");
    plane
        .kubectl("annotate", "--overwrite", "cfgsrc", "lab", Api.RECONCILE_AT + "=while-suspended")
        .orFail();
    soon().until(() -> "while-suspended".equals(status().lastHandledReconcileAt()));
    assertThat(status().lastAppliedRevision()).isNotEqualTo(revision);
    patchSource("{\"spec\":{\"suspend\":false}}");
    applied(revision);
  }

  @Test
  void aSourceThatCannotBeFetchedSaysSoAndHarmsNothing() {
    plane
        .apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: gone}
            spec: {url: "file:///nonexistent/repository.git"}
            """)
        .orFail();
    soon()
        .untilAsserted(
            () ->
                assertThat(plane.kubectl("get", "cfgsrc", "gone").orFail())
                    .contains("FetchFailed"));
    plane.kubectl("delete", "cfgsrc", "gone").orFail();
    assertThat(configs()).hasSize(3);
  }

  @Test
  void aRestartedOperatorFindsWhatWasPushedMeanwhile() throws Exception {
    plane.stopOperator();
    repository.replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = repository.push("drain while the operator is down");
    plane.startOperator();
    applied(revision);
    planned(revision);
  }

  @Test
  void aNodesAccountReachesItsOwnObjectsOnly() throws IOException {
    soon().until(() -> plane.kubectl("-n", Api.NAMESPACE, "create", "token", "node1").exit() == 0);
    soon()
        .until(
            () -> plane.kubectl("get", "clusterrolebinding", "kerrighed:node:node1").exit() == 0);
    String token = plane.kubectl("-n", Api.NAMESPACE, "create", "token", "node1").orFail().strip();
    Path node1 = plane.kubeconfigFor("node1", token);
    String own = "--field-selector=metadata.name=node1";
    String report =
        "{\"status\":{\"observedGeneration\":%d,\"state\":\"Online\",\"viewEpoch\":1,\"onlineNodes\":[1]}}"
            .formatted(configs().get("node1").getMetadata().getGeneration());

    for (List<String> allowed :
        List.of(
            List.of("get", "krgnode", "node1"),
            List.of("get", "nodecfg", "node1"),
            List.of("get", "nodecfg", own),
            List.of("get", "krgnode", own),
            List.of(
                "patch", "nodecfg", "node1", "--subresource=status", "--type=merge", "-p", report),
            List.of("create", "token", "node1", "-n", Api.NAMESPACE))) {
      assertThat(as(node1, allowed)).matches(result -> result.exit() == 0, allowed.toString());
    }
    for (List<String> refused :
        List.of(
            List.of("get", "nodecfg", "node2"),
            List.of("get", "nodecfg"),
            List.of("get", "krgnode"),
            List.of("get", "krg"),
            List.of("get", "cfgsrc"),
            List.of("get", "secrets", "-A"),
            List.of("get", "serviceaccounts", "-A"),
            List.of(
                "patch", "nodecfg", "node2", "--subresource=status", "--type=merge", "-p", report),
            List.of(
                "patch",
                "nodecfg",
                "node1",
                "--type=merge",
                "-p",
                "{\"spec\":{\"founder\":false}}"),
            List.of("patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"nodeId\":9}}"),
            List.of(
                "patch",
                "krgnode",
                "node1",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{}}"),
            List.of("delete", "nodecfg", "node1"),
            List.of("create", "token", "node2", "-n", Api.NAMESPACE),
            List.of(
                "create",
                "clusterrolebinding",
                "x",
                "--clusterrole=cluster-admin",
                "--serviceaccount=kerrighed:node1"))) {
      assertThat(as(node1, refused))
          .describedAs(refused.toString())
          .matches(result -> result.exit() != 0, "is refused")
          .matches(
              result -> result.err().contains("Forbidden") || result.err().contains("forbidden"),
              "as forbidden");
    }
    soon().untilAsserted(() -> assertThat(node("node1").getStatus().state()).hasToString("Online"));
  }

  private static Result as(Path kubeconfig, List<String> words) {
    return plane.kubectl(kubeconfig, "", words.toArray(String[]::new));
  }

  private static void restore() throws IOException {
    for (String file : FILES) {
      repository.write(file, Files.readString(EXAMPLE.resolve(file)));
    }
  }

  private static void patchSource(String patch) {
    plane.kubectl("patch", "cfgsrc", "lab", "--type=merge", "-p", patch).orFail();
  }

  private static void applied(String revision) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(ready().message()).isEqualTo("applied " + revision);
              assertThat(status().lastAppliedRevision()).isEqualTo(revision);
            });
    planned(revision);
  }

  private static void planned(String revision) {
    soon()
        .untilAsserted(
            () ->
                assertThat(configs().values())
                    .isNotEmpty()
                    .allSatisfy(
                        config -> assertThat(config.getSpec().revision()).isEqualTo(revision)));
  }

  private static ConfigSourceStatus status() {
    ConfigSource source = client.resources(ConfigSource.class).withName("lab").get();
    return source.getStatus() == null
        ? new ConfigSourceStatus(null, null, null, null, null, null, null, null)
        : source.getStatus();
  }

  private static Condition ready() {
    return status().conditions().stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst()
        .orElseGet(() -> new Condition(Condition.READY, "Unknown", null, null, "", ""));
  }

  private static KerrighedNode node(String name) {
    return client.resources(KerrighedNode.class).withName(name).get();
  }

  private static Map<String, NodeConfig> configs() {
    Map<String, NodeConfig> configs = new TreeMap<>();
    client
        .resources(NodeConfig.class)
        .list()
        .getItems()
        .forEach(config -> configs.put(config.getMetadata().getName(), config));
    return configs;
  }

  /** Generation of every object that a push could change; status does not count. */
  private static Map<String, String> versions() {
    Map<String, String> versions = new TreeMap<>();
    Stream.of(KerrighedCluster.class, KerrighedNode.class, CapabilitySet.class, NodeConfig.class)
        .flatMap(kind -> client.resources(kind).list().getItems().stream())
        .map(HasMetadata.class::cast)
        .forEach(
            object ->
                versions.put(
                    object.getKind() + "/" + object.getMetadata().getName(),
                    String.valueOf(object.getMetadata().getGeneration())));
    return versions;
  }

  /** NodeConfigs carry the revision, so a new good revision is a new generation of them. */
  private static Map<String, String> withoutConfigs(Map<String, String> versions) {
    Map<String, String> written = new TreeMap<>(versions);
    written.keySet().removeIf(name -> name.startsWith("NodeConfig/"));
    return written;
  }

  private static ConditionFactory soon() {
    return await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsMatching(e -> e instanceof IllegalStateException);
  }
}
