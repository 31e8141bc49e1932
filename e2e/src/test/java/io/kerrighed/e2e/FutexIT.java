// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static io.kerrighed.e2e.Commands.fails;
import static io.kerrighed.e2e.Commands.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Futexes in memory that several nodes share ({@code e2e/programs/futexes.c}), and what the C
 * library makes of them ({@code histogram.c}, {@code buffers.c}).
 */
@KrgCluster(nodes = 3)
class FutexIT {

  @Test
  void whoWaitsIsWokenFromAnyNode(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    says(two, "futexes make 81 4");
    for (Node node : cluster.nodes()) {
      assertThat(says(node, "futexes wake 81 1 9")).isEqualTo("woken 0");
      assertThat(fails(node, "futexes wait 81 1 7"))
          .isEqualTo("wait: Resource temporarily unavailable");
      assertThat(fails(node, "futexes wait 81 1 0 50")).isEqualTo("wait: Connection timed out");
    }
    List<Running> waiters = new ArrayList<>();
    for (Node node : List.of(one, two, two, three)) {
      waiters.add(new Running(node, "waiter" + waiters.size(), "futexes wait 81 1 0"));
    }
    awaitWoken(three, "futexes wake 81 1 1", 1);
    awaitWoken(one, "futexes wake 81 1 9", 3);
    for (Running waiter : waiters) {
      assertThat(waiter.end()).isEqualTo("woken");
    }

    Running even = new Running(one, "even", "futexes wait 81 2 0 60000 0xaaaaaaaa");
    Running odd = new Running(three, "odd", "futexes wait 81 2 0 60000 0x55555555");
    awaitWoken(two, "futexes wake 81 2 9 0x10", 1);
    assertThat(odd.end()).isEqualTo("woken");
    awaitWoken(three, "futexes wake 81 2 9 0x20", 1);
    assertThat(even.end()).isEqualTo("woken");

    HomeProcess moves = HomeProcess.start(cluster, one, "moves", "futexes wait 81 3 0");
    for (int node : List.of(3, 2, 1, 2)) {
      moves.migrated(three, node);
    }
    awaitWoken(three, "futexes wake 81 3 1", 1);
    assertThat(moves.awaitStatus()).isZero();
    assertThat(moves.output()).isEqualTo("woken\n");
    one.sh("ipcrm -M 81").orFail();
  }

  @Test
  void everyCallWakesOnAllNodes(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    says(one, "futexes make 82 5");

    Running any = new Running(two, "any", "futexes any 82 1 0 2 0");
    awaitWoken(three, "futexes wake 82 2 1", 1);
    assertThat(any.end()).isEqualTo("woken 1");

    // the second word was 0, and is not when this is done again
    final Running first = new Running(two, "first", "futexes wait 82 1 0");
    awaitWoken(one, "futexes add 82 1 3", 1);
    assertThat(first.end()).isEqualTo("woken");
    assertThat(Integer.parseInt(says(two, "shm read 82 %d".formatted(3 * 4096)))).isPositive();

    assertThat(fails(two, "futexes requeue 82 4 1 2 1"))
        .isEqualTo("requeue: Resource temporarily unavailable");
    Running here = new Running(one, "here", "futexes wait 82 4 0");
    Running there = new Running(three, "there", "futexes wait 82 4 0");
    awaitWoken(one, "futexes requeue 82 4 0 2 1", 2);
    assertThat(here.end()).isEqualTo("woken");
    assertThat(there.end()).isEqualTo("woken");

    assertThat(fails(two, "futexes inherit 82 1")).isEqualTo("lock_pi: Operation not supported");
    assertThat(two.host("dmesg").stdout())
        .contains("(futexes): locks with priority inheritance do not work in memory that several");
    three.sh("ipcrm -M 82").orFail();
  }

  /** Who waits for a lock whose owner is killed on another node gets it, and is told. */
  @Test
  void theDeathOfAnOwnerIsSeen(Cluster cluster) throws Exception {
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    says(cluster.node(1), "futexes make 83 1");
    Running owner = new Running(two, "owner", "futexes lock 83");
    assertThat(owner.first()).isEqualTo("locked");
    final Running waits = new Running(three, "relocks", "futexes relock 83");
    HomeProcess.await(
        "who waits for the lock",
        () -> (Long.parseLong(says(cluster.node(1), "shm read 83 0")) >> 31 & 1) == 1);
    owner.kill();
    assertThat(waits.end()).isEqualTo("owner died");
    assertThat(says(two, "futexes relock 83")).isEqualTo("locked");
    two.sh("ipcrm -M 83").orFail();
  }

  @Test
  void aHistogramIsCountedTogether(Cluster cluster) throws Exception {
    countTogether(cluster);
  }

