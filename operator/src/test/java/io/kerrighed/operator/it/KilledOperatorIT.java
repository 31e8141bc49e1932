// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The operator is killed while it applies a push; the nodes see all of it or nothing. {@code
 * KRG_OPERATOR_KILLS} says how often.
 */
class KilledOperatorIT {
  private static final Lab lab = Lab.shared();
  private static final int KILLS =
      Integer.parseInt(System.getenv().getOrDefault("KRG_OPERATOR_KILLS", "4"));
  private static final int MAX_MILLIS = 1_000;

  /** What a NodeConfig must say that is of a revision. */
  private final Map<String, Wanted> wanted = new ConcurrentHashMap<>();

  private final Queue<NodeConfig> seen = new ConcurrentLinkedQueue<>();

  /** One thing of each kind, changed together by every push. */
  private record Wanted(String drainTimeout, DesiredState node1, int rules) {}

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @Test
  void everyRevisionIsSeenWholeByEveryNode() throws Exception {
    Random random = new Random(20);
    try (Watch watch = lab.client().resources(NodeConfig.class).watch(new Collector())) {
      for (int i = 0; i < KILLS; i++) {
        String revision = change(i);
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MAX_MILLIS));
        lab.plane().killOperator();
        lab.plane().startOperator();
        lab.applied(revision);
        assertThat(lab.status().inventory()).hasSize(i % 2 == 0 ? 4 : 5);
      }
      assertThat(watch).isNotNull();
      // What is there may not have been told yet.
      soon().until(() -> checked().size() >= 3 * KILLS);
    }
    assertThat(checked())
        .allSatisfy(
            config ->
                assertThat(said(config))
                    .describedAs("revision %s", config.getSpec().revision())
                    .isEqualTo(wanted.get(config.getSpec().revision())));
  }

  private List<NodeConfig> checked() {
    return seen.stream().filter(config -> wanted.containsKey(config.getSpec().revision())).toList();
  }

  private String change(int i) throws IOException {
    Wanted now =
        new Wanted(
            (10 + i) + "m",
            i % 2 == 0 ? DesiredState.DRAINED : DesiredState.ONLINE,
            i % 2 == 0 ? 0 : 1);
    String cluster = lab.repository().read("cluster.yaml");
    lab.repository()
        .write(
            "cluster.yaml",
            cluster.replaceFirst("drainTimeout: .*", "drainTimeout: " + now.drainTimeout()));
    String nodes = lab.repository().read("nodes.yaml");
    lab.repository().write("nodes.yaml", nodes.replaceFirst("state: .*", "state: " + now.node1()));
    if (now.rules() == 0) {
      lab.repository().delete("capabilities.yaml");
    } else {
      lab.writeExample("capabilities.yaml");
    }
    // Known before the operator can have seen it.
    String revision = lab.repository().commit("change " + i);
    wanted.put(revision, now);
    assertThat(lab.repository().push()).isEqualTo(revision);
    return revision;
  }

  private static Wanted said(NodeConfig config) {
    DesiredState node1 =
        config.getSpec().members().stream()
            .filter(member -> member.name().equals("node1"))
            .findFirst()
            .orElseThrow()
            .state();
    return new Wanted(
        config.getSpec().drainTimeout(), node1, config.getSpec().capabilityRules().size());
  }

  private final class Collector implements Watcher<NodeConfig> {
    @Override
    public void eventReceived(Action action, NodeConfig config) {
      if (action == Action.ADDED || action == Action.MODIFIED) {
        seen.add(config);
      }
    }

    @Override
    public void onClose(WatcherException cause) {
      throw new IllegalStateException(cause);
    }
  }
}
