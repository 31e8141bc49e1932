// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator with the rights of operator/kustomize and no others, on a foreign Kubernetes. */
@Execution(ExecutionMode.CONCURRENT)
class LeastPrivilegeIT {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final Path BASE = Path.of("kustomize").toAbsolutePath();
  private static final String ACCOUNT = "system:serviceaccount:kerrighed:kerrighed-operator";

  @Test
  void theOperatorDoesAllItsWork() throws Exception {
    Path directory = Files.createTempDirectory(Path.of("target"), "least").toAbsolutePath();
    ConfigRepository repository = new ConfigRepository(directory);
    try (var files = Files.list(EXAMPLE)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        repository.write(file.getFileName().toString(), Files.readString(file));
      }
    }
    String revision = repository.push("start");
    try (ControlPlane plane = ControlPlane.foreign(directory)) {
      soon().until(() -> plane.kubectl("get", "service", "kubernetes").exit() == 0);
      plane.kubectl("apply", "-f", BASE.resolve("rbac.yaml").toString()).orFail();
      String token =
          plane.kubectl("-n", Api.NAMESPACE, "create", "token", "kerrighed-operator").orFail();
      plane.startOperator(plane.kubeconfigFor("operator", token.strip()));
      soon()
          .until(
              () ->
                  plane
                          .apply(
                              """
                              apiVersion: kerrighed.io/v1alpha1
                              kind: ConfigSource
                              metadata: {name: lab}
                              spec: {url: "%s", interval: 1h}
                              """
                                  .formatted(repository.url()))
                          .exit()
                      == 0);
      try (KubernetesClient client = plane.client()) {
        applied(client, revision);
        soon()
            .until(
                () ->
                    client
                            .rbac()
                            .roleBindings()
                            .inNamespace(Api.NAMESPACE)
                            .withName("kerrighed:node:node3")
                            .get()
                        != null);
        repository.delete("capabilities.yaml");
        applied(client, repository.push("prune"));
        soon().until(() -> client.resources(CapabilitySet.class).list().getItems().isEmpty());
        client.serviceAccounts().inNamespace(Api.NAMESPACE).withName("node1").delete();
        soon()
            .until(
                () ->
                    client.serviceAccounts().inNamespace(Api.NAMESPACE).withName("node1").get()
                        != null);
      }
      for (List<String> refused :
          List.of(
              List.of("get", "secrets", "-n", "default"),
              List.of("delete", "namespaces"),
              List.of("delete", "customresourcedefinitions"),
              List.of("escalate", "clusterroles"),
              List.of("impersonate", "users"))) {
        assertThat(canI(plane, refused)).as(refused.toString()).isEqualTo("no");
      }
      assertThat(Files.readString(directory.resolve("operator.log")))
          .doesNotContainIgnoringCase("forbidden");
    }
  }

  private static String canI(ControlPlane plane, List<String> words) {
    List<String> command = new java.util.ArrayList<>(List.of("auth", "can-i", "--as", ACCOUNT));
    command.addAll(words);
    return plane.kubectl(command.toArray(String[]::new)).out().strip();
  }

  private static void applied(KubernetesClient client, String revision) {
    soon()
        .untilAsserted(
            () ->
                assertThat(client.resources(NodeConfig.class).list().getItems())
                    .hasSize(3)
                    .allSatisfy(
                        config -> assertThat(config.getSpec().revision()).isEqualTo(revision)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Deployment", "ServiceAccount", "ClusterRole"})
  void theBaseIsWholeForKustomize(String kind) throws IOException {
    String text =
        Command.run(
                BASE,
                java.util.Map.of(),
                ControlPlane.kubectl().toString(),
                "kustomize",
                BASE.toString())
            .orFail();
    assertThat(text).contains("kind: " + kind + "\n");
  }
}
