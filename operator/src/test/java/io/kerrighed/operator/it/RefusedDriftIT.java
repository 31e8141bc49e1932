// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What somebody changes by hand while there is no newer good revision is taken back. */
class RefusedDriftIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void wholeRepository() {
    lab.patchSource("{\"spec\":{\"path\":\".\"}}");
  }

  @Test
  void theLastGoodRevisionIsKeptWhileANewerOneIsRefused() throws IOException {
    String good = lab.status().lastAppliedRevision();
    pushMistake();
    drain("node1");
    lab.kubectl("delete", "capset", "movable").orFail();

    lab.fetchNow();
    asTheGoodRevisionHasIt(good);
    assertThat(lab.ready().reason()).isEqualTo("DuplicateNodeId");
    assertThat(lab.ready().message()).doesNotContain("by hand");
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.events())
                    .contains("DriftRepaired", "KerrighedNode node1", "CapabilitySet movable"));
  }

  @Test
  void theSameRefusalIsToldOnce() throws IOException {
    String bad = pushMistake();
    String refusal = "at nodes.yaml:7:11";
    long told = lab.events().lines().filter(line -> line.contains(refusal)).count();
    for (int i = 0; i < 2; i++) {
      drain("node1");
      lab.fetchNow();
      soon().until(() -> lab.node("node1").getSpec().state() == DesiredState.ONLINE);
    }
    assertThat(lab.status().lastAttemptedRevision()).isEqualTo(bad);
    assertThat(lab.events().lines().filter(line -> line.contains(refusal))).hasSize((int) told);
  }

  @Test
  void theLastGoodRevisionIsKeptWhileGitIsAway() throws IOException {
    String good = lab.status().lastAppliedRevision();
    Path away = lab.repository().directory().resolveSibling("away.git");
    Files.move(lab.repository().directory(), away);
    try {
      lab.fetchNow();
      soon().until(() -> lab.ready().reason().equals("FetchFailed"));
      drain("node2");
      lab.fetchNow();
      soon().until(() -> lab.node("node2").getSpec().state() == DesiredState.ONLINE);
    } finally {
      Files.move(away, lab.repository().directory());
    }
    lab.fetchNow();
    lab.applied(good);
  }

  @Test
  void aRevisionIsNotReadFromAnotherFolderThanItWasAppliedFrom() throws IOException {
    String good = lab.status().lastAppliedRevision();
    lab.patchSource("{\"spec\":{\"path\":\"nowhere\"}}");
    soon().until(() -> lab.ready().reason().equals("PathNotFound"));
    lab.repository().push("another one, so that there is one to go back to");
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.ready().reason()).isEqualTo("PathNotFound");
              assertThat(lab.ready().message())
                  .contains("changes by hand are not taken back", "from another folder");
            });
    assertThat(lab.status().lastAppliedRevision()).isEqualTo(good);
    assertThat(lab.configs()).hasSize(3);
  }

  private static String pushMistake() throws IOException {
    lab.repository().replace("nodes.yaml", "nodeId: 1", "nodeId: 3");
    String bad = lab.repository().push("a mistake");
    soon().until(() -> lab.ready().reason().equals("DuplicateNodeId"));
    return bad;
  }

  private static void drain(String node) {
    lab.kubectl(
            "patch", "krgnode", node, "--type=merge", "-p", "{\"spec\":{\"state\":\"Drained\"}}")
        .orFail();
  }

  private static void asTheGoodRevisionHasIt(String good) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.ONLINE);
              assertThat(lab.kubectl("get", "capset", "movable").exit()).isZero();
            });
    assertThat(lab.status().lastAppliedRevision()).isEqualTo(good);
  }
}
