// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The API server's store is gone; what the operator's machine and Git have is enough. */
@Execution(ExecutionMode.CONCURRENT)
class LostStoreIT {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");

  @Test
  void theOperatorFillsAnEmptyStoreAgain() throws Exception {
    Path directory = Files.createTempDirectory(Path.of("target"), "lost-store").toAbsolutePath();
    ConfigRepository repository = new ConfigRepository(directory);
    try (var files = Files.list(EXAMPLE)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        repository.write(file.getFileName().toString(), Files.readString(file));
      }
    }
    String revision = repository.push("start");
    Path sources = Files.createDirectory(directory.resolve("sources"));
    Files.writeString(sources.resolve("bad.yaml"), "kind: ConfigSource\nspec: [");
    Files.writeString(
        sources.resolve("lab.yaml"),
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: forge, namespace: kerrighed}
        stringData: {password: secret}
        ---
        apiVersion: kerrighed.io/v1alpha1
        kind: ConfigSource
        metadata: {name: lab}
        spec: {url: "%s", interval: 1h}
        """
            .formatted(repository.url()));
    try (ControlPlane plane = new ControlPlane(directory)) {
      filled(plane, revision);
      String before;
      try (KubernetesClient client = plane.client()) {
        before = client.resources(ConfigSource.class).withName("lab").get().getMetadata().getUid();
      }
      plane.loseStore();
      // As systemd does.
      assertThat(plane.awaitOperatorEnd()).isEqualTo(1);
      plane.startOperator();
      filled(plane, revision);
      try (KubernetesClient client = plane.client()) {
        assertThat(
                client.resources(ConfigSource.class).withName("lab").get().getMetadata().getUid())
            .isNotEqualTo(before);
        assertThat(client.secrets().inNamespace(Api.NAMESPACE).withName("forge").get()).isNotNull();
        soon()
            .until(
                () ->
                    client.serviceAccounts().inNamespace(Api.NAMESPACE).withName("node3").get()
                        != null);
      }
      // It follows the repository as before.
      repository.replace("nodes.yaml", "state: Online", "state: Drained");
      filled(plane, repository.push("drain node1"));
      assertThat(Files.readString(directory.resolve("operator.log")))
          .contains("bad.yaml cannot be read")
          .contains("has lost its store");
    }
  }

  private static void filled(ControlPlane plane, String revision) throws IOException {
    try (KubernetesClient client = plane.client()) {
      soon()
          .untilAsserted(
              () ->
                  assertThat(client.resources(NodeConfig.class).list().getItems())
                      .hasSize(3)
                      .allSatisfy(
                          config -> assertThat(config.getSpec().revision()).isEqualTo(revision)));
    }
  }
}
