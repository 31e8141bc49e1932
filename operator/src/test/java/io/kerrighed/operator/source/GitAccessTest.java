// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.operator.git.GitHttpsServer;
import io.kerrighed.operator.git.GitSshServer;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against git's own server programs, behind real TLS and SSH. */
class GitAccessTest {
  @TempDir Path directory;
  private Repo repo;
  private RevCommit newest;
  private GitCache cache;
  private GitFetcher fetcher;

  @BeforeEach
  void start() throws Exception {
    repo = new Repo(directory.resolve("lab"));
    newest = repo.commit("a.yaml", "x");
    repo.tag("v1.0.0");
    cache = new GitCache(directory.resolve("cache"));
    fetcher = new GitFetcher(cache);
  }

  @AfterEach
  void end() {
    repo.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "tag: v1.0.0", "semver: 1.x", "commit: COMMIT"})
  void fetchesOverHttpsWithAPassword(String reference) throws Exception {
    try (GitHttpsServer server = new GitHttpsServer(directory)) {
      server.allowOnly("Basic " + base64("me:secret"));
      ConfigSource source =
          Repo.source(server.url("lab/.git"), reference.replace("COMMIT", newest.name()));
      Map<String, String> secret =
          Map.of("ca.crt", server.ca(), "username", "me", "password", "secret\n");
      assertThat(fetch(source, secret).commit()).isEqualTo(newest);
    }
  }

  @Test
  void fetchesOverHttpsWithAToken() throws Exception {
    try (GitHttpsServer server = new GitHttpsServer(directory)) {
      server.allowOnly("Bearer abc");
      ConfigSource source = Repo.source(server.url("lab/.git"), "");
      assertThat(fetch(source, Map.of("ca.crt", server.ca(), "bearerToken", "abc\n")).commit())
          .isEqualTo(newest);
    }
  }

  @Test
  void fetchesLittleOfALongHistoryThatGrows() throws Exception {
    RevCommit first = newest;
    for (int i = 0; i < GitFetcher.DEPTH; i++) {
      newest = repo.commit("a.yaml", "text " + i);
    }
    try (GitHttpsServer server = new GitHttpsServer(directory)) {
      ConfigSource source = Repo.source(server.url("lab/.git"), "");
      Map<String, String> secret = Map.of("ca.crt", server.ca());
      for (int i = 0; i < 3; i++) {
        assertThat(fetch(source, secret).commit()).isEqualTo(newest);
        newest = repo.commit("a.yaml", "more " + i);
      }
      try (Repository local = cache.open(source)) {
        assertThat(local.getObjectDatabase().has(first)).isFalse();
      }
    }
  }

  @Test
  void credentialsGoToTheServerOfTheUrlOnly() throws Exception {
    HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    BlockingQueue<Set<String>> sent = new LinkedBlockingQueue<>();
    other.createContext(
        "/",
        exchange -> {
          sent.add(Set.copyOf(exchange.getRequestHeaders().keySet()));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    other.start();
    try {
      HttpAccess access = HttpAccess.of("https://127.0.0.1/lab.git", Map.of("bearerToken", "abc"));
      URL elsewhere = new URL("http://127.0.0.1:" + other.getAddress().getPort() + "/lab.git");
      assertThat(access.create(elsewhere).getResponseCode()).isEqualTo(200);
      assertThat(sent.take()).contains("Host").doesNotContain("Authorization");
    } finally {
      other.stop(0);
    }
  }

  @Test
  void saysWhyHttpsFails() throws Exception {
    try (GitHttpsServer server = new GitHttpsServer(directory)) {
      ConfigSource source = Repo.source(server.url("lab/.git"), "credentialsSecret: git");
      String ca = server.ca();
      assertRefused(source, Map.of(), "ServerNotTrusted", "add that as ca.crt to the Secret");
      assertRefused(
          Repo.source(server.url("other/.git"), ""), Map.of("ca.crt", ca), "FetchFailed", "other");
      server.allowOnly("Bearer abc");
      assertRefused(
          source,
          Map.of("ca.crt", ca, "bearerToken", "abd"),
          "AuthenticationFailed",
          "are the credentials in Secret git right");
      assertRefused(
          Repo.source(server.url("lab/.git"), ""),
          Map.of("ca.crt", ca),
          "AuthenticationFailed",
          "name a Secret with username and password, or bearerToken, in spec.credentialsSecret");
      assertRefused(
          source, Map.of("ca.crt", "abc"), "InvalidSecret", "ca.crt of the Secret is no PEM");
      assertRefused(
          source, Map.of("username", "me"), "InvalidSecret", "only one of username and password");
      assertRefused(
          source,
          Map.of("username", "me", "password", "secret", "bearerToken", "abc"),
          "InvalidSecret",
          "bearerToken and password");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ed25519 -N ''",
        "-t ed25519 -N geheim",
        "-t rsa -b 2048 -m PEM -N ''",
        "-t ecdsa -N ''"
      })
  void fetchesOverSsh(String kind) throws Exception {
    Path key = sshKey("key", kind);
    try (GitSshServer server = new GitSshServer()) {
      server.allow(Files.readString(Path.of(key + ".pub")));
      ConfigSource source = Repo.source(server.url(repo.directory()), "credentialsSecret: git");
      // As it arrives when somebody pastes it.
      String identity = Files.readString(key).strip();
      assertThat(
              fetch(
                      source,
                      Map.of(
                          kind.contains("PEM") ? "ssh-privatekey" : "identity",
                          identity,
                          "password",
                          "geheim",
                          "known_hosts",
                          server.knownHosts()))
                  .commit())
          .isEqualTo(newest);
    }
    try (var left = Files.list(directory)) {
      assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("ssh"));
    }
  }

  @Test
  void saysWhySshFails() throws Exception {
    String key = Files.readString(sshKey("key", "-t ed25519 -N ''"));
    String locked = Files.readString(sshKey("locked", "-t ed25519 -N geheim"));
    try (GitSshServer server = new GitSshServer();
        GitSshServer other = new GitSshServer()) {
      ConfigSource source = Repo.source(server.url(repo.directory()), "credentialsSecret: git");
      String hosts = server.knownHosts();
      String wrong =
          hosts.substring(0, hosts.indexOf(' ') + 1) + other.knownHosts().split(" ", 2)[1];
      assertRefused(
          source,
          Map.of("identity", key, "known_hosts", hosts),
          "AuthenticationFailed",
          "does the server know the public key of identity in Secret git");
      for (String bad : new String[] {wrong, "", other.knownHosts()}) {
        assertRefused(
            source,
            Map.of("identity", key, "known_hosts", bad),
            "ServerNotTrusted",
            "compare known_hosts in Secret git with the host key of the server");
      }
      assertRefused(source, Map.of("identity", key), "InvalidSecret", "no known_hosts");
      assertRefused(source, Map.of("known_hosts", hosts), "InvalidSecret", "no identity");
      assertRefused(
          source, Map.of("identity", "x", "known_hosts", hosts), "InvalidSecret", "no private key");
      assertRefused(
          source,
          Map.of("identity", locked, "password", "wrong", "known_hosts", hosts),
          "InvalidSecret",
          "is password its passphrase?");
      assertRefused(
          source, Map.of("identity", locked, "known_hosts", hosts), "InvalidSecret", "identity");
    }
  }

  private void assertRefused(
      ConfigSource source, Map<String, String> secret, String reason, String message) {
    assertThatThrownBy(() -> fetch(source, secret))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
  }

  private Revision fetch(ConfigSource source, Map<String, String> secret) throws SourceException {
    try (GitAccess access = GitAccess.of(source, secret, directory)) {
      return fetcher.fetch(source, access);
    }
  }

  private Path sshKey(String name, String options) throws Exception {
    Path key = directory.resolve(name);
    Process process =
        new ProcessBuilder("sh", "-c", "ssh-keygen -q -f '" + key + "' " + options)
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    return key;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
