// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Identity;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.agent.node.NodeProcess;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** From any state of the kernel to any desired one. */
class PlannerProperties {
  private static final int ROUNDS = 4;
  private static final String REASON = "two threads";

  /** How a kernel came to be as it is: what was wanted before, how far it got, what people did. */
  record History(
      Desired before, int stepsDone, int spawned, int stuck, Map<Integer, Integer> others) {

    InMemoryKernel replay() {
      InMemoryKernel kernel = new InMemoryKernel();
      others.forEach(kernel::otherNode);
      before.moduleVersion().ifPresent(kernel::install);
      List<Step> steps = Planner.plan(kernel.observe(), before, DrainProgress.NONE).steps();
      new Executor(kernel).run(steps.subList(0, Math.min(stepsDone, steps.size())), () -> true);
      if (kernel.observe().hasContainer()) {
        for (int i = 0; i < spawned; i++) {
          kernel.spawn("worker");
        }
        for (int i = 0; i < stuck; i++) {
          kernel.spawnUnmovable("stuck", REASON);
        }
      }
      return kernel;
    }
  }

  @Property(tries = 10_000)
  void everyStateConverges(
      @ForAll("histories") History history, @ForAll("desired") Desired desired) {
    InMemoryKernel kernel = history.replay();
    desired.moduleVersion().ifPresent(kernel::install);
    Map<Integer, String> refusals = converge(kernel, desired, Duration.ZERO);

    Observed end = kernel.observe();
    Plan plan = Planner.plan(end, desired, new DrainProgress(Duration.ZERO, refusals));
    if (Planner.isLeaving(end, desired)) {
      assertHeldWithReason(end, plan, refusals, desired);
    } else {
      assertThat(plan.isEmpty()).as("second plan %s", plan).isTrue();
      assertFits(end, desired);
    }
    assertThat(kernel.killed()).as("nothing is killed before its time").isEmpty();
  }

  @Property
  void afterItsTimeADrainThatKillsAlwaysEnds(
      @ForAll("histories") History history, @ForAll("desired") Desired desired) {
    InMemoryKernel kernel = history.replay();
    desired.moduleVersion().ifPresent(kernel::install);
    Observed before = kernel.observe();
    Desired kills = with(desired, DrainPolicy.KILL);
    converge(kernel, kills, kills.drainTimeout());

    Observed end = kernel.observe();
    assertThat(Planner.plan(end, kills, DrainProgress.NONE).isEmpty()).isTrue();
    assertFits(end, kills);
    if (!Planner.isLeaving(before, kills)) {
      assertThat(kernel.killed()).isEmpty();
    } else if (before.online() && anyTarget(before, kills)) {
      assertThat(kernel.killed())
          .as("only what cannot move")
          .hasSizeLessThanOrEqualTo(history.stuck);
    }
  }

  @Property
  void aPlanIsPureAndChangesNothing(
      @ForAll("histories") History history, @ForAll("desired") Desired desired) {
    InMemoryKernel kernel = history.replay();
    Observed before = kernel.observe();
    assertThat(Planner.plan(before, desired, DrainProgress.NONE))
        .isEqualTo(Planner.plan(before, desired, DrainProgress.NONE));
    assertThat(kernel.observe()).isEqualTo(before);
  }

