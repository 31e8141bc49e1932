// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.operator.git.GitHttpsServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The outcome of a push, where who pushed looks for it. */
class NotesIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
    lab.patchSource("{\"spec\":{\"notes\":true}}");
  }

  @AfterEach
  void noNotes() {
    lab.patchSource(
        "{\"spec\":{\"notes\":false,\"credentialsSecret\":null,\"url\":\"%s\"}}"
            .formatted(lab.repository().url()));
  }

  @Test
  void everyCommitSaysWhatBecameOfIt() throws IOException {
    lab.repository().replace("nodes.yaml", "hostname: node1", "hostnme: node1");
    lab.repository().push("a mistake");
    String bad = lab.repository().head();
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.repository().note(bad))
                    .startsWith("ConfigSource lab: refused, UnknownField: nodes.yaml:9:5:"));
    lab.applied(lab.repository().revert());
    String good = lab.repository().head();
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.repository().note(good))
                    .isEqualTo("ConfigSource lab: applied, 5 objects"));
    assertThat(lab.repository().note(bad)).contains("refused");
  }

  @Test
  void aRemoteThatTakesNoNotesHoldsNothingUp() throws Exception {
    try (GitHttpsServer server = new GitHttpsServer(lab.repository().directory().getParent())) {
      server.refusePushes();
      lab.secret("notes", "ca.crt=" + server.ca());
      lab.patchSource(
          "{\"spec\":{\"credentialsSecret\":\"notes\",\"url\":\"%s\"}}"
              .formatted(server.url(lab.repository().directory().getFileName().toString())));
      String revision = lab.repository().push("fine");
      lab.fetchNow();
      lab.applied(revision);
      soon().until(() -> lab.events().contains("NoteNotPushed"));
    }
  }
}
