// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
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
    int pid = cluster.node(1).spawn("env MARK=here sleep 100000", "/dev/null");
    HomeProcess.await(
        "the exec",
        () -> cluster.node(1).sh("cat /proc/%d/comm".formatted(pid)).stdout().equals("sleep\n"));
    for (String command :
        List.of(
            "cat stat",
            "cat status",
            "cat statm cmdline comm limits wchan personality oom_score",
            "tr '\\0' '\\n' <environ | grep MARK=here",
            "cat maps",
            "cat task/$0/stat",
            "cat fdinfo/1",
            "readlink exe; readlink cwd; readlink root; readlink fd/0",
            "ls fd task ns",
            "ls | grep -vxE 'mem|pagemap'",
            "stat -c '%F %a %u %g %h' . fd environ exe",
            "cut -d' ' -f1 io")) {
      String inside = "cd /proc/%d && %s".formatted(pid, command.replace("$0", "" + pid));
      String shown = cluster.node(1).sh(inside).orFail().stdout();
      assertThat(shown).as(inside).isNotEmpty();
      assertThat(cluster.node(2).sh(inside).orFail().stdout()).as(inside).isEqualTo(shown);
    }
    cluster.node(3).sh("kill %d".formatted(pid)).orFail();
    HomeProcess.await(
        "the end of " + pid,
        () -> cluster.node(2).sh("test -e /proc/%d".formatted(pid)).exit() == 1);
  }

  @Test
  void permissionsAreThoseOfWhoAsks(Cluster cluster) throws Exception {
    int roots = cluster.node(1).spawn("sleep 100000", "/dev/null");
    String start = "setsid sleep 100000 </dev/null >/dev/null 2>&1 & echo $!";
    int nobodys = Integer.parseInt(cluster.node(1).shAs("nobody", start).orFail().stdout().strip());
    for (Node node : cluster.nodes()) {
      for (String secret : List.of("cat %s/environ", "readlink %s/exe", "ls %s/fd", "cat %s/io")) {
        String ofRoot = secret.formatted("/proc/" + roots);
        assertThat(node.shAs("nobody", ofRoot).exit())
            .as("%s on %s", ofRoot, node.id())
            .isNotZero();
        node.sh(ofRoot).orFail();
        String ofNobody = secret.formatted("/proc/" + nobodys);
        node.shAs("nobody", ofNobody).orFail();
      }
      node.shAs("nobody", "cat /proc/%d/status".formatted(roots)).orFail();
      String users = node.sh("ps -o user= -p %d,%d".formatted(roots, nobodys)).orFail().stdout();
      assertThat(users.lines()).containsExactly("root", "nobody");
    }
  }

  @Test
  void aDeadNodesProcessesAreGone(Cluster cluster) throws Exception {
    int lost = cluster.node(3).spawn("sleep 100000", "/dev/null");
    HomeProcess away = HomeProcess.counter(cluster, cluster.node(1), "away", 1);
    away.migrated(cluster.node(1), 3);
    Node asked = cluster.node(2);
    assertThat(asked.sh("pgrep -x 'sleep|counter'").orFail().stdout().lines())
        .containsExactly("" + away.pid, "" + lost);
    cluster.node(3).kill();
    HomeProcess.await(
        "the end of node 3's processes", () -> asked.sh("pgrep -x 'sleep|counter'").exit() == 1);
    assertThat(away.awaitStatus()).isEqualTo(128 + 9);
  }

  @Test
  void filesAboutTheMachineAreAboutTheCluster(Cluster cluster) throws Exception {
    long memory = 0;
    long up = 0;
    for (Node node : cluster.nodes()) {
      memory += number(node.host("awk '/^MemTotal/ { print $2 }' /proc/meminfo"));
      up = Math.max(up, number(node.host("cut -d. -f1 /proc/uptime")));
    }
    for (Node node : cluster.nodes()) {
      assertThat(number(node.sh("awk '/^MemTotal/ { print $2 }' /proc/meminfo"))).isEqualTo(memory);
      assertThat(number(node.sh("cut -d. -f1 /proc/uptime"))).isGreaterThanOrEqualTo(up - 1);
      assertThat(node.sh("grep -c '^processor' /proc/cpuinfo").stdout()).isEqualTo("3\n");
      assertThat(node.sh("grep -cE '^cpu[0-9]+ ' /proc/stat").stdout()).isEqualTo("3\n");
      assertThat(node.sh("cat /proc/loadavg").stdout())
          .matches("(\\d+\\.\\d\\d ){3}\\d+/\\d+ \\d+\n");
      assertThat(node.sh("top -b -n1").orFail().stdout()).contains("krginit").contains("Tasks:");
      assertThat(node.host("grep -c '^processor' /proc/cpuinfo").stdout()).isEqualTo("1\n");
      String inFolder = "grep -h MemTotal /proc/nodes/node%d/meminfo".formatted(node.id());
      assertThat(cluster.node(1).sh(inFolder).orFail().stdout())
          .isEqualTo(node.host("grep MemTotal /proc/meminfo").stdout());
    }
  }

  @Test
  void aProcessMayAskForTheLocalView(Cluster cluster) throws Exception {
    List<Integer> sleepers = sleepers(cluster);
    HomeProcess moved = HomeProcess.counter(cluster, cluster.node(1), "hidden", 1);
    moved.migrated(cluster.node(1), 2);
    String local = "krgcapset -k $$ -d +SEE_LOCAL_PROC_STAT; sh -c 'pgrep -x \"%s\"; %s'";
    String processors = "grep -c ^processor /proc/cpuinfo";
    String here = cluster.node(1).sh(local.formatted("sleep|counter", processors)).stdout();
    assertThat(here).isEqualTo("%d\n1\n".formatted(sleepers.get(0)));
    String there = cluster.node(2).sh(local.formatted("sleep|counter", processors)).stdout();
    assertThat(there).isEqualTo("%d\n%d\n1\n".formatted(moved.pid, sleepers.get(1)));
    cluster.node(3).sh("killall counter").orFail();
    assertThat(moved.awaitStatus()).isZero();
  }

  private static long number(CommandResult result) {
    return Long.parseLong(result.orFail().stdout().strip());
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