  /** What the agent does, with a clock that stands still. */
  private static Map<Integer, String> converge(
      InMemoryKernel kernel, Desired desired, Duration elapsed) {
    Executor executor = new Executor(kernel);
    Map<Integer, String> refusals = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      Plan plan =
          Planner.plan(kernel.observe(), desired, new DrainProgress(elapsed, Map.copyOf(refusals)));
      for (StepResult result : executor.run(plan.steps(), () -> true)) {
        if (result.step() instanceof Step.Migrate migrate && !result.succeeded()) {
          refusals.put(migrate.pid(), result.error().orElseThrow().getMessage());
        } else {
          assertThat(result.error()).as("%s", result.step()).isEmpty();
        }
      }
    }
    return refusals;
  }

  private static void assertHeldWithReason(
      Observed end, Plan plan, Map<Integer, String> refusals, Desired desired) {
    assertThat(end.guests()).isNotEmpty();
    assertThat(end.guests())
        .extracting(NodeProcess::pid)
        .allSatisfy(
            pid -> assertThat(plan.holds().containsKey(pid) || refusals.containsKey(pid)).isTrue());
    if (end.online() && anyTarget(end, desired)) {
      assertThat(end.guests()).extracting(NodeProcess::comm).containsOnly("stuck");
    }
    assertThat(plan.steps()).allMatch(step -> step instanceof Step.Migrate);
  }

  private static boolean anyTarget(Observed observed, Desired desired) {
    int self = observed.identity().orElseThrow().nodeId();
    return observed.loads().keySet().stream()
        .anyMatch(node -> node != self && !desired.unavailable().contains(node));
  }

  private static void assertFits(Observed end, Desired desired) {
    if (desired.state() == DesiredState.ABSENT) {
      assertThat(end).isEqualTo(Observed.NOTHING);
      return;
    }
    assertThat(end.modules()).containsExactlyInAnyOrderElementsOf(Planner.MODULES);
    assertThat(end.identity()).contains(desired.identity());
    desired.moduleVersion().ifPresent(version -> assertThat(end.moduleVersion()).contains(version));
    assertThat(end.netDevices()).isEqualTo(desired.netDevices());
    assertThat(end.failureTolerance()).isEqualTo(desired.failureTolerance());
    assertThat(end.sharedMounts()).isEqualTo(desired.sharedMounts());
    assertThat(end.rules()).isEqualTo(desired.rules());
    assertThat(end.hasContainer()).isEqualTo(desired.state() == DesiredState.ONLINE);
  }

  private static Desired with(Desired desired, DrainPolicy policy) {
    return new Desired(
        desired.state(),
        desired.identity(),
        desired.founder(),
        desired.netDevices(),
        desired.failureTolerance(),
        desired.sharedMounts(),
        desired.rules(),
        desired.others(),
        desired.unavailable(),
        desired.drainTimeout(),
        policy,
        desired.moduleVersion());
  }

  @Provide
  Arbitrary<Desired> desired() {
    Arbitrary<Identity> identity =
        Combinators.combine(
                Arbitraries.integers().between(1, 2), Arbitraries.integers().between(1, 2))
            .as(Identity::new);
    Arbitrary<SortedSet<String>> devices =
        Arbitraries.of("eth0", "eth1").set().<SortedSet<String>>map(TreeSet::new);
    Arbitrary<Map.Entry<SortedSet<String>, Duration>> interconnect =
        Combinators.combine(
                devices, Arbitraries.of(Duration.ofMillis(1500), Duration.ofMillis(300)))
            .as(Map::entry);
    Arbitrary<SortedSet<String>> mounts =
        Arbitraries.of("/shared", "/home").set().<SortedSet<String>>map(TreeSet::new);
    Arbitrary<Map.Entry<Set<Integer>, Optional<String>>> unavailable =
        Combinators.combine(
                Arbitraries.integers().between(2, 4).set(),
                Arbitraries.of("4.0.0", "4.1.0").optional())
            .as(Map::entry);
    return Combinators.combine(
            Arbitraries.of(DesiredState.class),
            identity,
            Arbitraries.of(true, false),
            interconnect,
            mounts,
            rule().list().ofMaxSize(2).uniqueElements(CapabilityRule::name),
            unavailable,
            Arbitraries.of(DrainPolicy.class))
        .as(
            (state, who, founder, net, shared, rules, others, policy) ->
                new Desired(
                    state,
                    who,
                    founder,
                    net.getKey(),
                    net.getValue(),
                    shared,
                    rules,
                    Set.of(2, 3),
                    others.getKey(),
                    Duration.ofMinutes(1),
                    policy,
                    others.getValue()));
  }

  @Provide
  Arbitrary<History> histories() {
    return Combinators.combine(
            desired(),
            Arbitraries.integers().between(0, 12),
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 2),
            Arbitraries.maps(
                    Arbitraries.integers().between(3, 5), Arbitraries.integers().between(0, 9))
                .ofMaxSize(3))
        .as(History::new);
  }

  private static Arbitrary<CapabilityRule> rule() {
    return Combinators.combine(
            Arbitraries.of("a", "b"),
            Arbitraries.of("", "/bin/x"),
            Arbitraries.integers().between(0, 3))
        .as(
            (name, exe, mask) ->
                new CapabilityRule(name, exe, OptionalInt.empty(), mask, 3, 3, mask));
  }
}
