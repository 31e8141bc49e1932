// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.CriuPackage;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Moves a process from node 1 to node 2: ours against CRIU (dump to tmpfs, copy over the cluster
 * network, restore). The freeze is the longest time without a heartbeat of the process, by the
 * clock of the host; the total is the time from the request to its end.
 */
final class MigrationBenchmark implements Benchmark {
  private static final String OURS = "kerrighed";
  private static final String CRIU = "criu";
  private static final String CRIU_PLACE = "/run/criu";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** In bash, for its /dev/tcp; the other node may not listen yet. */
  private static final String DUMP_AND_SEND =
      """
      bash <<'END'
      set -e
      rm -rf /dev/shm/dump && mkdir /dev/shm/dump
      %s dump -t %d -D /dev/shm/dump --manage-cgroups=ignore -v1 -o dump.log ||
        { cat /dev/shm/dump/dump.log >&2; exit 1; }
      until exec 3>/dev/tcp/10.77.0.2/7777; do sleep 0.05; done 2>/dev/null
      tar -C /dev/shm/dump -cf - . >&3
      END""";

  /** The FIFO is an input that does not end: nc would stop there. */
  private static final String RECEIVE_AND_RESTORE =
      """
      set -e
      rm -rf /dev/shm/dump /run/nothing && mkdir /dev/shm/dump && mkfifo /run/nothing
      busybox nc -l -p 7777 <>/run/nothing | tar -C /dev/shm/dump -xf -
      %s restore -d -D /dev/shm/dump --manage-cgroups=ignore -v1 -o restore.log ||
        { cat /dev/shm/dump/restore.log >&2; exit 1; }
      """;

  private static final String ALLOW =
      "echo 'bench exe=*/heartbeat effective=CAN_MIGRATE permitted=CAN_MIGRATE"
          + " inheritable_permitted=CAN_MIGRATE inheritable_effective=CAN_MIGRATE'"
          + " >/proc/kerrighed/capability_rules";

  /** CRIU restores the PID, so it must be free on the other node. */
  private int nextCriuPid = 1_000_000;

  @Override
  public String name() {
    return "migration";
  }

  @Override
  public String description() {
    return "freeze and total time of a migration, against CRIU, for 1, 8 and 64 MB";
  }

  @Override
  public int nodes() {
    return 2;
  }

  @Override
  public List<String> cases() {
    return List.of("1 MB", "8 MB", "64 MB");
  }

  @Override
  public List<String> variants() {
    return List.of(OURS, CRIU);
  }

  @Override
  public void prepare(Cluster cluster) throws Exception {
    Files.copy(CriuPackage.archive(), cluster.shared().resolve("criu.tar"));
    for (Node node : cluster.nodes()) {
      node.host(
              """
              mkdir -p %s && tar -xf /shared/criu.tar -C %s
              for module in tun veth nf_tables nfnetlink unix_diag tcp_diag udp_diag inet_diag \
                  netlink_diag af_packet_diag; do modprobe $module || exit 1; done
              """
                  .formatted(CRIU_PLACE, CRIU_PLACE))
          .orFail();
      node.host(ALLOW).orFail();
    }
    Files.delete(cluster.shared().resolve("criu.tar"));
  }

  @Override
  public Map<String, Double> measure(Cluster cluster, String caseName, String variant)
      throws Exception {
    Path beats = cluster.shared().resolve("beats");
    Path gaps = cluster.shared().resolve("gaps");
    Files.deleteIfExists(beats);
    Files.deleteIfExists(gaps);
    String megabytes = caseName.split(" ")[0];
    String command = "heartbeat /shared/beats /shared/gaps " + megabytes;
    Node from = cluster.node(1);
    boolean ours = variant.equals(OURS);
    int pid = ours ? from.spawn(command, "/dev/null") : spawnForCriu(from, command);
    awaitBeats(beats, 50);
    int gapsBefore = Files.readAllLines(gaps).size();

    long begin = System.nanoTime();
    if (ours) {
      from.sh("migrate %d 2".formatted(pid)).orFail();
    } else {
      moveWithCriu(cluster, pid);
    }
    double total = (System.nanoTime() - begin) / 1e6;

    awaitBeats(beats, 20);
    double freeze =
        Files.readAllLines(gaps).stream()
            .skip(gapsBefore)
            .mapToDouble(us -> Double.parseDouble(us) / 1000)
            .max()
            .orElseThrow(() -> new LabException("the process did not stand still at all"));
    Node to = cluster.node(2);
    if (ours) {
      requirePlace(to, pid);
    }
    String kill = "kill -KILL %d".formatted(pid);
    (ours ? to.sh(kill) : to.host(kill)).orFail();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("freeze ms", freeze);
    metrics.put("total ms", total);
    return metrics;
  }

  /** A signal would reach the process anywhere in the cluster. */
  private static void requirePlace(Node node, int pid) throws InterruptedException {
    String find = "awk '$1 == %d { print $3 }' /proc/kerrighed/processes".formatted(pid);
    String place = node.host(find).orFail().stdout().strip();
    if (!place.equals(Integer.toString(node.id()))) {
      throw new LabException(
          "process %d is on node '%s', not on node %d".formatted(pid, place, node.id()));
    }
  }

  private int spawnForCriu(Node node, String command) throws InterruptedException {
    CommandResult result =
        node.host(
                """
                echo %d >/proc/sys/kernel/ns_last_pid
                setsid %s </dev/null >/dev/null 2>&1 &
                echo $!"""
                    .formatted(nextCriuPid, command))
            .orFail();
    nextCriuPid += 100;
    return Integer.parseInt(result.stdout().strip());
  }

  private static void moveWithCriu(Cluster cluster, int pid) throws Exception {
    String criu = CriuPackage.command(CRIU_PLACE);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Callable<CommandResult> receive =
          () -> cluster.node(2).host(RECEIVE_AND_RESTORE.formatted(criu));
      Future<CommandResult> restored = executor.submit(receive);
      cluster.node(1).host(DUMP_AND_SEND.formatted(criu, pid)).orFail();
      restored.get().orFail();
    } finally {
      executor.shutdownNow();
    }
  }

  /** Waits until the process has made so many beats more. */
  private static void awaitBeats(Path file, long more) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    long begin = -1;
    while (System.nanoTime() < deadline) {
      byte[] content = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      if (content.length == Long.BYTES) {
        long beats = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (begin < 0) {
          begin = beats;
        } else if (beats >= begin + more) {
          return;
        }
      }
      Thread.sleep(20);
    }
    throw new LabException("the process makes no heartbeat");
  }
}
