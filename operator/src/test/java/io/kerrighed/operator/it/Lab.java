// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.operator.it.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;

/**
 * A control plane that follows a real repository with the example in it. The tests of one run share
 * it: each brings it back to the example first.
 */
final class Lab {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final List<String> FILES =
      List.of("cluster.yaml", "nodes.yaml", "capabilities.yaml");
  private static Lab shared;

  private final ControlPlane plane;
  private final KubernetesClient client;
  private final ConfigRepository repository;

  private Lab() throws IOException {
    Path directory = Files.createTempDirectory(Path.of("target"), "control-plane").toAbsolutePath();
    plane = new ControlPlane(directory);
    Runtime.getRuntime().addShutdownHook(new Thread(plane::close));
    client = plane.client();
    repository = new ConfigRepository(directory);
    example();
    repository.push("start");
    // The last thing that the operator installs. Asked for raw: kubectl would remember for minutes
    // which kinds there were when it looked first.
    soon().until(() -> kubectl("get", "--raw", "/api/v1/namespaces/kerrighed").exit() == 0);
    apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: lab}
            spec: {url: "%s", interval: 1h}
            """
                .formatted(repository.url()))
        .orFail();
  }

  static synchronized Lab shared() {
    try {
      shared = shared == null ? new Lab() : shared;
      return shared;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ControlPlane plane() {
    return plane;
  }

  KubernetesClient client() {
    return client;
  }

  ConfigRepository repository() {
    return repository;
  }

  Result kubectl(String... words) {
    return plane.kubectl(words);
  }

  Result apply(String yaml) {
    return plane.apply(yaml);
  }

  /** Pushes the example again and waits until it is in force. */
  void restore() throws IOException {
    example();
    applied(repository.push("as the example has it"));
  }

  private void example() throws IOException {
    for (String file : FILES) {
      writeExample(file);
    }
  }

  /** Writes a file of the example into the repository, without pushing it. */
  void writeExample(String file) throws IOException {
    repository.write(file, Files.readString(EXAMPLE.resolve(file)));
  }

  void patchSource(String patch) {
    kubectl("patch", "cfgsrc", "lab", "--type=merge", "-p", patch).orFail();
  }

  /**
   * Makes a Secret where sources look for it.
   *
   * @param fields each as name=value
   */
  void secret(String name, String... fields) {
    List<String> command =
        new ArrayList<>(List.of("-n", Api.NAMESPACE, "create", "secret", "generic", name));
    for (String field : fields) {
      command.add("--from-literal=" + field);
    }
    kubectl(command.toArray(String[]::new)).orFail();
  }

  /** Speaks for the agents: every node has done what a revision's NodeConfig asks for. */
  void report(String revision) {
    String ids =
        configs().values().stream()
            .map(config -> String.valueOf(config.getSpec().nodeId()))
            .collect(Collectors.joining(","));
    configs()
        .forEach(
            (name, config) -> {
              if (revision.equals(config.getSpec().revision())) {
                kubectl(
                        "patch",
                        "nodecfg",
                        name,
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        """
                        {"status": {"observedGeneration": %d, "appliedRevision": "%s",
                          "state": "Online", "viewEpoch": 1, "onlineNodes": [%s],
                          "items": [{"name": "capabilities/movable", "state": "Applied"}],
                          "conditions": [{"type": "Ready", "status": "True",
                            "reason": "Applied", "message": "as it should be"}]}}
                        """
                            .formatted(config.getMetadata().getGeneration(), revision, ids))
                    .orFail();
              }
            });
  }

  /** As a person asks for it. */
  void fetchNow() {
    kubectl("annotate", "--overwrite", "cfgsrc", "lab", Api.RECONCILE_AT + "=" + System.nanoTime())
        .orFail();
  }

  /** What has been told about the source. */
  String events() {
    return kubectl("events", "--for=configsource/lab").orFail();
  }

  /** Waits until a revision is in force and every NodeConfig is of it. */
  void applied(String revision) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(ready().message()).isEqualTo("applied " + revision);
              assertThat(status().lastAppliedRevision()).isEqualTo(revision);
              assertThat(configs().values())
                  .isNotEmpty()
                  .allSatisfy(
                      config -> assertThat(config.getSpec().revision()).isEqualTo(revision));
            });
  }

  ConfigSource source() {
    return client.resources(ConfigSource.class).withName("lab").get();
  }

  ConfigSourceStatus status() {
    ConfigSourceStatus status = source().getStatus();
    return status == null ? ConfigSourceStatus.EMPTY : status;
  }

  Condition ready() {
    return status().conditions().stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst()
        .orElseGet(() -> new Condition(Condition.READY, "Unknown", null, null, "", ""));
  }

  KerrighedNode node(String name) {
    return client.resources(KerrighedNode.class).withName(name).get();
  }

  Map<String, NodeConfig> configs() {
    Map<String, NodeConfig> configs = new TreeMap<>();
    client
        .resources(NodeConfig.class)
        .list()
        .getItems()
        .forEach(config -> configs.put(config.getMetadata().getName(), config));
    return configs;
  }

  /** Generation of every object that a push could change; status does not count. */
  Map<String, String> versions() {
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

  static ConditionFactory soon() {
    return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(100));
  }
}
