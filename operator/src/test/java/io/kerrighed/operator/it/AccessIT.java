// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.operator.git.GitHttpsServer;
import io.kerrighed.operator.git.GitSshServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repositories elsewhere, with credentials in a Secret. */
class AccessIT {
  private static final Lab lab = Lab.shared();

  @TempDir Path directory;

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void localAgain() {
    lab.patchSource(
        "{\"spec\":{\"credentialsSecret\":null,\"url\":\"%s\"}}".formatted(lab.repository().url()));
    lab.kubectl("-n", Api.NAMESPACE, "delete", "secret", "git", "--ignore-not-found").orFail();
  }

  @Test
  void httpsWithATokenThatIsReplaced() throws Exception {
    try (GitHttpsServer server = new GitHttpsServer(lab.repository().directory().getParent())) {
      server.allowOnly("Bearer first");
      follow(server.url(lab.repository().directory().getFileName().toString()));
      soon().until(() -> lab.ready().reason().equals("SecretNotFound"));
      lab.secret("git", "bearerToken=first", "ca.crt=" + server.ca());
      lab.fetchNow();
      lab.applied("main@sha1:" + lab.repository().head());

      server.allowOnly("Bearer second");
      lab.fetchNow();
      soon()
          .untilAsserted(
              () -> {
                assertThat(lab.ready().reason()).isEqualTo("AuthenticationFailed");
                assertThat(lab.ready().message()).contains("Secret git");
              });
      lab.kubectl("-n", Api.NAMESPACE, "delete", "secret", "git").orFail();
      lab.secret("git", "bearerToken=second", "ca.crt=" + server.ca());
      String revision = lab.repository().push("with the new token");
      lab.fetchNow();
      lab.applied(revision);
    }
  }

  @Test
  void ssh() throws Exception {
    Path key = directory.resolve("key");
    Command.run(
            directory,
            Map.of(),
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            key.toString())
        .orFail();
    try (GitSshServer server = new GitSshServer()) {
      lab.secret("git", "identity=" + Files.readString(key), "known_hosts=" + server.knownHosts());
      follow(server.url(lab.repository().directory()));
      soon().until(() -> lab.ready().reason().equals("AuthenticationFailed"));
      server.allow(Files.readString(Path.of(key + ".pub")));
      String revision = lab.repository().push("over ssh");
      lab.fetchNow();
      lab.applied(revision);
    }
  }

  private static void follow(String url) {
    lab.patchSource("{\"spec\":{\"credentialsSecret\":\"git\",\"url\":\"%s\"}}".formatted(url));
  }
}
