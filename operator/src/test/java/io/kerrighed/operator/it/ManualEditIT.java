// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.operator.status.Conditions;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody with every right writes what Git says otherwise. */
class ManualEditIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void tidy() {
    lab.kubectl("delete", "krgnode", "intruder", "--ignore-not-found").orFail();
    lab.kubectl("label", "krgnode", "node1", "rack-").orFail();
  }

  @Test
  void whoTakesAFieldByForceLosesItAtTheNextFetch() throws IOException {
    lab.plane()
        .kubectl(
            lab.plane().kubeconfig(),
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: KerrighedNode
            metadata: {name: node1, labels: {rack: a}}
            spec: {nodeId: 1, machine: {hostname: node1}, state: Absent}
            """,
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=somebody",
            "-f",
            "-")
        .orFail();
    lab.kubectl("delete", "krgnode", "node2").orFail();
    soon().until(() -> !lab.configs().containsKey("node2"));
    lab.fetchNow();
    soon().until(() -> lab.node("node1").getSpec().state() == DesiredState.ONLINE);
    soon().until(() -> lab.node("node2") != null && lab.configs().containsKey("node2"));
    assertThat(lab.node("node1").getMetadata().getLabels())
        .as("what Git does not say is theirs")
        .containsEntry("rack", "a");
    assertThat(lab.status().inventory()).hasSize(5);

    // Nor does their field stand in the way of a push.
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    lab.applied(lab.repository().push("drain node1"));
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
  }

  @Test
  void aNodesConfigurationIsPutBackAtOnce() {
    String before = lab.configs().get("node3").getSpec().toString();
    lab.kubectl(
            "patch", "nodecfg", "node3", "--type=merge", "-p", "{\"spec\":{\"state\":\"Absent\"}}")
        .orFail();
    soon().until(() -> lab.configs().get("node3").getSpec().toString().equals(before));
    lab.kubectl("delete", "nodecfg", "node3").orFail();
    soon().until(() -> lab.configs().containsKey("node3"));
    assertThat(lab.configs().get("node3").getSpec()).hasToString(before);
  }

  @Test
  void anObjectThatContradictsGitHoldsEverythingAndIsNamed() throws IOException {
    String before = lab.status().lastAppliedRevision();
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: KerrighedNode
            metadata: {name: intruder}
            spec: {nodeId: 1, machine: {hostname: intruder}, state: Online}
            """)
        .orFail();
    soon()
        .untilAsserted(
            () -> {
              Condition ready = ready();
              assertThat(ready.status()).isEqualTo("False");
              assertThat(ready.message()).contains("intruder", "node1");
            });
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("drain node1 in spite of that");
    soon().until(() -> revision.equals(lab.status().lastAppliedRevision()));
    assertThat(lab.configs().values())
        .hasSize(3)
        .allSatisfy(config -> assertThat(config.getSpec().revision()).isEqualTo(before));

    lab.kubectl("delete", "krgnode", "intruder").orFail();
    lab.applied(revision);
    assertThat(lab.configs().get("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
  }

  private static Condition ready() {
    return Conditions.find(
            lab.client()
                .resources(KerrighedCluster.class)
                .withName("pc-lab")
                .get()
                .getStatus()
                .conditions(),
            Condition.READY)
        .orElseThrow();
  }
}
