// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.Test;

/** What cannot move is refused with errno and sentence, and goes on as if nobody had asked. */
@KrgCluster(nodes = 3)
class RefusalIT {
  /** A thread that does something and sleeps, beside a first one that does something too. */
  private static final String THREADS =
      "python3 -c 'import ctypes, threading, time; c = ctypes.CDLL(None);"
          + " threading.Thread(target=lambda: (c.%s, time.sleep(100000))).start(); c.%s'";

  private static final String TRACER =
      "import ctypes, time; ctypes.CDLL(None).ptrace(0x4206, %d, 0, 0);"
          + " print(\"attached\", flush=True); time.sleep(100000)";

  @Test
  void aPipe(Cluster cluster) throws Exception {
    HomeProcess counter =
        HomeProcess.start(
            cluster,
            cluster.node(1),
            "pipe",
            "bash -c 'exec counter /shared/pipe.count 1 20 5< <(exec sleep 100000 >/dev/null 2>&1)'");
    counter.awaitMoreCounts();
    refused(
        counter.migrate(cluster.node(1), 2), "Function not implemented", "descriptor 5 is a pipe");
    refused(
        counter.migrate(cluster.node(3), 2), "Function not implemented", "descriptor 5 is a pipe");
    assertUnharmed(cluster.node(1), counter);
  }

  /** It was saved already: its timers fire once and not twice, and none is lost. */
  @Test
  void timersOfWhatIsRefusedThere(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    String directory = "/tmp/timers.only-here";
    HomeProcess timers =
        HomeProcess.start(
            cluster, node, "timers", "zoo-posixtimers /shared/timers.count " + directory);
    timers.awaitMoreCounts();
    for (int i = 0; i < 10; i++) {
      refused(
          timers.migrate(node, 2),
          "No such file or directory",
          "node 2: its working directory %s cannot be used there (error 2)".formatted(directory));
    }
    timers.awaitMoreCounts();
    timers.awaitMoreCounts();
    assertThat(timers.broken()).as("%s", timers.counts()).isFalse();
    node.sh("kill -TERM %d".formatted(timers.pid)).orFail();
    assertThat(timers.awaitStatus()).isEqualTo(42);
  }

  @Test
  void threadsThatCannotMoveTogether(Cluster cluster) throws Exception {
    refusedForItsThreads(
        cluster,
        "leader",
        THREADS.formatted("getpid()", "pthread_exit(0)"),
        "Operation not permitted",
        "its first thread has ended, and others go on");
    refusedForItsThreads(
        cluster,
        "files",
        THREADS.formatted("unshare(0x400)", "getpid()"),
        "Operation not permitted",
        "its thread \\d+ has a descriptor table of its own");
    refusedForItsThreads(
        cluster,
        "fs",
        THREADS.formatted("unshare(0x200)", "getpid()"),
        "Operation not permitted",
        "its thread \\d+ has a working directory and umask of its own");
  }

  private static void refusedForItsThreads(
      Cluster cluster, String name, String command, String errno, String sentence)
      throws Exception {
    Node node = cluster.node(1);
    HomeProcess program = HomeProcess.start(cluster, node, name, command);
    HomeProcess.await(
        "its second thread",
        () -> node.sh("ls /proc/%d/task | wc -l".formatted(program.pid)).stdout().equals("2\n"));
    HomeProcess.await(
        "refused with: " + sentence,
        () ->
            program
                .migrate(node, 2)
                .stderr()
                .matches("migrate: %s\nmigrate: %s\n".formatted(errno, sentence)));
    node.sh("kill -TERM %d".formatted(program.pid)).orFail();
    assertThat(program.awaitStatus()).isEqualTo(128 + 15);
  }

  @Test
  void aTracedProcess(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    HomeProcess counter = HomeProcess.counter(cluster, node, "traced", 1);
    int tracer =
        node.spawn("python3 -c '%s'".formatted(TRACER.formatted(counter.pid)), "/shared/tracer");
    HomeProcess.await(
        "the tracer", () -> node.sh("cat /shared/tracer").stdout().equals("attached\n"));
    refused(
        counter.migrate(node, 1),
        "Operation not permitted",
        "CAN_MIGRATE of process %d is off while a debugger is attached".formatted(counter.pid));
    node.sh("kill -KILL %d".formatted(tracer)).orFail();
    assertUnharmed(node, counter);
  }

  @Test
  void aMissingCapability(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    int pid = node.spawn("sleep 100000", "/dev/null");
    refused(
        node.sh("migrate %d 2".formatted(pid)),
        "Operation not permitted",
        "process %d does not have the capability CAN_MIGRATE".formatted(pid));
    node.sh("kill -TERM %d".formatted(pid)).orFail();
  }

  @Test
  void anotherUsersProcess(Cluster cluster) throws Exception {
    HomeProcess counter = HomeProcess.counter(cluster, cluster.node(1), "other", 1);
    refused(
        cluster.node(2).shAs("nobody", "migrate %d 2".formatted(counter.pid)),
        "Operation not permitted",
        "process %d belongs to user 0, not to user 65534".formatted(counter.pid));
    assertUnharmed(cluster.node(1), counter);
  }

  @Test
  void whatIsNotThere(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, node, "nowhere", 1);
    refused(counter.migrate(node, 99), "Machine is not on the network", "node 99 is not online");
    refused(
        counter.migrate(node, 128), "Invalid argument", "node ids go from 1 to 127; 128 is none");
    node.sh("krgadm nodes del -n 3").orFail();
    refused(counter.migrate(node, 3), "Machine is not on the network", "node 3 is not online");
    node.sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    refused(
        node.sh("migrate 4194303 2"),
        "No such process",
        "there is no process 4194303 in the cluster");
    refused(
        node.sh("migrate 1 2"),
        "Operation not permitted",
        "process 1 is the init of each node's container and stays");
    assertThat(counter.migrate(node, 1).exit()).as("it is there already").isZero();
    assertUnharmed(node, counter);
  }

  private static void refused(CommandResult result, String errno, String sentence) {
    assertThat(result.exit()).as("%s", result).isEqualTo(1);
    assertThat(result.stderr()).isEqualTo("migrate: %s\nmigrate: %s\n".formatted(errno, sentence));
  }

  private static void assertUnharmed(Node node, HomeProcess counter) throws Exception {
    assertThat(node.sh("cat /proc/kerrighed/processes").stdout())
        .containsPattern("(?m)^%d %d %d ".formatted(counter.pid, node.id(), node.id()));
    counter.awaitMoreCounts();
    counter.endsWhole(node);
  }
}
