// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node loads other modules while its processes run on elsewhere. */
class ModuleUpgradeTest {
  @TempDir Path state;
  private final InMemoryKernel kernel = new InMemoryKernel();
  private final List<NodeConfigStatus> reports = new ArrayList<>();
  private Reconciler reconciler;
  private Agent agent;

  @BeforeEach
  void online() {
    reconciler =
        new Reconciler(
            kernel,
            new MemoryFile(state),
            new DesiredCompiler(name -> OptionalInt.of(1)),
            Clock.systemUTC(),
            Clock.systemUTC(),
            repair -> {});
    agent = new Agent(reconciler, kernel.machine(), Clock.systemUTC(), reports::add);
    kernel.otherNode(2, 0);
    reconciler.configure(config(1, null));
    agent.runOnce();
  }

  @Test
  void drainsUnloadsLoadsAndJoins() {
    kernel.spawn("sim");
    kernel.install("4.1.0");
    int before = kernel.changes().size();
    reconciler.configure(config(2, "4.1.0"));
    agent.runOnce();
    NodeConfigStatus status = last();
    assertThat(status.moduleVersion()).isEqualTo("4.1.0");
    assertThat(status.state()).isEqualTo(ObservedState.ONLINE);
    assertThat(ready(status).status()).isEqualTo("True");
    assertThat(kernel.killed()).isEmpty();
    assertThat(kernel.observe().guests()).isEmpty();
    List<String> changes = kernel.changes().subList(before, kernel.changes().size());
    assertThat(changes.get(0)).startsWith("migrate");
    assertThat(changes).contains("unload krg_hooks", "load krg_hooks");

    int after = kernel.changes().size();
    agent.runOnce();
    assertThat(kernel.changes()).hasSize(after);
  }

  @Test
  void aProcessThatCannotMoveKeepsTheOldModulesLoaded() {
    kernel.spawnUnmovable("sim", "descriptor 4 is a pipe");
    kernel.install("4.1.0");
    reconciler.configure(config(2, "4.1.0"));
    agent.runOnce();
    assertThat(last().moduleVersion()).isEqualTo("4.0.0");
    assertThat(last().state()).isEqualTo(ObservedState.DRAINING);
    assertThat(ready(last()).message()).contains("descriptor 4 is a pipe");
  }

  @Test
  void modulesThatAreNotInstalledAreToldAndNothingIsTouched() {
    int before = kernel.changes().size();
    reconciler.configure(config(2, "4.1.0"));
    agent.runOnce();
    assertThat(kernel.changes()).hasSize(before);
    assertThat(last().state()).isEqualTo(ObservedState.ONLINE);
    assertThat(ready(last()).status()).isEqualTo("False");
    assertThat(ready(last()).message())
        .contains("moduleVersion: this node has modules 4.0.0 on its disk, not 4.1.0");

    kernel.install("4.1.0");
    agent.runOnce();
    assertThat(last().moduleVersion()).isEqualTo("4.1.0");
    assertThat(ready(last()).status()).isEqualTo("True");
  }

  @Test
  void aModuleThatCannotBeLoadedIsToldOnceAndLoadedWhenItIsPutRight() {
    int pid = kernel.spawn("sim");
    kernel.install("4.1.0");
    kernel.spoil("krg_epm");
    reconciler.configure(config(2, "4.1.0"));
    agent.runOnce();
    assertThat(last().state()).isEqualTo(ObservedState.FAILED);
    assertThat(ready(last()).reason()).isEqualTo("StepFailed");
    assertThat(ready(last()).message()).contains("cannot load krg_epm: Exec format error");
    assertThat(kernel.changes()).contains("migrate %d to 2".formatted(pid));

    int told = reports.size();
    agent.runOnce();
    assertThat(reports).hasSize(told);

    kernel.spoil(null);
    agent.runOnce();
    assertThat(last().state()).isEqualTo(ObservedState.ONLINE);
    assertThat(last().moduleVersion()).isEqualTo("4.1.0");
  }

  @Test
  void otherModulesOnTheDiskChangeNothingUntilTheyAreAskedFor() {
    reconciler.configure(config(2, "4.0.0"));
    agent.runOnce();
    int before = kernel.changes().size();
    kernel.install("4.1.0");
    agent.runOnce();
    assertThat(kernel.changes()).hasSize(before);
    assertThat(ready(last()).status()).isEqualTo("True");
  }

  @Test
  void modulesAreNotMixed() {
    kernel.stopContainer();
    kernel.unloadModule("krg_procfs");
    kernel.install("4.1.0");
    agent.runOnce();
    assertThat(last().state()).isEqualTo(ObservedState.FAILED);
    reconciler.configure(config(2, "4.1.0"));
    agent.runOnce();
    assertThat(last().state()).isEqualTo(ObservedState.ONLINE);
    assertThat(last().moduleVersion()).isEqualTo("4.1.0");
  }

  private NodeConfigStatus last() {
    return reports.get(reports.size() - 1);
  }

  private static Condition ready(NodeConfigStatus status) {
    return status.conditions().stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst()
        .orElseThrow();
  }

  private static NodeConfig config(long generation, String moduleVersion) {
    NodeConfig config = NodeConfigs.online();
    config.getMetadata().setGeneration(generation);
    NodeConfigSpec spec = config.getSpec();
    config.setSpec(
        NodeConfigs.changed(spec, "main@" + generation, spec.failureTolerance(), moduleVersion));
    return config;
  }
}
