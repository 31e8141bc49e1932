// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which commit of a repository is in force. */
class ReferenceIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void followMain() {
    lab.patchSource("{\"spec\":{\"tag\":null,\"semver\":null,\"commit\":null}}");
  }

  @Test
  void aTagIsFollowedWhereItIsMoved() throws IOException {
    String first = lab.repository().tag("stable");
    lab.patchSource("{\"spec\":{\"tag\":\"stable\"}}");
    lab.applied(first);
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    lab.repository().push("not tagged");
    lab.applied(lab.repository().tag("stable"));
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
    soon().until(() -> lab.events().contains("tag stable was moved from"));
  }

  @Test
  void theHighestVersionOfARangeIsInForce() throws IOException {
    String one = lab.repository().tag("v1.9.0");
    lab.patchSource("{\"spec\":{\"semver\":\"1.x\"}}");
    lab.applied(one);
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    lab.repository().push("next");
    lab.repository().tag("v2.0.0");
    lab.applied(lab.repository().tag("v1.10.0"));
    lab.patchSource("{\"spec\":{\"semver\":\">=3\"}}");
    soon().until(() -> lab.ready().reason().equals("NoVersion"));
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
  }

  @Test
  void aCommitStaysInForce() throws IOException {
    String good = lab.repository().head();
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    lab.applied(lab.repository().push("newer"));
    lab.patchSource("{\"spec\":{\"commit\":\"" + good + "\"}}");
    lab.applied("sha1:" + good);
    assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.ONLINE);
  }

  @Test
  void aRewrittenBranchIsFollowedAndToldAbout() throws IOException {
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String first = lab.repository().push("to be rewritten");
    lab.applied(first);
    lab.repository().replace("nodes.yaml", "state: Drained", "state: Absent");
    String rewritten = lab.repository().rewrite("rewritten");
    lab.applied(rewritten);
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.events())
                    .contains("HistoryRewritten")
                    .contains("branch main was rewritten: " + first.split(":")[1]));
  }
}
