// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tells if a webhook's call comes from who knows the token. */
final class HookSignature {
  private static final String GITHUB = "sha256=";

  private HookSignature() {}

  /**
   * Checks the signature that GitHub, Gitea and Forgejo put on the body, or the token itself that
   * GitLab sends; how long it takes says nothing about the token.
   *
   * @param headers gives the value of a header, or null
   */
  static boolean isGood(UnaryOperator<String> headers, byte[] body, String token) {
    if (token.isBlank()) {
      return false;
    }
    String github = headers.apply("X-Hub-Signature-256");
    if (github != null) {
      return github.startsWith(GITHUB) && isHmac(github.substring(GITHUB.length()), body, token);
    }
    String gitea = headers.apply("X-Gitea-Signature");
    if (gitea != null) {
      return isHmac(gitea, body, token);
    }
    String gitlab = headers.apply("X-Gitlab-Token");
    return gitlab != null && MessageDigest.isEqual(bytes(gitlab), bytes(token));
  }

  private static boolean isHmac(String hex, byte[] body, String token) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(bytes(token), "HmacSHA256"));
      return MessageDigest.isEqual(HexFormat.of().parseHex(hex), mac.doFinal(body));
    } catch (IllegalArgumentException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
