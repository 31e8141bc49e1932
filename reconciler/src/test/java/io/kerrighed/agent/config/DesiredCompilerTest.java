// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.NodeConfigs;
import io.kerrighed.agent.config.DesiredCompiler.Compiled;
import io.kerrighed.agent.node.KernelException;
import io.kerrighed.agent.plan.Desired;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class DesiredCompilerTest {
  private static final Supplier<String> DISK = () -> "4.0.0";

  private final DesiredCompiler compiler =
      new DesiredCompiler(
          name -> name.equals("alice") ? OptionalInt.of(1234) : OptionalInt.empty());

  private static NodeConfigSpec spec(String failureTolerance) {
    return spec(failureTolerance, null);
  }

  private static NodeConfigSpec spec(String failureTolerance, String moduleVersion) {
    NodeConfigSpec spec =
        NodeConfigs.config(
                1,
                DesiredState.ONLINE,
                DrainPolicy.KILL,
                List.of(
                    NodeConfigs.rule("hers", "alice"),
                    NodeConfigs.rule("numbered", "77"),
                    NodeConfigs.rule("all", null),
                    NodeConfigs.rule("nobodys", "bob")))
            .getSpec();
    return NodeConfigs.changed(spec, spec.revision(), failureTolerance, moduleVersion);
  }

  @Test
  void usersBecomeNumbersAndSetsMasks() {
    Compiled compiled = compiler.compile(spec("1.5s"), DISK, Optional::empty);
    Desired desired = compiled.desired();
    assertThat(desired.rules())
        .extracting(rule -> rule.name())
        .containsExactly("hers", "numbered", "all");
    assertThat(desired.rules())
        .extracting(rule -> rule.uid())
        .containsExactly(OptionalInt.of(1234), OptionalInt.of(77), OptionalInt.empty());
    assertThat(desired.rules())
        .allSatisfy(
            rule -> {
              assertThat(rule.effective()).isEqualTo(0x2);
              assertThat(rule.permitted()).isEqualTo(0x237);
            });
    assertThat(compiled.failures()).containsOnlyKeys("capabilities/nobodys");
    assertThat(desired.drainTimeout()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void nodesThatAreToLeaveGetNoProcesses() {
    assertThat(compiler.compile(spec("1.5s"), DISK, Optional::empty).desired().others())
        .containsExactly(2);
    assertThat(compiler.compile(spec("1.5s"), DISK, Optional::empty).desired().unavailable())
        .containsExactly(3);
  }

  @Test
  void aToleranceThatTheKernelCannotHaveIsNamed() {
    assertThat(compiler.compile(spec("3s"), DISK, Optional::empty).desired().failureTolerance())
        .hasSeconds(3);
    assertThat(compiler.compile(spec("3s"), DISK, Optional::empty).failures())
        .doesNotContainKey("failureTolerance");
    Compiled impossible = compiler.compile(spec("1h"), DISK, Optional::empty);
    assertThat(impossible.failures().get("failureTolerance")).contains("1h", "30s", "1.5s");
    assertThat(impossible.desired().failureTolerance()).hasMillis(1500);
  }

  @Test
  void onlyModulesThatAreOnTheDiskCanBeLoaded() {
    Compiled there = compiler.compile(spec("3s", "4.0.0"), DISK, Optional::empty);
    assertThat(there.desired().moduleVersion()).contains("4.0.0");
    assertThat(there.failures()).doesNotContainKey("moduleVersion");
    Compiled other = compiler.compile(spec("3s", "4.1.0"), DISK, Optional::empty);
    assertThat(other.desired().moduleVersion()).isEmpty();
    assertThat(other.failures())
        .containsEntry(
            "moduleVersion",
            "this node has modules 4.0.0 on its disk, not 4.1.0: install modules 4.1.0 there");
    Compiled loaded = compiler.compile(spec("3s", "4.1.0"), DISK, () -> Optional.of("4.1.0"));
    assertThat(loaded.desired().moduleVersion()).contains("4.1.0");
    assertThat(loaded.failures()).doesNotContainKey("moduleVersion");
    Compiled unreadable =
        compiler.compile(
            spec("3s", "4.1.0"),
            () -> {
              throw new KernelException("ENOENT", "there is no krg_epm.ko");
            },
            Optional::empty);
    assertThat(unreadable.desired().moduleVersion()).isEmpty();
    assertThat(unreadable.failures())
        .containsEntry("moduleVersion", "there is no krg_epm.ko: install modules 4.1.0 there");
    assertThat(compiler.compile(spec("3s"), DISK, Optional::empty).desired().moduleVersion())
        .isEmpty();
  }
}
