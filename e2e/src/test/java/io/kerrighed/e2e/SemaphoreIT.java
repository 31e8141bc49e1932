// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static io.kerrighed.e2e.Commands.fails;
import static io.kerrighed.e2e.Commands.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.Test;

/** System V semaphores and messages of several nodes: {@code e2e/programs/sysv.c}. */
@KrgCluster(nodes = 3)
class SemaphoreIT {

  @Test
  void oneKeyIsOneSet(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    final String id = says(two, "sysv sems 31 3");
    assertThat(fails(one, "sysv sems 31 3")).isEqualTo("semget: File exists");
    for (Node node : cluster.nodes()) {
      assertThat(ipcs(node, "-s")).contains("0x0000001f %s root 600 3".formatted(id));
      assertThat(says(node, "sysv op 31 1 2")).isEqualTo("done");
    }
    assertThat(says(one, "sysv values 31")).isEqualTo("0 6 0");
    assertThat(says(three, "sysv op 31 1 -5")).isEqualTo("done");
    assertThat(says(two, "sysv values 31")).isEqualTo("0 1 0");
    says(one, "sysv set 31 2 7");
    assertThat(says(three, "sysv values 31")).isEqualTo("0 1 7");
    assertThat(fails(one, "sysv op 31 3 1")).isEqualTo("semop: File too large");
    assertThat(fails(one, "sysv op 31 1 32767")).isEqualTo("semop: Numerical result out of range");
    assertThat(one.shAs("nobody", "sysv op 31 1 1").stdout())
        .isEqualTo("semop: Permission denied\n");
    assertThat(two.shAs("nobody", "ipcrm -s " + id).exit()).isNotZero();
    assertThat(fails(one, "sysv old 31")).isEqualTo("semget: Function not implemented");

    Running waits = new Running(one, "waits", "sysv op 31 0 -1");
    Running zero = new Running(two, "zero", "sysv op 31 1 0");
    HomeProcess.await(
        "two who wait",
        () ->
            says(three, "sysv about 31 0").contains("waiting 1 for zero 0")
                && says(three, "sysv about 31 1").contains("waiting 0 for zero 1"));
    says(three, "sysv op 31 0 1");
    assertThat(waits.end()).isEqualTo("done");
    says(one, "sysv op 31 1 -1");
    assertThat(zero.end()).isEqualTo("done");

    Running late = new Running(three, "late", "sysv op 31 0 -1");
    awaitWaiting(one, "31", 1);
    one.sh("ipcrm -S 31").orFail();
    assertThat(late.end()).isEqualTo("semop: Identifier removed");
    for (Node node : cluster.nodes()) {
      assertThat(fails(node, "sysv values 31")).isEqualTo("semget: No such file or directory");
    }
  }

  @Test
  void messagesComeInTheirOrder(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    final String id = says(one, "sysv queue 32");
    says(two, "sysv send 32 5 first");
    says(three, "sysv send 32 4 second");
    says(one, "sysv send 32 5 third");
    assertThat(says(two, "sysv filled 32")).isEqualTo("messages 3 bytes 16");
    assertThat(ipcs(three, "-q")).contains("0x00000020 %s root 600 16 3".formatted(id));
    assertThat(says(three, "sysv receive 32 -5")).isEqualTo("4 second");
    assertThat(says(two, "sysv receive 32 0")).isEqualTo("5 first");
    assertThat(fails(two, "sysv receive 32 4 nowait"))
        .isEqualTo("msgrcv: No message of desired type");
    assertThat(says(one, "sysv receive 32 5")).isEqualTo("5 third");

    Running receives = new Running(three, "receives", "sysv receive 32 9");
    says(two, "sysv send 32 8 other");
    says(two, "sysv send 32 9 wanted");
    assertThat(receives.end()).isEqualTo("9 wanted");

    // 16384 bytes are room for two of them
    String large = "x".repeat(8000);
    says(two, "sysv send 32 1 " + large);
    says(three, "sysv send 32 1 " + large);
    assertThat(fails(three, "sysv send 32 1 " + large + " nowait"))
        .isEqualTo("msgsnd: Resource temporarily unavailable");
    Running sends = new Running(three, "sends", "sysv send 32 2 " + large);
    assertThat(says(one, "sysv receive 32 1")).isEqualTo("1 " + large);
    assertThat(sends.end()).isEqualTo("done");

    Running late = new Running(two, "never", "sysv receive 32 77");
    Node asks = three;
    HomeProcess.await("who waits", late::isThere);
    asks.sh("ipcrm -Q 32").orFail();
    assertThat(late.end()).isIn("msgrcv: Identifier removed", "msgget: No such file or directory");
  }

  /** The keeper leaves, and another node has it all; who waits goes on waiting there. */
  @Test
  void whatALeavingNodeKeptStays(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    says(three, "sysv sems 33 300");
    says(three, "sysv queue 34");
    says(three, "sysv op 33 0 3");
    says(three, "sysv op 33 299 4");
    says(three, "sysv send 34 6 kept");
    says(three, "sysv send 34 7 too");
    Running holds = new Running(one, "holds", "sysv undo 33 0 -2");
    assertThat(holds.first()).isEqualTo("done");
    Running waits = new Running(two, "waits33", "sysv op 33 0 -3");
    Running receives = new Running(two, "receives34", "sysv receive 34 9");
    awaitWaiting(one, "33", 1);
    one.sh("krgadm nodes del -n 3").orFail();
    assertThat(says(one, "sysv filled 34")).isEqualTo("messages 2 bytes 7");
    assertThat(says(two, "sysv receive 34 0")).isEqualTo("6 kept");
    says(one, "sysv op 33 299 -4");
    awaitWaiting(one, "33", 1);
    holds.kill();
    assertThat(waits.end()).isEqualTo("done");
    says(one, "sysv send 34 9 late");
    assertThat(receives.end()).isEqualTo("9 late");
    one.sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    assertThat(says(three, "sysv receive 34 0")).isEqualTo("7 too");
    three.sh("ipcrm -S 33; ipcrm -Q 34").orFail();
  }

  /** What the dead had taken is given back; what it kept is gone, and nobody waits for it. */
  @Test
  void aNodeDies(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    says(one, "sysv sems 35 1");
    says(one, "sysv op 35 0 1");
    says(three, "sysv sems 36 1");
    Running holds = new Running(three, "dies", "sysv undo 35 0 -1");
    assertThat(holds.first()).isEqualTo("done");
    Running gets = new Running(two, "gets", "sysv op 35 0 -1");
    Running loses = new Running(two, "loses", "sysv op 36 0 -1");
    awaitWaiting(one, "35", 1);
    awaitWaiting(one, "36", 1);
    three.kill();
    assertThat(gets.end()).isEqualTo("done");
    assertThat(loses.end()).isEqualTo("semop: Identifier removed");
    assertThat(fails(one, "sysv values 36")).isEqualTo("semget: No such file or directory");
    assertThat(says(one, "sysv values 35")).isEqualTo("0");
    one.sh("ipcrm -S 35").orFail();
    three.start();
    cluster.awaitOnline();
  }

  private static void awaitWaiting(Node node, String key, int count) throws Exception {
    HomeProcess.await(
        "%d who wait for %s".formatted(count, key),
        () ->
            says(node, "sysv about %s 0".formatted(key)).contains("waiting %d ".formatted(count)));
  }

  private static String ipcs(Node node, String which) throws Exception {
    return node.sh("ipcs " + which).orFail().stdout().replaceAll(" +", " ");
  }
}
