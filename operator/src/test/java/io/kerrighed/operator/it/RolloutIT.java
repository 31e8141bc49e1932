// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several nodes leave one after the other; the test speaks for their agents. */
class RolloutIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @Test
  void nodesLeaveOneAfterTheOther() throws IOException {
    lab.repository().replace("cluster.yaml", "sessionId: 42", "sessionId: 42\n  maxUnavailable: 1");
    String together = lab.repository().push("one at a time");
    lab.applied(together);
    lab.report(together);

    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String revision = lab.repository().push("drain two");
    soon().until(() -> desired("node1") == DesiredState.DRAINED);
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("get", "krgnode", "node2").orFail()).contains("WaitingFor"));
    assertThat(desired("node2")).isEqualTo(DesiredState.ONLINE);
    assertThat(lab.configs().get("node2").getSpec().revision()).isEqualTo(together);

    reported("node3", revision, "Online", "1, 2, 3");
    assertThat(desired("node2")).isEqualTo(DesiredState.ONLINE);
    reported("node1", revision, "Drained", "");
    soon().until(() -> desired("node2") == DesiredState.DRAINED);
    lab.applied(revision);
  }

  private static DesiredState desired(String node) {
    return lab.configs().get(node).getSpec().state();
  }

  /** An agent says that its node is as it should be. */
  private static void reported(String node, String revision, String state, String view) {
    soon().until(() -> revision.equals(lab.configs().get(node).getSpec().revision()));
    lab.patchStatus(
        node,
        """
            {"status": {"observedGeneration": %d, "appliedRevision": "%s", "state": "%s",
              "viewEpoch": 2, "onlineNodes": [%s],
              "conditions": [{"type": "Ready", "status": "True", "reason": "Applied",
                "message": "as it should be"}]}}
            """
            .formatted(
                lab.configs().get(node).getMetadata().getGeneration(), revision, state, view));
  }
}
