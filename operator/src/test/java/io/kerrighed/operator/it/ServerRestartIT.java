// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The API server is killed while a push is applied, and comes back after a while. */
class ServerRestartIT {
  private static final Lab lab = Lab.shared();
  private static final int SETS = 40;
  private static final int HALVES = 3;
  private static final int ATTEMPTS = 30;

  /** The operator tries again as often as ever, only sooner: hours become seconds. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "JDK_JAVA_OPTIONS",
          """
          -Dquarkus.kubernetes-client.request-retry-backoff-limit=0
          '-Dquarkus.operator-sdk.controllers."cluster".retry.interval.initial=50'
          '-Dquarkus.operator-sdk.controllers."cluster".retry.interval.multiplier=1'
          '-Dquarkus.operator-sdk.controllers."config-source".retry.interval.initial=50'
          '-Dquarkus.operator-sdk.controllers."config-source".retry.interval.multiplier=1'
          """);

  /** More failures than the operator SDK is patient by default. */
  private static final int FAILURES = 12;

  /** What the operator's machine has to spare for it. */
  private static final double MEGABYTES = 300;

  private static final String FAILURE = "Uncaught error during event processing";

  @BeforeEach
  void impatientOperator() throws Exception {
    lab.restore();
    lab.plane().stopOperator();
    lab.plane().startOperator(lab.plane().kubeconfig(), IMPATIENT);
  }

  @AfterEach
  void usualOperator() throws Exception {
    lab.plane().stopOperator();
    lab.plane().startOperator();
    lab.repository().delete("many.yaml");
    lab.restore();
  }

  @Test
  void aPushIsFinishedHoweverLongTheServerWasAway() throws Exception {
    int halves = 0;
    for (int i = 0; halves < HALVES; i++) {
      assertThat(i).as("pushes of which %d were interrupted", halves).isLessThan(ATTEMPTS);
      String user = "u" + i;
      write(user);
      CountDownLatch begun = new CountDownLatch(1);
      try (Watch watch = lab.client().resources(CapabilitySet.class).watch(seen(user, begun))) {
        lab.repository().push("rules for " + user);
        assertThat(begun.await(2, TimeUnit.MINUTES)).as("%s is applied", watch).isTrue();
        lab.plane().killServer();
      }
      // Whatever was left to do, there is something to do now.
      String revision = lab.repository().push("while the server is away");
      int failures = failures();
      soon().until(() -> failures() >= failures + FAILURES);
      // Now nobody changes what the crash has left.
      lab.plane().signalOperator("STOP");
      lab.plane().startServerAgain();
      if (users().get(user) < SETS) {
        halves++;
      }
      lab.plane().signalOperator("CONT");
      lab.applied(revision);
      assertThat(users()).containsExactlyEntriesOf(Map.of(user, (long) SETS));
      assertThat(lab.status().inventory()).hasSize(SETS + 5);
    }
    assertThat(lab.plane().operatorLog()).doesNotContain("Exhausted retries");
    assertThat(lab.plane().operatorPeakMegabytes())
        .as("resident memory of the operator, at most")
        .isBetween(MEGABYTES / 4, MEGABYTES);
  }

  private static void write(String user) throws IOException {
    lab.repository()
        .write(
            "many.yaml",
            IntStream.range(0, SETS)
                .mapToObj(
                    i ->
                        """
                        apiVersion: kerrighed.io/v1alpha1
                        kind: CapabilitySet
                        metadata: {name: many%d}
                        spec: {match: {executable: /opt/%s/%d}, effective: [CAN_MIGRATE]}
                        """
                            .formatted(i, user, i))
                .collect(Collectors.joining("---\n")));
  }

  /** How many of the sets are of which push. */
  private static Map<String, Long> users() {
    List<CapabilitySet> sets = lab.client().resources(CapabilitySet.class).list().getItems();
    return sets.stream()
        .map(ServerRestartIT::user)
        .filter(user -> !user.isEmpty())
        .collect(Collectors.groupingBy(user -> user, Collectors.counting()));
  }

  private static String user(CapabilitySet set) {
    String executable = set.getSpec().match().executable();
    return executable != null && executable.startsWith("/opt/") ? executable.split("/")[2] : "";
  }

  private static int failures() throws IOException {
    return lab.plane().operatorLog().split(FAILURE, -1).length - 1;
  }

  private static Watcher<CapabilitySet> seen(String user, CountDownLatch begun) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, CapabilitySet set) {
        if (user(set).equals(user)) {
          begun.countDown();
        }
      }

      @Override
      public void onClose(WatcherException cause) {
        // The server was killed; what it had sent before is what counts.
      }
    };
  }
}
