// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
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
import java.util.Set;
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
    plane.awaitKinds();
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

  /**
   * Changes the source; returns when the operator acts by that and no longer by what was before.
   */
  void patchSource(String patch) {
    kubectl("patch", "cfgsrc", "lab", "--type=merge", "-p", patch).orFail();
    soon()
        .until(
            () -> {
              ConfigSource source = source();
              return source.getStatus() != null
                  && source
                      .getMetadata()
                      .getGeneration()
                      .equals(source.getStatus().observedGeneration());
            });
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

  /**
   * A kubeconfig with a token of a node's account. An account of an earlier node of that name,
   * which the server is about to delete, is none.
   *
   * @param name of the file
   */
  Path kubeconfigOf(String node, String name) throws IOException {
    String uid = node(node).getMetadata().getUid();
    soon().until(() -> isLastRightOf(node, uid));
    String token = kubectl("-n", Api.NAMESPACE, "create", "token", node).orFail().strip();
    Path kubeconfig = plane.kubeconfigFor(name, token);
    // The server decides by what it remembers of the rights, and that is somewhat older.
    String[] read = {"get", "nodecfg", node};
    String[] renew = {"-n", Api.NAMESPACE, "create", "token", node};
    soon().until(() -> plane.kubectl(kubeconfig, "", read).exit() == 0);
    soon().until(() -> plane.kubectl(kubeconfig, "", renew).exit() == 0);
    return kubeconfig;
  }

  /** Is the last one that the operator gives there? */
  private boolean isLastRightOf(String node, String uid) {
    RoleBinding last =
        client
            .rbac()
            .roleBindings()
            .inNamespace(Api.NAMESPACE)
            .withName("kerrighed:node:" + node)
            .get();
    return last != null
        && last.getMetadata().getOwnerReferences().stream()
            .anyMatch(owner -> owner.getUid().equals(uid));
  }

  /** Speaks for one agent. */
  void patchStatus(String node, String patch) {
    kubectl("patch", "nodecfg", node, "--subresource=status", "--type=merge", "-p", patch).orFail();
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
                patchStatus(
                    name,
                    """
                    {"status": {"observedGeneration": %d, "appliedRevision": "%s",
                      "state": "Online", "viewEpoch": 1, "onlineNodes": [%s],
                      "items": [{"name": "capabilities/movable", "state": "Applied"}],
                      "conditions": [{"type": "Ready", "status": "True",
                        "reason": "Applied", "message": "as it should be"}]}}
                    """
                        .formatted(config.getMetadata().getGeneration(), revision, ids));
              }
            });
  }

  /** As a person asks for it; returns when it is done. */
  void fetchNow() {
    String asked = Long.toString(System.nanoTime());
    kubectl("annotate", "--overwrite", "cfgsrc", "lab", Api.RECONCILE_AT + "=" + asked).orFail();
    soon().until(() -> asked.equals(status().lastHandledReconcileAt()));
  }

  /** What has been told about the source. */
  String events() {
    return kubectl("events", "--for=configsource/lab").orFail();
  }

  /** Waits until a revision is in force and each node has a NodeConfig of it. */
  void applied(String revision) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(ready().message()).isEqualTo("applied " + revision);
              assertThat(status().lastAppliedRevision()).isEqualTo(revision);
              Map<String, NodeConfig> configs = configs();
              assertThat(configs.keySet()).isNotEmpty().isEqualTo(nodes());
              assertThat(configs.values())
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

  private Set<String> nodes() {
    return client.resources(KerrighedNode.class).list().getItems().stream()
        .map(node -> node.getMetadata().getName())
        .collect(Collectors.toSet());
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

  /** What a wait trips over, such as a status that is not there yet, is only not yet true. */
  static ConditionFactory soon() {
    return await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions();
  }
}
