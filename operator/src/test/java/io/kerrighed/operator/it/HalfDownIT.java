// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.operator.status.Conditions;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two of four nodes are dead while things are pushed; the test speaks for the agents. */
class HalfDownIT {
  private static final Lab lab = Lab.shared();
  private static final String NODE4 =
      """
      ---
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: node4}
      spec: {nodeId: 4, machine: {hostname: node4}, state: Online}
      """;

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void doNotWait() {
    lab.patchSource("{\"spec\":{\"wait\":false,\"timeout\":\"5m\"}}");
  }

  @Test
  void theLivingGoOnAndTheDeadFollowLater() throws IOException {
    lab.repository().write("nodes.yaml", lab.repository().read("nodes.yaml") + NODE4);
    lab.applied(lab.repository().push("four nodes"));
    String four = lab.status().lastAppliedRevision();
    for (String node : List.of("node1", "node2", "node3", "node4")) {
      report(node, four, 1, "1,2,3,4");
    }
    soon().until(() -> online().equals("4/4"));

    report("node1", four, 2, "1,2");
    report("node2", four, 2, "1,2");
    soon().until(() -> online().equals("2/4"));
    soon().until(() -> reason("node3").equals("NodeLost"));
    soon().until(() -> reason("node4").equals("NodeLost"));

    lab.patchSource("{\"spec\":{\"wait\":true,\"timeout\":\"1s\"}}");
    lab.repository().replace("capabilities.yaml", "/shared/bin/*", "/opt/*");
    String revision = lab.repository().push("another program, while half is down");
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.status().lastAppliedRevision()).isEqualTo(revision);
              assertThat(lab.ready().reason()).isEqualTo("HealthCheckFailed");
            });
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.configs().values())
                    .as("the dead find it when they come back")
                    .hasSize(4)
                    .allSatisfy(
                        config -> assertThat(config.getSpec().revision()).isEqualTo(revision)));
    report("node1", revision, 2, "1,2");
    report("node2", revision, 2, "1,2");
    soon().until(() -> ready("node1").status().equals("True"));
    soon().untilAsserted(() -> assertThat(lab.ready().message()).contains("KerrighedNode node3"));
    assertThat(lab.status().inventory()).hasSize(6);

    for (String node : List.of("node1", "node2", "node3", "node4")) {
      report(node, revision, 3, "1,2,3,4");
    }
    lab.fetchNow();
    soon().untilAsserted(() -> assertThat(lab.ready().status()).isEqualTo("True"));
    assertThat(lab.status().lastHealthyRevision()).isEqualTo(revision);
    soon().until(() -> online().equals("4/4"));
  }

  private static void report(String node, String revision, int view, String members) {
    lab.patchStatus(
        node,
        """
            {"status": {"observedGeneration": %d, "appliedRevision": "%s",
              "state": "Online", "viewEpoch": %d, "onlineNodes": [%s],
              "items": [{"name": "capabilities/movable", "state": "Applied"}],
              "conditions": [{"type": "Ready", "status": "True",
                "reason": "Applied", "message": "as it should be"}]}}
            """
            .formatted(
                lab.configs().get(node).getMetadata().getGeneration(), revision, view, members));
  }

  private static String online() {
    return lab.client()
        .resources(KerrighedCluster.class)
        .withName("pc-lab")
        .get()
        .getStatus()
        .nodes();
  }

  private static Condition ready(String node) {
    return Conditions.find(lab.node(node).getStatus().conditions(), Condition.READY).orElseThrow();
  }

  private static String reason(String node) {
    return ready(node).reason();
  }
}
