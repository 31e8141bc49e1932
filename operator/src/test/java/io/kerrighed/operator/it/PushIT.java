// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a good push does. */
class PushIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @Test
  void aPushBecomesOneConfigurationANode() {
    assertThat(lab.configs().keySet()).containsExactly("node1", "node2", "node3");
    NodeConfig config = lab.configs().get("node2");
    assertThat(config.getSpec().nodeId()).isEqualTo(2);
    assertThat(config.getSpec().sessionId()).isEqualTo(42);
    assertThat(config.getSpec().founder()).isFalse();
    assertThat(config.getSpec().members()).hasSize(3);
    assertThat(config.getSpec().capabilityRules())
        .extracting(rule -> rule.name())
        .containsExactly("movable");
    assertThat(lab.status().inventory()).hasSize(5);
  }

  @Test
  void kubectlShowsAndExplainsIt() {
    lab.kubectl("wait", "--for=condition=Ready", "cfgsrc/lab", "--timeout=5m").orFail();
    assertThat(lab.kubectl("get", "krgnodes").orFail())
        .containsPattern("NAME +ID +DESIRED +STATE +PROCESSES +READY +REASON +AGE")
        .containsPattern("node3 +3 +Online");
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("get", "krg").orFail())
                    .containsPattern("pc-lab +42 +[0-3]/3"));
    // The server publishes what explains a kind some time after the kind.
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("explain", "krgnode.spec.nodeId").out())
                    .contains("Number of the node in its cluster"));
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("explain", "capset").out())
                    .contains("The Kerrighed capabilities that matching processes are given"));
    assertThat(lab.kubectl("describe", "cfgsrc", "lab").orFail()).contains("RevisionApplied");
  }

  @Test
  void drainingIsOneWordInACommit() throws IOException {
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("drain node1");
    lab.applied(revision);
    soon().until(() -> lab.configs().get("node1").getSpec().state() == DesiredState.DRAINED);
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.configs().values())
                    .extracting(
                        config -> config.getSpec().founder(), config -> config.getSpec().revision())
                    .containsExactly(
                        tuple(false, revision), tuple(true, revision), tuple(false, revision)));
  }

  @Test
  void whatLeavesTheRepositoryLeavesTheCluster() throws IOException {
    lab.repository().delete("capabilities.yaml");
    String nodes = lab.repository().read("nodes.yaml");
    lab.repository().write("nodes.yaml", nodes.substring(0, nodes.lastIndexOf("---")));
    lab.applied(lab.repository().push("remove node3 and its rules"));
    assertThat(lab.configs().keySet()).containsExactly("node1", "node2");
    assertThat(lab.client().resources(CapabilitySet.class).list().getItems()).isEmpty();
    soon()
        .until(
            () ->
                lab.client().serviceAccounts().inNamespace(Api.NAMESPACE).withName("node3").get()
                    == null);
    assertThat(lab.status().inventory()).hasSize(3);
  }

  @Test
  void whatSomebodyChangesByHandIsPutBackWhenAskedFor() {
    lab.kubectl(
            "patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"state\":\"Absent\"}}")
        .orFail();
    lab.fetchNow();
    soon().until(() -> lab.node("node1").getSpec().state() == DesiredState.ONLINE);
  }

  @Test
  void nothingHappensWhileSuspended() throws IOException {
    lab.patchSource("{\"spec\":{\"suspend\":true}}");
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("drain while suspended");
    lab.kubectl("annotate", "--overwrite", "cfgsrc", "lab", Api.RECONCILE_AT + "=while-suspended")
        .orFail();
    soon().until(() -> "while-suspended".equals(lab.status().lastHandledReconcileAt()));
    assertThat(lab.status().lastAppliedRevision()).isNotEqualTo(revision);
    lab.patchSource("{\"spec\":{\"suspend\":false}}");
    lab.applied(revision);
  }

  @Test
  void aRestartedOperatorFindsWhatWasPushedMeanwhile() throws Exception {
    lab.plane().stopOperator();
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("drain while the operator is down");
    lab.plane().startOperator();
    lab.applied(revision);
  }
}
