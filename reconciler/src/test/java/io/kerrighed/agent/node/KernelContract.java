// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kerrighed.agent.plan.Planner;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Kernel} does. Runs on a kernel with none of our modules, on a machine that is
 * alone on its interconnect.
 */
public abstract class KernelContract {
  private static final CapabilityRule COUNTER =
      new CapabilityRule("movable", "/bin/count*", OptionalInt.of(1000), 2, 0x237, 0x237, 2);
  private static final CapabilityRule REST =
      new CapabilityRule("rest", "", OptionalInt.empty(), 0, 0x1, 0x1, 0);

  private Kernel kernel;

  /** The kernel under test; always the same machine. */
  protected abstract Kernel kernel();

  /** A network device of the machine that the interconnect can have. */
  protected abstract String netDevice();

  @BeforeEach
  void begin() {
    kernel = kernel();
    clean();
  }

  @AfterEach
  void clean() {
    if (kernel.observe().hasContainer()) {
      kernel.stopContainer();
    }
    if (!kernel.observe().netDevices().isEmpty()) {
      kernel.setNetDevices(new TreeSet<>());
    }
    for (int i = Planner.MODULES.size() - 1; i >= 0; i--) {
      if (kernel.observe().modules().contains(Planner.MODULES.get(i))) {
        kernel.unloadModule(Planner.MODULES.get(i));
      }
    }
  }

  private void load() {
    for (String module : Planner.MODULES) {
      kernel.loadModule(module, parameters(module));
    }
  }

  private static SortedMap<String, String> parameters(String module) {
    SortedMap<String, String> parameters = new TreeMap<>();
    if (module.equals(Planner.IDENTITY_MODULE)) {
      parameters.put("node_id", "7");
      parameters.put("session_id", "42");
    }
    return parameters;
  }

  private static SortedSet<String> set(String... values) {
    return new TreeSet<>(List.of(values));
  }

