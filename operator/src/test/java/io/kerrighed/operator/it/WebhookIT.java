// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.operator.git.GitHttpsServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A push event of the Git server, for a repository that the operator cannot watch. */
class WebhookIT {
  private static final Lab lab = Lab.shared();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String BODY = "{\"ref\": \"refs/heads/main\"}";

  private GitHttpsServer server;

  @BeforeEach
  void start() throws Exception {
    lab.restore();
    server = new GitHttpsServer(lab.repository().directory().getParent());
    lab.secret("git", "ca.crt=" + server.ca());
    lab.secret("hook", "token=geheim");
    lab.patchSource(
        "{\"spec\":{\"credentialsSecret\":\"git\",\"webhookSecret\":\"hook\",\"url\":\"%s\"}}"
            .formatted(server.url(lab.repository().directory().getFileName().toString())));
    String revision = lab.repository().push("seen after the change of the URL");
    lab.fetchNow();
    lab.applied(revision);
  }

  @AfterEach
  void localAgain() {
    lab.patchSource(
        "{\"spec\":{\"credentialsSecret\":null,\"webhookSecret\":null,\"url\":\"%s\"}}"
            .formatted(lab.repository().url()));
    lab.kubectl("-n", Api.NAMESPACE, "delete", "secret", "git", "hook").orFail();
    server.close();
  }

  @Test
  void aSignedCallHasTheSourceFetched() throws Exception {
    String signature = hmac("geheim");
    for (String[] header :
        new String[][] {
          {"X-Hub-Signature-256", "sha256=" + signature},
          {"X-Gitea-Signature", signature},
          {"X-Gitlab-Token", "geheim"}
        }) {
      String revision = lab.repository().push("told by " + header[0]);
      assertThat(call("lab", header).statusCode()).isEqualTo(202);
      lab.applied(revision);
    }
  }

  @Test
  void anyOtherCallIsRefused() throws Exception {
    String before = lab.status().lastFetchedRevision();
    lab.repository().push("told by nobody");
    assertThat(call("lab").statusCode()).isEqualTo(401);
    assertThat(call("lab", "X-Hub-Signature-256", "sha256=" + hmac("wrong")).statusCode())
        .isEqualTo(401);
    HttpResponse<String> unknown = call("nobody", "X-Gitlab-Token", "geheim");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("no ConfigSource of this name has a webhookSecret");
    assertThat(lab.status().lastFetchedRevision()).isEqualTo(before);
    lab.patchSource("{\"spec\":{\"suspend\":true,\"webhookSecret\":null}}");
    soon().until(() -> call("lab", "X-Gitlab-Token", "geheim").statusCode() == 404);
    lab.patchSource("{\"spec\":{\"suspend\":false}}");
  }

  private static HttpResponse<String> call(String source, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(lab.plane().webhooks().resolve(source))
            .POST(HttpRequest.BodyPublishers.ofString(BODY));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String hmac(String token) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(token.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(BODY.getBytes(StandardCharsets.UTF_8)));
  }
}
