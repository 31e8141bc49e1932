// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.operator.status.Conditions;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The clocks of nodes and of who commits are decades off. */
class ClockSkewIT {
  private static final Lab lab = Lab.shared();
  private static final String FUTURE = "2098-01-01T00:00:00Z";
  private static final String PAST = "1972-01-01T00:00:00Z";

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @Test
  void whatWasPushedLastCountsNotWhatIsDatedLast() throws IOException {
    lab.repository().replace("cluster.yaml", "drainTimeout: 10m", "drainTimeout: 11m");
    lab.applied(lab.repository().pushAt(FUTURE, "from the future"));
    lab.repository().replace("cluster.yaml", "drainTimeout: 11m", "drainTimeout: 12m");
    lab.repository().delete("capabilities.yaml");
    lab.applied(lab.repository().pushAt(PAST, "from the past"));
    assertThat(lab.configs().values())
        .allSatisfy(config -> assertThat(config.getSpec().drainTimeout()).isEqualTo("12m"));
    assertThat(lab.status().inventory()).hasSize(4);
    lab.writeExample("capabilities.yaml");
    lab.applied(lab.repository().push("from now"));
    assertThat(lab.status().inventory()).hasSize(5);
  }

  @Test
  void nodesAreBelievedWhateverTheirClocksSay() throws IOException {
    Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    lab.repository().replace("cluster.yaml", "drainTimeout: 10m", "drainTimeout: 13m");
    String revision = lab.repository().push("reported by nodes whose clocks are wrong");
    lab.applied(revision);
    lab.report(revision);
    report("node1", PAST, 1);
    report("node2", FUTURE, 1);
    soon()
        .untilAsserted(
            () -> {
              for (String node : new String[] {"node1", "node2", "node3"}) {
                assertThat(ready(node).status()).as(node).isEqualTo("True");
              }
            });
    // Repairs are counted, so one of the past is news all the same.
    report("node1", PAST, 2);
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("describe", "nodecfg", "node1").orFail())
                    .contains("DriftRepaired", "repair 2 at " + PAST));
    // What the operator says of them it says by its own clock.
    lab.patchStatus("node2", notReady());
    soon().untilAsserted(() -> assertThat(ready("node2").status()).isEqualTo("False"));
    assertThat(Instant.parse(ready("node2").lastTransitionTime())).isBetween(begin, Instant.now());
  }

  private static Condition ready(String node) {
    KerrighedNodeStatus status = lab.node(node).getStatus();
    return Conditions.find(status.conditions(), Condition.READY).orElseThrow();
  }

  private static void report(String node, String time, int repairs) {
    lab.patchStatus(
        node,
        """
            {"status": {
              "drift": {"repairs": %d, "lastTime": "%s", "message": "repair %1$d at %2$s"},
              "conditions": [{"type": "Ready", "status": "True", "reason": "Applied",
                "message": "as it should be", "lastTransitionTime": "%2$s"}]}}
            """
            .formatted(repairs, time));
  }

  private static String notReady() {
    return """
        {"status": {"conditions": [{"type": "Ready", "status": "False", "reason": "StepFailed",
          "message": "not well", "lastTransitionTime": "%s"}]}}
        """
        .formatted(FUTURE);
  }
}
