// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.kerrighed.api.v1alpha1.ItemStatus;
import io.kerrighed.api.v1alpha1.Machine;
import io.kerrighed.api.v1alpha1.Migration;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTest {
  private static final String TWO_THREADS = "it has 2 threads";

  @TempDir Path state;
  private final InMemoryKernel kernel = new InMemoryKernel();
  private final List<NodeConfigStatus> reports = new ArrayList<>();
  private final List<String> repairs = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-22T10:00:00Z");
  private Duration dateSet = Duration.ZERO;
  private Reconciler reconciler;
  private Agent agent;

  private final class TestClock extends Clock {
    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }
  }

  @BeforeEach
  void startAgent() {
    TestClock clock = new TestClock();
    reconciler =
        new Reconciler(
            kernel,
            new MemoryFile(state),
            new DesiredCompiler(
                name -> name.equals("alice") ? OptionalInt.of(1234) : OptionalInt.empty()),
            Clock.offset(clock, dateSet),
            clock,
            repairs::add);
    agent = new Agent(reconciler, kernel.machine(), Clock.offset(clock, dateSet), reports::add);
  }

  private NodeConfigStatus apply(NodeConfig config) {
    reconciler.configure(config);
    agent.runOnce();
    return last();
  }

  private NodeConfigStatus last() {
    return reports.get(reports.size() - 1);
  }

  private static NodeConfig drained(long generation, DrainPolicy policy) {
    return NodeConfigs.config(
        generation, DesiredState.DRAINED, policy, NodeConfigs.online().getSpec().capabilityRules());
  }

  private static Condition ready(NodeConfigStatus status) {
    return condition(status, Condition.READY).orElseThrow();
  }

  private static Optional<Condition> condition(NodeConfigStatus status, String type) {
    return status.conditions().stream().filter(c -> c.type().equals(type)).findFirst();
  }

  @Test
  void withoutConfigurationNothingIsTouched() {
    agent.runOnce();
    assertThat(kernel.changes()).isEmpty();
    assertThat(reports).isEmpty();
  }

  @Test
  void bringsTheNodeOnlineAndSaysSo() {
    kernel.otherNode(2, 0);
    NodeConfigStatus status = apply(NodeConfigs.online());
    assertThat(status.state()).isEqualTo(ObservedState.ONLINE);
    assertThat(ready(status).status()).isEqualTo("True");
    assertThat(condition(status, Condition.RECONCILING)).isEmpty();
    assertThat(condition(status, Condition.STALLED)).isEmpty();
    assertThat(status.appliedRevision()).isEqualTo("main@1");
    assertThat(status.observedGeneration()).isEqualTo(1);
    assertThat(status.onlineNodes()).containsExactly(1, 2);
    assertThat(status.items())
        .extracting(ItemStatus::name)
        .containsExactly("modules", "membership", "capabilities/movable");
    assertThat(status.items()).extracting(ItemStatus::state).containsOnly(ItemStatus.State.APPLIED);
    assertThat(condition(reports.get(0), Condition.RECONCILING))
        .as("says before it begins that it works")
        .isPresent();
  }

  @Test
  void aSecondPassChangesNothingAndReportsNothing() {
    apply(NodeConfigs.online());
    List<String> changes = kernel.changes();
    int reported = reports.size();
    now = now.plusSeconds(10);
    agent.runOnce();
    assertThat(kernel.changes()).isEqualTo(changes);
    assertThat(reports).hasSize(reported);
    assertThat(repairs).isEmpty();
  }

  @Test
  void driftIsRepairedCountedAndTold() {
    apply(NodeConfigs.online());
    kernel.installCapabilityRules(List.of());
    kernel.setSharedMounts(new TreeSet<>(List.of("/shared", "/mnt")));
    agent.runOnce();
    assertThat(kernel.observe().rules()).hasSize(1);
    assertThat(kernel.observe().sharedMounts()).containsExactly("/shared");
    assertThat(repairs).hasSize(2);
    assertThat(last().drift().repairs()).isEqualTo(2);
    assertThat(last().drift().message()).contains("capability rules");
    assertThat(ready(last()).status()).isEqualTo("True");
  }

  @Test
  void aNewConfigurationIsNoDrift() {
    apply(NodeConfigs.online());
    apply(
        NodeConfigs.config(
            2,
            DesiredState.ONLINE,
            DrainPolicy.WAIT,
            List.of(NodeConfigs.rule("other", null), NodeConfigs.rule("movable", "1000"))));
    assertThat(repairs).isEmpty();
    assertThat(last().drift()).isNull();
    assertThat(kernel.observe().rules()).hasSize(2);
  }

  @Test
  void anotherAgentGoesOnWithoutTouchingAnything() {
    apply(NodeConfigs.online());
    Observed before = kernel.observe();
    List<String> changes = kernel.changes();
    startAgent();
    agent.runOnce();
    assertThat(kernel.changes()).isEqualTo(changes);
    assertThat(kernel.observe().containerInit()).isEqualTo(before.containerInit());
    assertThat(ready(last()).status()).isEqualTo("True");
  }

  @Test
  void drainMovesEveryProcessToTheEmptiestNodeThatStays() {
    kernel.otherNode(2, 5);
    kernel.otherNode(3, 0);
    kernel.otherNode(4, 4);
    apply(NodeConfigs.online());
    int first = kernel.spawn("count");
    int second = kernel.spawn("count");
    int third = kernel.spawn("count");
    NodeConfigStatus status = apply(drained(2, DrainPolicy.WAIT));
    assertThat(kernel.changes())
        .contains(
            "migrate " + first + " to 4",
            "migrate " + second + " to 2",
            "migrate " + third + " to 4")
        .endsWith("stop container");
    assertThat(kernel.killed()).isEmpty();
    assertThat(status.state()).isEqualTo(ObservedState.DRAINED);
    assertThat(ready(status).status()).isEqualTo("True");
    assertThat(status.lastMigrations())
        .extracting(Migration::pid)
        .containsExactly(third, second, first);
  }

  @Test
  void aProcessThatCannotMoveHoldsTheDrainAndIsNamed() {
    kernel.otherNode(2, 0);
    apply(NodeConfigs.online());
    int stuck = kernel.spawnUnmovable("chess", TWO_THREADS);
    int moves = kernel.spawn("count");
    NodeConfigStatus status = apply(drained(2, DrainPolicy.WAIT));
    assertThat(kernel.changes()).contains("migrate " + moves + " to 2");
    assertThat(kernel.changes()).doesNotContain("stop container");
    assertThat(status.state()).isEqualTo(ObservedState.DRAINING);
    assertThat(status.appliedRevision()).isEqualTo("main@1");
    assertThat(ready(status).reason()).isEqualTo("Draining");
    assertThat(ready(status).message())
        .contains(Integer.toString(stuck), "chess", TWO_THREADS)
        .doesNotContain(Integer.toString(moves));

    now = now.plus(Duration.ofHours(1));
    agent.runOnce();
    assertThat(kernel.observe().guests()).hasSize(1);

    kernel.makeMovable(stuck);
    agent.runOnce();
    assertThat(last().state()).isEqualTo(ObservedState.DRAINED);
    assertThat(kernel.killed()).isEmpty();
  }

  @Test
  void killPolicyWaitsForTheTimeoutEvenOverARestart() {
    kernel.otherNode(2, 0);
    apply(NodeConfigs.online());
    int stuck = kernel.spawnUnmovable("chess", TWO_THREADS);
    apply(drained(2, DrainPolicy.KILL));
    now = now.plusSeconds(40);
    startAgent();
    agent.runOnce();
    assertThat(kernel.killed()).isEmpty();
    now = now.plusSeconds(21);
    agent.runOnce();
    assertThat(kernel.killed()).containsExactly(stuck);
    assertThat(last().state()).isEqualTo(ObservedState.DRAINED);
  }

  @Test
  void aCorrectionOfTheDateKillsNothing() {
    kernel.otherNode(2, 0);
    dateSet = Duration.ofDays(-20_000);
    startAgent();
    apply(NodeConfigs.online());
    int stuck = kernel.spawnUnmovable("chess", TWO_THREADS);
    apply(drained(2, DrainPolicy.KILL));
    dateSet = Duration.ZERO;
    startAgent();
    now = now.plusSeconds(40);
    agent.runOnce();
    assertThat(kernel.killed()).isEmpty();
    dateSet = Duration.ofDays(-20_000);
    startAgent();
    now = now.plusSeconds(21);
    // One more try to move it, by an agent that does not know yet that it cannot.
    agent.runOnce();
    agent.runOnce();
    assertThat(kernel.killed()).as("nor does it lengthen a drain").containsExactly(stuck);
  }

  @Test
  void withoutAnotherNodeTheDrainWaits() {
    apply(NodeConfigs.online());
    kernel.spawn("count");
    NodeConfigStatus status = apply(drained(2, DrainPolicy.WAIT));
    assertThat(status.state()).isEqualTo(ObservedState.DRAINING);
    assertThat(ready(status).message()).contains("no other online node may take it");
  }

  @Test
  void aDrainThatIsCalledOffLeavesTheRestInPlace() {
    kernel.otherNode(2, 0);
    apply(NodeConfigs.online());
    int stuck = kernel.spawnUnmovable("chess", TWO_THREADS);
    apply(drained(2, DrainPolicy.KILL));
    apply(
        NodeConfigs.config(
            3,
            DesiredState.ONLINE,
            DrainPolicy.KILL,
            NodeConfigs.online().getSpec().capabilityRules()));
    now = now.plus(Duration.ofHours(1));
    agent.runOnce();
    assertThat(kernel.observe().guests()).extracting(p -> p.pid()).containsExactly(stuck);
    assertThat(last().state()).isEqualTo(ObservedState.ONLINE);
    assertThat(kernel.changes()).doesNotContain("stop container");

    apply(drained(4, DrainPolicy.KILL));
    assertThat(kernel.killed()).as("a new drain has its whole time").isEmpty();
  }

  @Test
  void absentUnloadsEverything() {
    apply(NodeConfigs.online());
    NodeConfigStatus status =
        apply(NodeConfigs.config(2, DesiredState.ABSENT, DrainPolicy.WAIT, List.of()));
    assertThat(kernel.observe()).isEqualTo(Observed.NOTHING);
    assertThat(status.state()).isEqualTo(ObservedState.ABSENT);
    assertThat(ready(status).status()).isEqualTo("True");
    assertThat(status.moduleVersion()).isNull();
  }

  @Test
  void onAnotherMachineItDoesNothing() {
    NodeConfigStatus status =
        apply(
            NodeConfigs.config(
                1,
                DesiredState.ONLINE,
                DrainPolicy.WAIT,
                List.of(),
                new Machine("f".repeat(32), null, null)));
    assertThat(kernel.changes()).isEmpty();
    assertThat(status.state()).isEqualTo(ObservedState.FAILED);
    assertThat(condition(status, Condition.STALLED).orElseThrow().reason())
        .isEqualTo("WrongMachine");
    assertThat(ready(status).message()).contains("machine-id", "f".repeat(32));
  }

  @Test
  void aRuleForAnUnknownUserFailsAloneAndTheOthersApply() {
    NodeConfigStatus status =
        apply(
            NodeConfigs.config(
                1,
                DesiredState.ONLINE,
                DrainPolicy.WAIT,
                List.of(NodeConfigs.rule("hers", "alice"), NodeConfigs.rule("his", "bob"))));
    assertThat(kernel.observe().rules())
        .singleElement()
        .satisfies(rule -> assertThat(rule.uid()).hasValue(1234));
    assertThat(ready(status).status()).isEqualTo("False");
    assertThat(ready(status).message()).contains("capabilities/his", "bob");
    assertThat(status.items())
        .filteredOn(item -> item.name().equals("capabilities/his"))
        .singleElement()
        .satisfies(item -> assertThat(item.state()).isEqualTo(ItemStatus.State.FAILED));
  }

  @Test
  void transitionTimesMoveOnlyWithTheStatus() {
    apply(NodeConfigs.online());
    String since = ready(last()).lastTransitionTime();
    now = now.plusSeconds(60);
    kernel.spawn("count");
    agent.runOnce();
    assertThat(last().processes()).isEqualTo(1);
    assertThat(ready(last()).lastTransitionTime()).isEqualTo(since);
  }
}
