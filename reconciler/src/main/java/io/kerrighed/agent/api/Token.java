// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * A ServiceAccount's token. Only read here, never checked: that is the API server's business.
 *
 * @param text to be sent; secret
 * @param namespace of the account
 * @param account its name
 * @param issued when it began to be valid
 * @param expires when it ends
 * @param joinSecret name of the Secret that a join token ends with; null for a node's own token
 */
record Token(
    String text,
    String namespace,
    String account,
    Instant issued,
    Instant expires,
    String joinSecret) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration FRESH = Duration.ofDays(1);
  private static final String SUBJECT = "system:serviceaccount:";

  /**
   * Reads the claims of a token.
   *
   * @throws IllegalArgumentException if it is no token of a ServiceAccount
   */
  static Token parse(String text) {
    String[] parts = text.strip().split("\\.");
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "not a ServiceAccount token: it does not have three parts");
    }
    try {
      JsonNode claims = JSON.readTree(payload(parts[1]));
      String subject = claims.path("sub").asText();
      String[] names = subject.startsWith(SUBJECT) ? subject.split(":") : new String[0];
      if (names.length != 4 || !claims.has("exp") || !claims.has("iat")) {
        throw new IllegalArgumentException(
            "not a ServiceAccount token that ends: make one with 'krgctl join-token'");
      }
      return new Token(
          text.strip(),
          names[2],
          names[3],
          Instant.ofEpochSecond(claims.path("iat").asLong()),
          Instant.ofEpochSecond(claims.path("exp").asLong()),
          claims.path("kubernetes.io").path("secret").path("name").asText(null));
    } catch (IOException e) {
      throw new IllegalArgumentException("not a ServiceAccount token: no JSON inside", e);
    }
  }

  private static byte[] payload(String part) {
    try {
      return Base64.getUrlDecoder().decode(part);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a ServiceAccount token: no base64 inside", e);
    }
  }

  /**
   * Should it be renewed? A join token at once, whatever the time is: it does not last. Another one
   * after two thirds of its life or a day, so that a PC may then be off for almost all of it.
   *
   * @param now by the API server's clock, as far as it is known
   */
  boolean isDue(Instant now) {
    Duration most = Duration.between(issued, expires).multipliedBy(2).dividedBy(3);
    Instant renewFrom = issued.plus(most.compareTo(FRESH) < 0 ? most : FRESH);
    return joinSecret != null || !now.isBefore(renewFrom);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return (joinSecret == null ? "token of " : "join token of ")
        + namespace
        + "/"
        + account
        + " until "
        + expires;
  }
}