  private static void assertRefused(ThrowingCallable call, String... errnos) {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(errnos).contains(e.errno()))
        .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
  }

  private void awaitOnline() {
    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> kernel.observe().online());
  }

  @Test
  void withoutModulesThereIsNothing() {
    assertThat(kernel.observe()).isEqualTo(Observed.NOTHING);
    assertThat(kernel.machine().kernelRelease()).isNotBlank();
    assertThat(kernel.machine().cpus()).isPositive();
    assertThat(kernel.machine().memoryBytes()).isPositive();
    assertThat(kernel.machine()).isEqualTo(kernel.machine());
  }

  @Test
  void modulesLoadAndUnload() {
    load();
    Observed loaded = kernel.observe();
    assertThat(loaded.modules()).containsExactlyInAnyOrderElementsOf(Planner.MODULES);
    assertThat(loaded.identity()).contains(new Identity(7, 42));
    assertThat(loaded.moduleVersion()).contains(kernel.installedVersion());
    assertThat(loaded.hasContainer()).isFalse();
    assertThat(loaded.online()).isFalse();
    clean();
    assertThat(kernel.observe()).isEqualTo(Observed.NOTHING);
  }

  @Test
  void modulesAreLoadedOnceAndUnloadedWhenUnused() {
    assertRefused(() -> kernel.unloadModule("krg_hooks"), "ENOENT");
    assertRefused(() -> kernel.loadModule("krg_none", new TreeMap<>()), "ENOENT");
    load();
    assertRefused(() -> kernel.loadModule("krg_hooks", new TreeMap<>()), "EEXIST");
    assertRefused(() -> kernel.unloadModule("krg_hooks"), "EAGAIN", "EBUSY");
  }

  @Test
  void netDevicesAreReplaced() {
    load();
    kernel.setNetDevices(set(netDevice()));
    assertThat(kernel.observe().netDevices()).containsExactly(netDevice());
    kernel.setNetDevices(set());
    assertThat(kernel.observe().netDevices()).isEmpty();
  }

  @Test
  void theFailureToleranceIsReplacedAndHasADefault() {
    load();
    assertThat(kernel.observe().failureTolerance()).isZero();
    kernel.setNetDevices(set(netDevice()));
    assertThat(kernel.observe().failureTolerance()).hasMillis(1500);
    kernel.setFailureTolerance(Duration.ofSeconds(3));
    assertThat(kernel.observe().failureTolerance()).hasSeconds(3);
    assertRefused(() -> kernel.setFailureTolerance(Duration.ofMillis(99)), "EINVAL");
    assertRefused(() -> kernel.setFailureTolerance(Duration.ofSeconds(31)), "EINVAL");
    assertThat(kernel.observe().failureTolerance()).hasSeconds(3);
    kernel.setNetDevices(set());
    kernel.setNetDevices(set(netDevice()));
    assertThat(kernel.observe().failureTolerance()).hasSeconds(3);
  }

  @Test
  void sharedMountsAreReplaced() {
    load();
    kernel.setSharedMounts(set("/proc", "/sys"));
    assertThat(kernel.observe().sharedMounts()).containsExactly("/proc", "/sys");
    kernel.setSharedMounts(set("/sys"));
    assertThat(kernel.observe().sharedMounts()).containsExactly("/sys");
    kernel.setSharedMounts(set());
    assertThat(kernel.observe().sharedMounts()).isEmpty();
  }

  @Test
  void rulesAreReplacedAndKeepTheirOrder() {
    load();
    kernel.installCapabilityRules(List.of(COUNTER, REST));
    assertThat(kernel.observe().rules()).containsExactly(COUNTER, REST);
    kernel.installCapabilityRules(List.of(REST, COUNTER));
    assertThat(kernel.observe().rules()).containsExactly(REST, COUNTER);
    kernel.installCapabilityRules(List.of());
    assertThat(kernel.observe().rules()).isEmpty();
  }

  @Test
  void aTableWithAMistakeIsRefusedWhole() {
    load();
    kernel.installCapabilityRules(List.of(COUNTER));
    assertRefused(() -> kernel.installCapabilityRules(List.of(REST, COUNTER, REST)), "EINVAL");
    assertThat(kernel.observe().rules()).containsExactly(COUNTER);
  }

  @Test
  void nothingCanBeSetWithoutModules() {
    assertRefused(() -> kernel.setNetDevices(set(netDevice())), "ENOENT");
    assertRefused(() -> kernel.setFailureTolerance(Duration.ofSeconds(1)), "ENOENT");
    assertRefused(() -> kernel.setSharedMounts(set("/sys")), "ENOENT");
    assertRefused(() -> kernel.installCapabilityRules(List.of(REST)), "ENOENT");
  }

  @Test
  void containerStartsOnceAndHoldsTheModules() {
    load();
    kernel.setNetDevices(set(netDevice()));
    kernel.startContainer(true, Set.of(9)); // who never comes
    awaitOnline();
    OptionalInt init = kernel.observe().containerInit();
    assertThat(init).isPresent();
    assertRefused(() -> kernel.startContainer(true, Set.of()), "EALREADY");
    assertThat(kernel.observe().containerInit()).isEqualTo(init);
    assertRefused(() -> kernel.unloadModule("krg_epm"), "EAGAIN", "EBUSY");
    kernel.stopContainer();
    assertThat(kernel.observe().hasContainer()).isFalse();
    assertThat(kernel.observe().processes()).isEmpty();
    assertRefused(() -> kernel.stopContainer(), "ESRCH");
  }

  @Test
  void requestsAboutUnknownProcessesAreRefused() {
    load();
    kernel.setNetDevices(set(netDevice()));
    kernel.startContainer(true, Set.of());
    awaitOnline();
    assertRefused(() -> kernel.migrate(4_000_000, 8), "ENONET");
    assertRefused(() -> kernel.migrate(4_000_000, 7), "ESRCH");
    assertRefused(() -> kernel.kill(4_000_000), "ESRCH");
  }
}
