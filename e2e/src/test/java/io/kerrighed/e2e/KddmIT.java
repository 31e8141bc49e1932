// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Objects that the nodes share, driven through the module krg_kddm_test. */
@KrgCluster(nodes = 3)
class KddmIT {
  @BeforeEach
  void load(Cluster cluster) throws Exception {
    KddmRuns.load(cluster);
  }

  @AfterEach
  void unload(Cluster cluster) throws Exception {
    KddmRuns.unload(cluster);
  }

  @Test
  void everybodySeesTheLatestWrite(Cluster cluster) throws Exception {
    String object = KddmRuns.newSet() + " 5";
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    refused(one, "exists " + object, "No such file");
    gives(one, "get " + object, 0);
    done(one, "write " + object + " 100");
    refused(two, "find " + object, "No such file");
    for (Node node : cluster.nodes()) {
      gives(node, "get " + object, 100);
      gives(node, "find " + object, 100);
    }
    done(three, "write " + object + " 101");
    refused(one, "find " + object, "No such file");
    gives(two, "get " + object, 101);
    done(two, "replace " + object + " 102");
    gives(one, "exists " + object, 102);

    done(three, "flush " + object);
    done(two, "flush " + object);
    done(one, "flush " + object);
    gives(three, "get " + object, 102);
    done(three, "sync " + object);
    refused(two, "lost " + object, "Resource temporarily unavailable");

    done(one, "remove " + object);
    for (Node node : cluster.nodes()) {
      refused(node, "exists " + object, "No such file");
    }
    gives(two, "get " + object, 0);
    done(two, "remove " + object);
  }

  @Test
  void waitsEndWithTheHoldOrTheWaiter(Cluster cluster) throws Exception {
    String object = KddmRuns.newSet() + " 1";
    Node holder = cluster.node(1);
    Node waiter = cluster.node(2);
    done(waiter, "write " + object + " 7");
    hold(holder, object);
    waiter
        .host(
            """
            rm -f /run/kddm.got
            sh -c 'exec printf "get %2$s" >%1$s' >/dev/null 2>&1 &
            kill -KILL $!
            wait $!
            (printf 'write %2$s 8' | dd of=%1$s status=none && echo got >/run/kddm.got) \
              >/dev/null 2>&1 &
            """
                .formatted(KddmRuns.FILE, object))
        .orFail();
    refused(waiter, "find " + object, "No such file");
    assertThat(waiter.host("cat /run/kddm.got").stdout()).isEmpty();
    release(holder);
    waiter.host("until [ -s /run/kddm.got ]; do sleep 0.1; done").orFail();
    gives(holder, "get " + object, 8);
    done(holder, "remove " + object);
  }

  @Test
  void aDestroyedSetIsGoneOnAllNodes(Cluster cluster) throws Exception {
    int set = KddmRuns.newSet();
    Node holder = cluster.node(1);
    Node waiter = cluster.node(2);
    Node destroyer = cluster.node(3);
    for (int object = 0; object < 20; object++) {
      done(cluster.node(object % 3 + 1), "write %d %d 7".formatted(set, object));
      gives(cluster.node((object + 1) % 3 + 1), "get %d %d".formatted(set, object), 7);
    }
    hold(holder, set + " 0");
    begin(waiter, "get %d 0".formatted(set));
    HomeProcess.await("a hold to wait", () -> states(waiter, id(set)).contains("_READ 1 "));
    begin(destroyer, "destroy %d 0".formatted(set));
    assertThat(end(waiter)).contains("Identifier removed");
    HomeProcess.await("the holder's node to hear of it", () -> isClosed(holder, set));
    assertThat(ended(destroyer)).isFalse();
    release(holder);
    assertThat(end(destroyer)).isEmpty();
    for (Node node : cluster.nodes()) {
      assertGone(node, set);
    }
    for (Node node : cluster.nodes()) {
      gives(node, "get %d %d".formatted(set, node.id()), 0);
    }
    done(holder, "destroy %d 0".formatted(set));
    done(holder, "destroy %d 0".formatted(set));
    assertGone(destroyer, set);
  }

  /** Who destroys a set dies, and so does who holds an object of another one. */
  @Test
  void whoIsLeftDestroysASet(Cluster cluster) throws Exception {
    int orphan = KddmRuns.newSet();
    int held = KddmRuns.newSet();
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node victim = cluster.node(3);
    for (int object = 0; object < 20; object++) {
      for (int set : new int[] {orphan, held}) {
        done(cluster.node(object % 3 + 1), "write %d %d 7".formatted(set, object));
      }
    }
    hold(two, orphan + " 1");
    hold(victim, held + " 2");
    begin(victim, "destroy %d 0".formatted(orphan));
    HomeProcess.await("the holder to hear of it", () -> isClosed(two, orphan));
    begin(one, "destroy %d 0".formatted(held));
    victim.kill();
    assertThat(end(one)).isEmpty();
    release(two);
    HomeProcess.await("the orphan to be destroyed", () -> isGone(one, orphan));
    for (Node node : new Node[] {one, two}) {
      assertGone(node, orphan);
      assertGone(node, held);
    }
    for (Node node : new Node[] {one, two}) {
      gives(node, "get %d 1".formatted(orphan), 0);
      gives(node, "get %d 2".formatted(held), 0);
    }
  }

