// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In the container, /proc shows every process of the cluster once, wherever it runs. */
@KrgCluster(nodes = 3)
class ProcfsIT {
  private static final String PIDS = "ls /proc | grep -E '^[0-9]{4,}$'";

  /** Processes that neither begin nor end while a test looks. */
  private static List<Integer> sleepers(Cluster cluster) throws Exception {
    int[] pids = new int[cluster.nodes().size()];
    for (Node node : cluster.nodes()) {
      pids[node.id() - 1] = node.spawn("sleep 100000", "/dev/null");
    }
    return Arrays.stream(pids).boxed().toList();
  }

  @Test
  void listsEachProcessOnceOnEveryNode(Cluster cluster) throws Exception {
    List<Integer> sleepers = sleepers(cluster);
    HomeProcess moved = HomeProcess.counter(cluster, cluster.node(1), "listed", 1);
    moved.migrated(cluster.node(1), 2);
    for (Node node : cluster.nodes()) {
      List<String> listed = node.sh(PIDS).orFail().stdout().lines().toList();
      assertThat(listed).doesNotHaveDuplicates().contains(Integer.toString(moved.pid));
      for (int sleeper : sleepers) {
        assertThat(listed).contains(Integer.toString(sleeper));
      }
      String processes = node.sh("ps -eo pid=,ppid=,args=").orFail().stdout();
      assertThat(processes.lines().filter(line -> line.endsWith(" sleep 100000"))).hasSize(3);
      assertThat(processes.lines().filter(line -> line.contains("counter /shared/listed.count")))
          .hasSize(1);
      assertThat(node.sh("pgrep -x sleep").orFail().stdout().lines().map(Integer::valueOf))
          .containsExactlyElementsOf(sleepers);
    }
    cluster.node(3).sh("pkill -x counter").orFail();
    assertThat(moved.awaitStatus()).isZero();
  }

  @Test
  void showsWhatTheRunningNodeShows(Cluster cluster) throws Exception {
    int pid = cluster.node(1).spawn("sleep 100000", "/dev/null");
    for (String file :
        List.of("stat", "status", "statm", "cmdline", "environ", "comm", "maps", "limits")) {
      String command = "cat /proc/%d/%s".formatted(pid, file);
      String there = cluster.node(1).sh(command).orFail().stdout();
      assertThat(there).isNotEmpty();
      assertThat(cluster.node(2).sh(command).orFail().stdout()).as(file).isEqualTo(there);
    }
    cluster.node(3).sh("kill %d".formatted(pid)).orFail();
    HomeProcess.await(
        "the end of " + pid,
        () -> cluster.node(2).sh("test -e /proc/%d".formatted(pid)).exit() == 1);
  }

  @Test
  void aMovedProcessHasTheRelationsItHasAtHome(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess moved = HomeProcess.counter(cluster, home, "related", 1);
    String relations = "ps -o ppid=,pgid=,sid=,tty=,args= -p %d".formatted(moved.pid);
    String before = home.sh(relations).orFail().stdout();
    moved.migrated(home, 3);
    for (Node node : cluster.nodes()) {
      assertThat(node.sh(relations).orFail().stdout()).isEqualTo(before);
      String cpu = node.sh("ps -o psr= -p %d".formatted(moved.pid)).orFail().stdout().strip();
      String cpus = node.sh("cat /sys/devices/system/cpu/kernel_max").orFail().stdout().strip();
      assertThat(Integer.parseInt(cpu) / (Integer.parseInt(cpus) + 1)).isEqualTo(3);
    }
    home.sh("kill %d".formatted(moved.pid)).orFail();
    assertThat(moved.awaitStatus()).isZero();
  }
}
