// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static io.kerrighed.ctl.ControlPlane.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.agent.api.ApiLink;
import io.kerrighed.agent.api.Connection;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.ctl.ControlPlane.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A PC joins with a join token, and what whoever steals or keeps one gets: nothing. */
class JoinIT {
  private static final ControlPlane plane = ControlPlane.shared();
  private static final String NAMESPACE = "kerrighed";

  @TempDir Path directory;
  private final BlockingQueue<NodeConfig> configs = new LinkedBlockingQueue<>();

  private Path join(String node) {
    Path file = directory.resolve(node + ".kubeconfig");
    plane.krgctl("join-token", node, "--to", file.toString()).orFail();
    return file;
  }

  private ApiLink agent(String node, Path kubeconfig, Path state) throws IOException {
    return new ApiLink(
        node, Connection.fromKubeconfig(kubeconfig), state, Clock.systemUTC(), configs::add);
  }

  private String configured() throws InterruptedException {
    return configs.poll(5, TimeUnit.MINUTES).getMetadata().getName();
  }

  /** May whoever has this kubeconfig, or the token given instead of its own, read the node? */
  private static boolean reads(String node, Path kubeconfig, String token) throws IOException {
    var config = io.fabric8.kubernetes.client.Config.fromKubeconfig(Files.readString(kubeconfig));
    if (token != null) {
      config.setAutoOAuthToken(token);
    }
    try (KubernetesClient client = ApiAccess.client(config)) {
      return client.resources(NodeConfig.class).withName(node).get() != null;
    } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
      return false;
    }
  }

  private static boolean joinSecretIsThere(String node) {
    return plane.admin().secrets().inNamespace(NAMESPACE).withName("join-" + node).get() != null;
  }

  @Test
  void anAgentExchangesItsJoinTokenWhichThenIsWorthNothing() throws Exception {
    Path installed = join("node1");
    Path state = Files.createDirectory(directory.resolve("state"));
    try (ApiLink agent = agent("node1", installed, state)) {
      assertThat(configured()).isEqualTo("node1");
      soon().until(() -> Files.exists(state.resolve("token")));
      soon().until(() -> !joinSecretIsThere("node1"));
    }
    // The API server remembers a good token for some seconds.
    soon().until(() -> !reads("node1", installed, null));
    String own = Files.readString(state.resolve("token"));
    assertThat(reads("node1", installed, own)).isTrue();
    assertThat(reads("node2", installed, own)).isFalse();

    configs.clear();
    try (ApiLink restarted = agent("node1", installed, state)) {
      assertThat(configured()).isEqualTo("node1");
    }
  }

  @Test
  void anotherJoinTokenEndsTheOneBefore() throws Exception {
    Path first = join("node2");
    Path kept = Files.copy(first, directory.resolve("kept"));
    assertThat(reads("node2", kept, null)).isTrue();
    join("node2");
    soon().until(() -> !reads("node2", kept, null));
    assertThat(reads("node2", first, null)).isTrue();
  }

  @Test
  void revokingEndsStolenTokensToo() throws Exception {
    Path installed = join("node3");
    Path state = Files.createDirectory(directory.resolve("state"));
    try (ApiLink agent = agent("node3", installed, state)) {
      assertThat(configured()).isEqualTo("node3");
      soon().until(() -> Files.exists(state.resolve("token")));
    }
    String own = Files.readString(state.resolve("token"));
    // A thief renews what was stolen, as the agent would.
    var config = io.fabric8.kubernetes.client.Config.fromKubeconfig(Files.readString(installed));
    config.setAutoOAuthToken(own);
    String thiefs;
    try (KubernetesClient thief = ApiAccess.client(config)) {
      thiefs =
          thief
              .serviceAccounts()
              .inNamespace(NAMESPACE)
              .withName("node3")
              .tokenRequest(
                  new TokenRequestBuilder()
                      .withNewSpec()
                      .withExpirationSeconds(Duration.ofDays(30).toSeconds())
                      .endSpec()
                      .build())
              .getStatus()
              .getToken();
    }
    assertThat(reads("node3", installed, thiefs)).isTrue();

    assertThat(plane.krgctl("revoke-tokens", "node3").orFail()).contains("krgctl join-token node3");
    soon().until(() -> !reads("node3", installed, own));
    soon().until(() -> !reads("node3", installed, thiefs));

    // The operator has made the account anew, so the PC can join again.
    soon()
        .until(
            () ->
                plane.admin().serviceAccounts().inNamespace(NAMESPACE).withName("node3").get()
                    != null);
    configs.clear();
    try (ApiLink again = agent("node3", join("node3"), state)) {
      assertThat(configured()).isEqualTo("node3");
    }
  }

  @Test
  void anUnknownNodeIsRefused() {
    Result join = plane.krgctl("join-token", "node9");
    assertThat(join.exit()).isEqualTo(2);
    assertThat(join.err()).contains("no KerrighedNode node9", "push one");
    assertThat(joinSecretIsThere("node9")).isFalse();
    Result revoke = plane.krgctl("revoke-tokens", "node9");
    assertThat(revoke.exit()).isEqualTo(2);
    assertThat(revoke.err()).contains("node9", "krgctl status");
  }
}
