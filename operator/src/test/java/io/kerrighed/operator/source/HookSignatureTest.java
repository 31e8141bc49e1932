// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The signature is the example of GitHub's documentation. */
class HookSignatureTest {
  private static final String TOKEN = "It's a Secret to Everybody";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          X-Hub-Signature-256 | sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17 | true
          X-Gitea-Signature   | 757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17        | true
          X-Gitlab-Token      | "It's a Secret to Everybody"                                            | true
          X-Hub-Signature-256 | 757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17        | false
          X-Hub-Signature-256 | sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e18 | false
          X-Hub-Signature-256 | sha256=757107ea                                                         | false
          X-Hub-Signature-256 | sha256=                                                                 | false
          X-Hub-Signature-256 | sha256=x                                                                | false
          X-Gitea-Signature   | 757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1         | false
          X-Gitlab-Token      | "It's a Secret to everybody"                                            | false
          X-Hub-Signature     | sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59                           | false
          Authorization       | "It's a Secret to Everybody"                                            | false
          """,
      quoteCharacter = '"')
  void onlyWhoKnowsTheTokenIsLetIn(String header, String value, boolean good) {
    byte[] body = "Hello, World!".getBytes(StandardCharsets.UTF_8);
    assertThat(HookSignature.isGood(Map.of(header, value)::get, body, TOKEN)).isEqualTo(good);
    assertThat(HookSignature.isGood(Map.of(header, value)::get, body, "")).isFalse();
    if (!header.equals("X-Gitlab-Token")) {
      assertThat(HookSignature.isGood(Map.of(header, value)::get, new byte[0], TOKEN)).isFalse();
    }
  }
}
