// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
  @TempDir Path state;

  static String token(String account, long issued, long expires) {
    return encode("{\"alg\":\"none\"}")
        + "."
        + encode(
            "{\"sub\":\"system:serviceaccount:kerrighed:%s\",\"iat\":%d,\"exp\":%d}"
                .formatted(account, issued, expires))
        + ".c2ln";
  }

  private static String joinToken(long issued, long expires) {
    return encode("{\"alg\":\"none\"}")
        + "."
        + encode(
            ("{\"sub\":\"system:serviceaccount:kerrighed:pc1\",\"iat\":%d,\"exp\":%d,"
                    + "\"kubernetes.io\":{\"secret\":{\"name\":\"join-pc1\",\"uid\":\"1\"}}}")
                .formatted(issued, expires))
        + ".c2ln";
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsTheClaims() {
    Token token = Token.parse(token("pc1", 1000, 4600) + "\n");
    assertThat(token.namespace()).isEqualTo("kerrighed");
    assertThat(token.account()).isEqualTo("pc1");
    assertThat(token.isDue(Instant.ofEpochSecond(3399))).isFalse();
    assertThat(token.isDue(Instant.ofEpochSecond(3400))).isTrue();
    assertThat(token.toString()).doesNotContain(token.text());
  }

  @Test
  void aLongLivedTokenIsRenewedEveryDayAndAJoinTokenAtOnce() {
    Token month = Token.parse(token("pc1", 1000, 1000 + 30 * 86_400));
    assertThat(month.isDue(Instant.ofEpochSecond(1000 + 86_399))).isFalse();
    assertThat(month.isDue(Instant.ofEpochSecond(1000 + 86_400))).isTrue();
    assertThat(month.joinSecret()).isNull();
    Token join = Token.parse(joinToken(1000, 2800));
    assertThat(join.isDue(Instant.EPOCH)).as("a clock that is behind").isTrue();
    assertThat(join.joinSecret()).isEqualTo("join-pc1");
  }

  /** Tokens count in seconds. */
  @Test
  void whatAJoinTokenWasExchangedForInTheSameSecondIsKept() {
    new TokenStore(state, joinToken(1000, 2800)).replace(token("pc1", 1000, 7000));
    TokenStore restarted = new TokenStore(state, joinToken(1000, 2800));
    assertThat(restarted.getToken()).isEqualTo(token("pc1", 1000, 7000));
    assertThat(restarted.installed().joinSecret()).isEqualTo("join-pc1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "secret", "a.b.c", "e30.e30.e30", "e30.bm90IGpzb24.e30"})
  void refusesWhatIsNoToken(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Token.parse(text))
        .withMessageContaining("ServiceAccount token");
  }

  @Test
  void aRenewedTokenSurvivesARestart() throws IOException {
    TokenStore store = new TokenStore(state, token("pc1", 1000, 4600));
    store.replace(token("pc1", 3400, 7000));
    assertThat(Files.getPosixFilePermissions(state.resolve("token")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(new TokenStore(state, token("pc1", 1000, 4600)).token().issued().getEpochSecond())
        .isEqualTo(3400);
  }

  @Test
  void aNewerInstallationWins() {
    new TokenStore(state, token("pc1", 1000, 4600)).replace(token("pc1", 3400, 7000));
    assertThat(new TokenStore(state, token("pc1", 9000, 9900)).getToken())
        .isEqualTo(token("pc1", 9000, 9900));
    assertThat(new TokenStore(state, token("pc2", 1000, 4600)).getToken())
        .isEqualTo(token("pc2", 1000, 4600));
  }
}
