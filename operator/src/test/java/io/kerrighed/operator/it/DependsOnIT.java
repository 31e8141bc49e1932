// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A second repository, of people who may only say which programs move. */
class DependsOnIT {
  private static final Lab lab = Lab.shared();

  @TempDir Path directory;
  private ConfigRepository repository;

  @BeforeEach
  void secondRepository() throws IOException {
    lab.restore();
    repository = new ConfigRepository(directory);
    repository.write(
        "simulation.yaml",
        lab.repository().read("capabilities.yaml").replace("name: movable", "name: simulation"));
    repository.push("a set of capabilities");
  }

  @AfterEach
  void oneRepository() {
    lab.kubectl("delete", "cfgsrc", "team", "--ignore-not-found").orFail();
    lab.kubectl("delete", "capset", "simulation", "--ignore-not-found").orFail();
  }

  @Test
  void refersToWhatItDependsOn() throws IOException {
    team("[]");
    soon().until(() -> said().contains("no KerrighedCluster: exactly one is needed"));
    team("[lab]");
    lab.kubectl("wait", "--for=condition=Ready", "cfgsrc/team", "--timeout=5m").orFail();
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.configs().values())
                    .hasSize(3)
                    .allSatisfy(DependsOnIT::hasBothRules));

    repository.replace("simulation.yaml", "name: simulation", "name: movable");
    repository.push("what is of the others");
    soon()
        .until(() -> said().contains("CapabilitySet movable is already at CapabilitySet/movable"));
    assertThat(lab.client().resources(CapabilitySet.class).withName("simulation").get())
        .isNotNull();
  }

  @Test
  void waitsForWhatItDependsOn() throws IOException {
    team("[nobody]");
    soon().until(() -> said().contains("DependencyNotReady: there is no ConfigSource nobody"));
    lab.repository().replace("nodes.yaml", "nodeId: 1", "nodeId: 3");
    lab.repository().push("a mistake");
    soon().until(() -> lab.ready().reason().equals("DuplicateNodeId"));
    team("[lab]");
    soon()
        .until(
            () -> said().contains("DependencyNotReady: ConfigSource lab is not Ready: Duplicate"));
    assertThat(lab.client().resources(CapabilitySet.class).withName("simulation").get()).isNull();
    lab.repository().revert();
    lab.kubectl("wait", "--for=condition=Ready", "cfgsrc/team", "--timeout=5m").orFail();
  }

  @Test
  void doesNotWaitForItself() {
    team("[team]");
    soon().until(() -> said().contains("DependencyCycle: team waits for team"));
  }

  private static void hasBothRules(NodeConfig config) {
    assertThat(config.getSpec().capabilityRules())
        .extracting(rule -> rule.name())
        .containsExactlyInAnyOrder("movable", "simulation");
  }

  private void team(String dependsOn) {
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: team}
            spec: {url: "%s", interval: 1h, dependsOn: %s}
            """
                .formatted(repository.url(), dependsOn))
        .orFail();
  }

  /** Reason and message of the second source's Ready condition. */
  private static String said() {
    String ready = "{range .status.conditions[?(@.type=='Ready')]}{.reason}: {.message}{end}";
    return lab.kubectl("get", "cfgsrc", "team", "-o", "jsonpath=" + ready).orFail();
  }
}
