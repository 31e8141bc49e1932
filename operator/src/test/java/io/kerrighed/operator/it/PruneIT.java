// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of objects that leave the repository. */
class PruneIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void pruneAgain() {
    lab.patchSource("{\"spec\":{\"prune\":true}}");
    lab.kubectl("delete", "cfgsrc", "copy", "--ignore-not-found").orFail();
  }

  @Test
  void aProtectedObjectStaysUntilItIsNoMore() throws IOException {
    lab.repository()
        .replace(
            "capabilities.yaml",
            "name: movable",
            "name: movable\n  annotations:\n    " + Api.PRUNE + ": disabled");
    lab.applied(lab.repository().push("protect it"));
    lab.repository().delete("capabilities.yaml");
    lab.applied(lab.repository().push("remove it"));
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.events())
                    .contains("PruneSkipped")
                    .contains("Git no longer has CapabilitySet movable"));
    assertThat(movable()).isNotNull();
    lab.fetchNow();
    lab.applied(lab.repository().push("and again"));
    assertThat(movable()).isNotNull();

    lab.kubectl("annotate", "capset", "movable", Api.PRUNE + "-").orFail();
    lab.fetchNow();
    soon().until(() -> movable() == null);
    soon().untilAsserted(() -> assertThat(lab.status().inventory()).hasSize(4));
  }

  @Test
  void whatAnotherSourceHasStays() throws IOException {
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: copy}
            spec: {url: "%s", commit: %s, interval: 1h}
            """
                .formatted(lab.repository().url(), lab.repository().head()))
        .orFail();
    lab.kubectl("wait", "--for=condition=Ready", "cfgsrc/copy", "--timeout=5m").orFail();
    lab.repository().delete("capabilities.yaml");
    String revision = lab.repository().push("it is of another source now");
    soon().until(() -> lab.ready().message().equals("applied " + revision));
    assertThat(lab.status().inventory()).hasSize(4);
    assertThat(movable()).isNotNull();
  }

  @Test
  void whatSomebodyElseMadeUnderTheNameStays() throws IOException {
    lab.patchSource("{\"spec\":{\"suspend\":true}}");
    String own = lab.kubectl("get", "capset", "movable", "-o", "jsonpath={.metadata.uid}").orFail();
    lab.kubectl("delete", "capset", "movable").orFail();
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: CapabilitySet
            metadata: {name: movable}
            spec: {match: {user: root}, effective: []}
            """)
        .orFail();
    assertThat(movable().getMetadata().getUid()).isNotEqualTo(own);
    lab.repository().delete("capabilities.yaml");
    String revision = lab.repository().push("remove ours");
    lab.patchSource("{\"spec\":{\"suspend\":false}}");
    lab.applied(revision);
    assertThat(movable()).isNotNull();
    lab.kubectl("delete", "capset", "movable").orFail();
  }

  @Test
  void nothingIsDeletedWithoutPrune() throws IOException {
    lab.patchSource("{\"spec\":{\"prune\":false}}");
    lab.repository().delete("capabilities.yaml");
    lab.applied(lab.repository().push("remove it"));
    assertThat(movable()).isNotNull();
  }

  private static CapabilitySet movable() {
    return lab.client().resources(CapabilitySet.class).withName("movable").get();
  }
}
