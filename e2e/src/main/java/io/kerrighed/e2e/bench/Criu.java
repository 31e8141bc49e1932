// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.CriuPackage;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Moves processes from node 1 to node 2 with CRIU, images in tmpfs. */
final class Criu {
  private static final String PLACE = "/run/criu";
  private static final String COMMAND = CriuPackage.command(PLACE);

  /**
   * Arguments of each {@code send}: PID, port. In bash, for its /dev/tcp; the other node may not
   * listen yet.
   */
  private static final String DUMP_AND_SEND =
      """
      bash <<'END'
      send() {
        dump=/dev/shm/dump/$1
        mkdir $dump
        %s dump -t $1 -D $dump --manage-cgroups=ignore -v1 -o dump.log ||
          { cat $dump/dump.log >&2; exit 1; }
        until exec 3>/dev/tcp/10.77.0.2/$2; do sleep 0.05; done 2>/dev/null
        tar -C $dump -cf - . >&3
      }
      rm -rf /dev/shm/dump && mkdir /dev/shm/dump
      %s
      for job in $(jobs -p); do wait $job || exit; done
      END
      """;

  /** The same of {@code receive}. The FIFO is an input that does not end: nc would stop there. */
  private static final String RECEIVE_AND_RESTORE =
      """
      bash <<'END'
      receive() {
        dump=/dev/shm/dump/$1
        mkdir $dump
        busybox nc -l -p $2 <>/run/nothing | tar -C $dump -xf -
        %s restore -d -D $dump --manage-cgroups=ignore -v1 -o restore.log ||
          { cat $dump/restore.log >&2; exit 1; }
      }
      rm -rf /dev/shm/dump /run/nothing && mkdir /dev/shm/dump && mkfifo /run/nothing
      %s
      for job in $(jobs -p); do wait $job || exit; done
      END
      """;

  /** One for each pre-dump and one for the rest; each serves one connection and ends. */
  private static final String PAGE_SERVERS =
      """
      set -e
      rm -rf /dev/shm/dump /run/nothing && mkdir /dev/shm/dump && mkfifo /run/nothing
      for i in $(seq 0 %d); do
        mkdir /dev/shm/dump/$i
        [ $i = 0 ] || ln -s ../$((i - 1)) /dev/shm/dump/$i/parent
        %s page-server -d -D /dev/shm/dump/$i --port $((%d + i)) -v1 -o page-server.log
      done
      """;

  /** Arguments: PID, first port, number of pre-dumps. The last dump's small files come by tar. */
  private static final String PRE_DUMP_AND_SEND =
      """
      bash -s %d %d %d <<'END'
      run() {
        mkdir /dev/shm/dump/$i
        %s $1 -t $pid -D /dev/shm/dump/$i $parent --track-mem --manage-cgroups=ignore \
            --page-server --address 10.77.0.2 --port $((port + i)) -v1 -o dump.log ||
          { cat /dev/shm/dump/$i/dump.log >&2; exit 1; }
        parent="--prev-images-dir ../$i"
      }
      pid=$1 port=$2
      rm -rf /dev/shm/dump && mkdir /dev/shm/dump
      for ((i = 0; i < $3; i++)); do run pre-dump; done
      run dump
      until exec 3>/dev/tcp/10.77.0.2/$((port + i + 1)); do sleep 0.05; done 2>/dev/null
      tar -C /dev/shm/dump/$i -cf - . >&3
      END
      """;

  private static final String RECEIVE_REST_AND_RESTORE =
      """
      dump=/dev/shm/dump/%d
      busybox nc -l -p %d <>/run/nothing | tar -C $dump -xf -
      %s restore -d -D $dump --manage-cgroups=ignore -v1 -o restore.log ||
        { cat $dump/restore.log >&2; exit 1; }
      """;

  private final Cluster cluster;

  /** CRIU restores PIDs, so they must be free on the other node. */
  private int nextPid = 1_000_000;

  /** Of the first connection of the next move: one that was used just now may not be free yet. */
  private int nextPort = 10_000;

  /** Brings CRIU and the kernel modules that it needs into the nodes. */
  Criu(Cluster cluster) throws IOException, InterruptedException {
    this.cluster = cluster;
    Path archive = cluster.shared().resolve("criu.tar");
    Files.copy(CriuPackage.archive(), archive);
    for (Node node : cluster.nodes()) {
      node.host(
              """
              mkdir -p %s && tar -xf /shared/criu.tar -C %s
              for module in tun veth nf_tables nfnetlink unix_diag tcp_diag udp_diag inet_diag \
                  netlink_diag af_packet_diag; do modprobe $module || exit 1; done
              """
                  .formatted(PLACE, PLACE))
          .orFail();
    }
    Files.delete(archive);
  }

  /**
   * Runs a script on node 1, outside of the container, that starts processes which can be moved.
   *
   * @return what it printed
   */
  String start(String script) throws InterruptedException {
    String place = "echo %d >/proc/sys/kernel/ns_last_pid%n".formatted(nextPid);
    nextPid += 100;
    return cluster.node(1).host(place + script).orFail().stdout();
  }

  /** Each with its descendants; all at the same time. */
  void move(List<Integer> pids) throws Exception {
    StringBuilder send = new StringBuilder();
    StringBuilder receive = new StringBuilder();
    for (int pid : pids) {
      send.append("send %d %d &%n".formatted(pid, nextPort));
      receive.append("receive %d %d &%n".formatted(pid, nextPort));
      nextPort++;
    }
    both(DUMP_AND_SEND.formatted(COMMAND, send), RECEIVE_AND_RESTORE.formatted(COMMAND, receive));
  }

  /** Most of the memory ahead, so many times, by page servers. */
  void moveWithPreDumps(int pid, int preDumps) throws Exception {
    int port = nextPort;
    nextPort += preDumps + 2;
    cluster.node(2).host(PAGE_SERVERS.formatted(preDumps, COMMAND, port)).orFail();
    both(
        PRE_DUMP_AND_SEND.formatted(pid, port, preDumps, COMMAND),
        RECEIVE_REST_AND_RESTORE.formatted(preDumps, port + preDumps + 1, COMMAND));
  }

  /** Gives the memory of the images back. */
  void clean() throws InterruptedException {
    for (Node node : cluster.nodes()) {
      node.host("rm -rf /dev/shm/dump").orFail();
    }
  }

  private void both(String source, String destination) throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Callable<CommandResult> receive = () -> cluster.node(2).host(destination);
      Future<CommandResult> restored = executor.submit(receive);
      cluster.node(1).host(source).orFail();
      restored.get().orFail();
    } finally {
      executor.shutdownNow();
    }
  }
}
