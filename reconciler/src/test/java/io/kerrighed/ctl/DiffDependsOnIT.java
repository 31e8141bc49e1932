// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.ctl.ControlPlane.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** krgctl diff for a source that builds on another one. */
class DiffDependsOnIT {
  private static final ControlPlane plane = ControlPlane.shared();

  @TempDir Path temporary;
  private Path local;

  @BeforeEach
  void aSetOfItsOwn() throws IOException {
    Path example = temporary.resolve("example");
    ControlPlane.copyExample(example);
    local = Files.createDirectories(temporary.resolve("team"));
    Files.writeString(
        local.resolve("simulation.yaml"),
        Files.readString(example.resolve("capabilities.yaml"))
            .replaceFirst("name: movable", "name: simulation"));
  }

  @AfterEach
  void oneSource() {
    plane.admin().resources(ConfigSource.class).withName("team").delete();
  }

  @Test
  void refersToWhatItDependsOn() {
    team("[lab]");
    Result result = diff();
    assertThat(result.err()).isEmpty();
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out())
        .startsWith("--- /dev/null\n+++ pushed/CapabilitySet/simulation\n")
        .containsOnlyOnce("+++ ");
  }

  @Test
  void whatIsOfTheOthersIsRefused() throws IOException {
    team("[lab]");
    Path file = local.resolve("simulation.yaml");
    Files.writeString(
        file, Files.readString(file).replaceFirst("name: simulation", "name: movable"));
    Result result = diff();
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .contains("simulation.yaml:", "CapabilitySet movable is already at CapabilitySet/movable");
  }

  @Test
  void aloneItIsRefused() {
    team("[]");
    Result result = diff();
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("no KerrighedCluster: exactly one is needed");
  }

  @Test
  void aSourceThatIsMissingIsNamed() {
    team("[nobody]");
    Result result = diff();
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("waits for ConfigSource nobody, which is not there");
  }

  private Result diff() {
    return plane.krgctl("diff", "--source=team", local.toString());
  }

  /** Suspended: only what would be is of interest. */
  private static void team(String dependsOn) {
    plane.apply(
        """
        apiVersion: kerrighed.io/v1alpha1
        kind: ConfigSource
        metadata: {name: team}
        spec: {url: "file:///nonexistent", suspend: true, dependsOn: %s}
        """
            .formatted(dependsOn));
  }
}