  /** Grabs an object until {@link #release}. */
  private static void hold(Node node, String object) throws Exception {
    node.host(
            """
            rm -f /run/kddm.held /run/kddm.release
            mkfifo /run/kddm.release
            (exec 3<>%1$s; printf 'hold %2$s' >&3; echo held >/run/kddm.held
             read -r line </run/kddm.release) >/dev/null 2>&1 &
            until [ -s /run/kddm.held ]; do sleep 0.1; done
            """
                .formatted(KddmRuns.FILE, object))
        .orFail();
  }

  private static void release(Node node) throws Exception {
    node.host("echo >/run/kddm.release").orFail();
  }

  /** Starts a command of krg_kddm_test that may wait. */
  private static void begin(Node node, String test) throws Exception {
    node.host(
            """
            rm -f /run/kddm.err /run/kddm.end
            (printf '%2$s' | dd of=%1$s status=none 2>/run/kddm.err; echo >/run/kddm.end) \
              >/dev/null 2>&1 &
            """
                .formatted(KddmRuns.FILE, test))
        .orFail();
  }

  private static boolean ended(Node node) throws Exception {
    return node.host("[ -e /run/kddm.end ]").exit() == 0;
  }

  /** Waits for the command that was begun last; what it complained. */
  private static String end(Node node) throws Exception {
    HomeProcess.await("node %d to come to an end".formatted(node.id()), () -> ended(node));
    return node.host("cat /run/kddm.err").orFail().stdout();
  }

  private static boolean isClosed(Node node, int set) throws Exception {
    CommandResult result = KddmRuns.run(node, "exists %d 3".formatted(set));
    return result.stderr().contains("Identifier removed");
  }

  private static boolean isGone(Node node, int set) throws Exception {
    return !node.host("cat /proc/kddminfo").orFail().stdout().contains(id(set));
  }

  private static void assertGone(Node node, int set) throws Exception {
    assertThat(isGone(node, set)).as("set %d on node %d", set, node.id()).isTrue();
  }

  /** The number of a set in the files of a node. */
  private static String id(int set) {
    return "1ff1000%08x".formatted(set);
  }

  @Test
  void filesSayWhatANodeHas(Cluster cluster) throws Exception {
    int set = KddmRuns.newSet();
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    String trace = "/sys/kernel/tracing";
    one.host(
        "mount -t tracefs none %1$s 2>/dev/null; echo 1 >%1$s/events/krg_kddm/enable"
            .formatted(trace));
    final long grabs = stat(one, "grab");
    for (int object = 0; object < 3; object++) {
      done(one, "write %d %d 1".formatted(set, object));
    }
    gives(two, "get %d 2".formatted(set), 1);
    one.host("echo 0 >%s/events/krg_kddm/enable".formatted(trace)).orFail();

    String id = id(set);
    assertThat(one.host("grep -w %s /proc/kddminfo".formatted(id)).orFail().stdout())
        .matches(" *%s +\\d+ +3 +4096 +12288\n".formatted(id));
    assertThat(states(one, id)).contains(" WRITE_OWNER 2 ", " READ_COPY 1 ");
    assertThat(states(two, id)).contains(" WRITE_OWNER 0 ", " READ_COPY 1 ");
    assertThat(stat(one, "grab")).isEqualTo(grabs + 3);
    assertThat(stat(two, "received")).isPositive();
    String memory = one.host("cat /proc/kerrighed/kddm/meminfo").orFail().stdout();
    assertThat(memory).containsPattern("(?m)^objects [1-9]").containsPattern("(?m)^content [1-9]");
    assertThat(one.host("cat %s/trace".formatted(trace)).orFail().stdout())
        .containsPattern("krg_kddm_send: peer=2 .* set=%s index=2 ".formatted(id))
        .contains("krg_kddm_receive: ");
  }

  private static String states(Node node, String set) throws Exception {
    return node.host("grep %s /proc/kerrighed/kddm/objectstates".formatted(set)).orFail().stdout();
  }

  private static long stat(Node node, String name) throws Exception {
    String value =
        node.host("awk '$1 == \"%s\" { print $2 }' /proc/kerrighed/kddm/setstat".formatted(name))
            .orFail()
            .stdout();
    return Long.parseLong(value.strip());
  }

  /** While all read and write, one leaves and comes back, and another one dies. */
  @Test
  void whatThreadsSeeStaysConsistent(Cluster cluster) throws Exception {
    KddmRuns runs = new KddmRuns(cluster);
    for (Node node : cluster.nodes()) {
      runs.start(node);
    }
    runs.awaitProgress(1, 2, 3);

    Node one = cluster.node(1);
    one.sh("krgadm nodes del -n 3").orFail();
    assertThat(runs.awaitEnd(cluster.node(3))).contains("Host is down");
    runs.awaitProgress(1, 2);
    one.sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    runs.start(cluster.node(3));
    runs.awaitProgress(1, 2, 3);

    cluster.node(2).kill();
    runs.died(cluster.node(2));
    runs.awaitProgress(1, 3);
    runs.stop(cluster.node(1));
    runs.stop(cluster.node(3));
    String verdict = runs.check(cluster.node(3));
    assertThat(verdict).matches("checked \\d+ unlogged \\d+ lost \\d+\n");
  }

  static void done(Node node, String test) throws Exception {
    KddmRuns.run(node, test).orFail();
  }

  static void gives(Node node, String test, int value) throws Exception {
    assertThat(KddmRuns.run(node, test).orFail().stdout()).as(test).isEqualTo(value + "\n");
  }

  private static void refused(Node node, String test, String error) throws Exception {
    CommandResult result = KddmRuns.run(node, test);
    assertThat(result.exit()).as(test).isNotZero();
    assertThat(result.stderr()).as(test).contains(error);
  }
}
