// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.operator.git.Signer;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Only what the right people have signed comes into force. */
class VerifyIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void trustEverybody() {
    lab.patchSource("{\"spec\":{\"verify\":null,\"tag\":null}}");
    lab.kubectl("-n", Api.NAMESPACE, "delete", "secret", "signers", "--ignore-not-found").orFail();
  }

  @Test
  void whatNobodyTrustedSignedChangesNothing() throws IOException {
    try (Signer alice = Signer.ssh();
        Signer mallory = Signer.ssh()) {
      String good = lab.repository().pushSigned("signed", alice);
      lab.patchSource(
          "{\"spec\":{\"verify\":{\"keys\":[\"%s\"]}}}".formatted(alice.publicKey().strip()));
      lab.applied(good);

      lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
      String unsigned = lab.repository().push("not signed");
      refused(unsigned, "commit " + unsigned.split(":")[1] + " is not signed");
      String forged = lab.repository().pushSigned("signed by somebody else", mallory);
      refused(forged, "is signed with SSH, but not with a key of spec.verify");
      assertThat(lab.status().lastAppliedRevision()).isEqualTo(good);
      assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.ONLINE);

      lab.applied(lab.repository().pushSigned("signed", alice));
      assertThat(lab.node("node1").getSpec().state()).isEqualTo(DesiredState.DRAINED);
      soon().until(() -> lab.events().contains("signed with SSH key SHA256:"));
    }
  }

  @Test
  void tagsSignedWithAnOpenPgpKeyOfASecret() throws IOException {
    try (Signer alice = Signer.openPgp()) {
      lab.patchSource(
          "{\"spec\":{\"tag\":\"v3\",\"verify\":{\"signed\":\"Tag\",\"keysSecret\":\"signers\"}}}");
      String revision = lab.repository().tagSigned("v3", alice);
      soon().until(() -> lab.ready().reason().equals("SecretNotFound"));
      lab.secret("signers", "alice.asc=" + alice.publicKey());
      lab.fetchNow();
      lab.applied(revision);
      lab.repository().push("next");
      refused(lab.repository().tag("v3"), "tag v3 is not signed");
    }
  }

  private static void refused(String revision, String message) {
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.status().lastAttemptedRevision()).isEqualTo(revision);
              assertThat(lab.ready().reason()).isEqualTo("NotVerified");
              assertThat(lab.ready().message()).contains(message);
            });
  }
}
