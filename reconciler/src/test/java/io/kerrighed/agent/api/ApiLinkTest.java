// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiLinkTest {
  @TempDir Path state;

  private final CountDownLatch renewing = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean wentOnAfterClose = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** The renewal asks for the time; it is slow to see that it shall end. */
  private Instant slowly() {
    renewing.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      wentOnAfterClose.set(closedWithin());
    }
    ended.countDown();
    return Instant.EPOCH;
  }

  private boolean closedWithin() {
    try {
      return closed.await(500, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void closeWaitsForTheEndOfARenewal() throws Exception {
    Path kubeconfig = state.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
        users: [{name: u, user: {token: "%s"}}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        current-context: x
        """
            .formatted(TokenTest.token("pc1", 0, 3600)));
    InstantSource clock = this::slowly;
    ApiLink link =
        new ApiLink(
            "pc1",
            Connection.fromKubeconfig(kubeconfig),
            state,
            clock.withZone(ZoneOffset.UTC),
            config -> {});
    renewing.await();
    link.close();
    closed.countDown();
    ended.await();
    assertThat(wentOnAfterClose).isFalse();
  }
}
