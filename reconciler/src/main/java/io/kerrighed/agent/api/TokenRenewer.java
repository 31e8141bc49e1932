// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;

/**
 * Exchanges a join token for one of the node's own, and that for a newer one long before it ends.
 */
final class TokenRenewer {
  private static final Logger LOG = System.getLogger(TokenRenewer.class.getName());

  /** A PC may be switched off for weeks and come back. */
  private static final Duration LIFETIME = Duration.ofDays(30);

  private final KubernetesClient client;
  private final TokenStore tokens;
  private final Clock clock;

  /** The Secret that the join token ends with; null once it is gone. */
  private String joinSecret;

  /** How far the API server's clock is ahead of this PC's, as the newest answer has shown. */
  private Duration serverAhead = Duration.ZERO;

  TokenRenewer(KubernetesClient client, TokenStore tokens, Clock clock) {
    this.client = client;
    this.tokens = tokens;
    this.clock = clock;
    this.joinSecret = tokens.installed().joinSecret();
  }

  /**
   * Renews the token if it is time.
   *
   * @throws RuntimeException if the API server is not there or refuses; the token in use stays
   */
  void run() {
    Token token = tokens.token();
    if (token.isDue(clock.instant().plus(serverAhead))) {
      TokenRequest answer =
          client
              .serviceAccounts()
              .inNamespace(token.namespace())
              .withName(token.account())
              .tokenRequest(
                  new TokenRequestBuilder()
                      .withNewSpec()
                      .withExpirationSeconds(LIFETIME.toSeconds())
                      .endSpec()
                      .build());
      tokens.replace(answer.getStatus().getToken());
      serverAhead = Duration.between(clock.instant(), tokens.token().issued());
      LOG.log(Level.INFO, "renewed: {0}", tokens.token());
    }
    spendJoinToken();
  }

  /**
   * It must not work twice. Only once the new one is kept: else a crash would lock the node out.
   */
  private void spendJoinToken() {
    if (joinSecret != null && tokens.token().joinSecret() == null) {
      client.secrets().inNamespace(tokens.token().namespace()).withName(joinSecret).delete();
      joinSecret = null;
    }
  }
}
