// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sources that wait for the nodes; the test speaks for their agents. */
class HealthIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void doNotWait() {
    lab.patchSource("{\"spec\":{\"wait\":false,\"rollback\":\"Never\",\"timeout\":\"5m\"}}");
  }

  @Test
  void aSourceIsReadyWhenItsNodesAre() throws IOException {
    String first = waitForHealth("10m");
    lab.repository().replace("nodes.yaml", "nodeId: 1", "nodeId: 1\n  labels: {rack: a}");
    String revision = lab.repository().push("wait for it");
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.ready().reason()).isEqualTo("WaitingForHealth");
              assertThat(lab.ready().message()).startsWith("applied " + revision);
            });
    assertThat(lab.status().lastHealthyRevision()).isEqualTo(first);
    soon()
        .untilAsserted(
            () -> {
              lab.report(revision);
              assertThat(lab.ready().status()).isEqualTo("True");
            });
    assertThat(lab.status().lastHealthyRevision()).isEqualTo(revision);
  }

  @Test
  void anUnhealthyRevisionIsToldAndStays() throws IOException {
    waitForHealth("2s");
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("nobody reports");
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.ready().reason()).isEqualTo("HealthCheckFailed");
              assertThat(lab.ready().message())
                  .contains(revision + " is not healthy after 2s: Kerr");
            });
    assertThat(lab.status().lastAppliedRevision()).isEqualTo(revision);
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
  }

  @Test
  void theLastHealthyRevisionComesBackWhenAskedFor() throws Exception {
    String healthy = waitForHealth("2s");
    lab.patchSource("{\"spec\":{\"rollback\":\"OnFailure\"}}");
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String bad = lab.repository().push("nobody reports");
    rolledBack(bad, healthy);

    // Neither the next fetch nor a new operator tries it again.
    lab.plane().stopOperator();
    lab.plane().startOperator();
    lab.patchSource("{\"spec\":{\"timeout\":\"3s\"}}");
    soon().until(() -> lab.ready().message().contains("within 3s"));
    rolledBack(bad, healthy);

    // Long enough for whoever reports of the nodes.
    lab.patchSource("{\"spec\":{\"timeout\":\"10m\"}}");
    String fixed = lab.repository().revert();
    soon()
        .untilAsserted(
            () -> {
              lab.report(fixed);
              assertThat(lab.status().lastHealthyRevision()).isEqualTo(fixed);
            });
    assertThat(lab.status().rolledBackRevision()).isNull();
  }

  private static void rolledBack(String bad, String healthy) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.ready().reason()).isEqualTo("RolledBack");
              assertThat(lab.status().lastAppliedRevision()).isEqualTo(healthy);
            });
    assertThat(lab.status().rolledBackRevision()).isEqualTo(bad);
    assertThat(lab.ready().message()).contains(bad + " was not healthy within", healthy);
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.ONLINE);
  }

  /** Has the source wait, and what is in force be healthy. */
  private static String waitForHealth(String timeout) {
    String revision = lab.status().lastAppliedRevision();
    lab.patchSource("{\"spec\":{\"wait\":true,\"timeout\":\"" + timeout + "\"}}");
    soon()
        .untilAsserted(
            () -> {
              lab.report(revision);
              lab.fetchNow();
              assertThat(lab.status().lastHealthyRevision()).isEqualTo(revision);
            });
    return revision;
  }
}