  /** The lock, the condition and the semaphore of pthreads, while who uses them moves. */
  static void countTogether(Cluster cluster) throws Exception {
    final Node one = cluster.node(1);
    final int items = 240;
    says(one, "histogram make 84 %d".formatted(items));
    final Workers workers = new Workers(cluster, "histogram work 84");
    for (int allowed = 20; allowed < items; allowed += 20) {
      int now = allowed;
      says(cluster.node(2), "histogram allow 84 %d".formatted(now));
      workers.moveOne();
      HomeProcess.await("%d items".formatted(now), () -> workers.lines("item ") == now);
    }
    workers.leaveNodeThree();
    says(cluster.node(2), "histogram allow 84 %d".formatted(items));
    assertThat(says(one, "histogram check 84 3")).isEqualTo("wrong 0");
    assertThat(workers.lines("item ")).isEqualTo(items);
    workers.end();
    one.sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    cluster.node(3).sh("ipcrm -M 84").orFail();
  }

  /** A pool of buffers over a file, with its locks, as that of a database. */
  @Test
  void aPoolOfBuffersServesAllNodes(Cluster cluster) throws Exception {
    final Node one = cluster.node(1);
    says(one, "buffers make 86 /shared/pool 24 6");
    final Workers workers = new Workers(cluster, "buffers work 86 /shared/pool 1");
    for (int moves = 0; moves < 8; moves++) {
      workers.moveOne();
      workers.awaitMore();
    }
    workers.leaveNodeThree();
    workers.awaitMore();
    workers.end();
    assertThat(says(one, "buffers check 86 /shared/pool")).isEqualTo("wrong 0");
    one.sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    assertThat(says(cluster.node(3), "buffers check 86 /shared/pool")).isEqualTo("wrong 0");
    cluster.node(3).sh("ipcrm -M 86").orFail();
  }

  /** Words in many pages: a node that dies was the home of some of them. */
  @Test
  void whoWaitsOutlivesTheHome(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    final int words = 9;
    says(one, "futexes make 85 %d".formatted(words));
    List<Running> waiters = new ArrayList<>();
    for (int word = 0; word < words; word++) {
      waiters.add(new Running(two, "outlives" + word, "futexes wait 85 %d 0".formatted(word)));
    }
    cluster.node(3).kill();
    for (int word = 0; word < words; word++) {
      awaitWoken(one, "futexes wake 85 %d 1".formatted(word), 1);
      assertThat(waiters.get(word).end()).isEqualTo("woken");
    }
    cluster.node(3).start();
    cluster.awaitOnline();
    one.sh("ipcrm -M 85").orFail();
  }

  /** One process of each node that does the same work, ends with SIGTERM, and may be moved. */
  private static final class Workers {
    private final Cluster cluster;
    private final List<HomeProcess> processes = new ArrayList<>();
    private final int[] where = {1, 2, 3};
    private final Random random = new Random(1);

    Workers(Cluster cluster, String command) throws Exception {
      this.cluster = cluster;
      for (Node node : cluster.nodes()) {
        String name = command.split(" ")[0] + node.id();
        processes.add(HomeProcess.start(cluster, node, name, command));
      }
    }

    private void move(int process, int to) throws Exception {
      processes.get(process).migrated(cluster.node(1), to);
      where[process] = to;
    }

    void moveOne() throws Exception {
      int process = random.nextInt(processes.size());
      move(process, (where[process] + random.nextInt(2)) % 3 + 1);
    }

    /** The node leaves the cluster while the other two work. */
    void leaveNodeThree() throws Exception {
      for (int process = 0; process < 2; process++) {
        if (where[process] == 3) {
          move(process, 1);
        }
      }
      stop(processes.get(2));
      cluster.node(1).sh("krgadm nodes del -n 3").orFail();
    }

    private void stop(HomeProcess process) throws Exception {
      cluster.node(1).sh("kill -TERM %d || :".formatted(process.pid)).orFail();
      assertThat(process.awaitStatus()).as(process.output()).isZero();
    }

    /** Lines that begin like that in the output of all. */
    long lines(String begin) throws Exception {
      long count = 0;
      for (HomeProcess process : processes) {
        count += process.output().lines().filter(line -> line.startsWith(begin)).count();
      }
      return count;
    }

    /** Each that has not ended says more. */
    void awaitMore() throws Exception {
      for (HomeProcess process : processes) {
        int before = process.output().length();
        HomeProcess.await(
            "more of " + process.pid,
            () -> process.ended() || process.output().length() >= before + 10);
        assertThat(process.output()).doesNotContain("broken");
      }
    }

    void end() throws Exception {
      for (HomeProcess process : processes) {
        if (process.ended()) {
          assertThat(process.awaitStatus()).as(process.output()).isZero();
        } else {
          stop(process);
        }
      }
    }
  }

  /** Wakes until that many were: who has been started may not wait yet. */
  private static void awaitWoken(Node node, String command, int count) throws Exception {
    int[] woken = {0};
    HomeProcess.await(
        "%d who are woken by %s".formatted(count, command),
        () -> {
          woken[0] += Integer.parseInt(says(node, command).replace("woken ", ""));
          return woken[0] >= count;
        });
    assertThat(woken[0]).isEqualTo(count);
  }
}
