// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab itself, without Kerrighed. */
@KrgCluster(nodes = 2, started = false)
class LabIT {
  private static final String PING = "busybox ping -c 1 -W 2 10.77.0.";

  @Test
  void bootsTheKernelWithItsSettings(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      assertThat(node.host("uname -r").stdout()).startsWith("6.12.");
      assertThat(node.host("hostname").stdout()).isEqualTo("node%d\n".formatted(node.id()));
      assertThat(node.host("cat /sys/class/net/eth0/mtu").stdout()).isEqualTo("9000\n");
      assertThat(node.host("cat /sys/kernel/mm/transparent_hugepage/enabled").stdout())
          .contains("[always]");
      assertThat(node.host("sysctl -n kernel.panic_on_oops kernel.pid_max").stdout())
          .isEqualTo("1\n4194304\n");
    }
  }

  @Test
  void returnsExitCodeAndBothStreams(Cluster cluster) throws Exception {
    CommandResult result = cluster.node(1).host("echo out; echo err >&2; exit 7");
    assertThat(result.exit()).isEqualTo(7);
    assertThat(result.stdout()).isEqualTo("out\n");
    assertThat(result.stderr()).isEqualTo("err\n");
    assertThat(cluster.node(1).host("kill -9 $$").exit()).isEqualTo(128 + 9);
    assertThat(cluster.node(1).host("/no/such/program").exit()).isEqualTo(127);
    assertThat(cluster.node(1).host("cat").stdout()).as("there is no input").isEmpty();
  }

  @Test
  void carriesLargeOutputUnchanged(Cluster cluster) throws Exception {
    CommandResult result =
        cluster.node(1).host("head -c 3000000 /dev/urandom | tee /tmp/data; md5sum /tmp/data >&2");
    byte[] sum = MessageDigest.getInstance("MD5").digest(result.output());
    assertThat(result.output()).hasSize(3000000);
    assertThat(result.stderr()).startsWith(HexFormat.of().formatHex(sum));
  }

  @Test
  void killsACommandThatTakesTooLong(Cluster cluster) throws Exception {
    cluster.node(1).host("ln -s /usr/bin/sleep /tmp/long-sleep").orFail();
    assertThatThrownBy(
            () ->
                GuestRunner.run(
                    cluster.lab().vm(1),
                    GuestCommand.shell("/tmp/long-sleep 1000"),
                    "sleep",
                    Duration.ofSeconds(1)))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("killed");
    assertThat(cluster.node(1).host("while pgrep -x long-sleep; do sleep 0.1; done").exit())
        .isZero();
  }

  @Test
  void runsCommandsAtTheSameTime(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    Thread waiting =
        new Thread(
            () -> {
              try {
                node.host("while [ ! -e /tmp/go ]; do sleep 0.05; done").orFail();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    waiting.start();
    node.host("touch /tmp/go").orFail();
    waiting.join(Duration.ofSeconds(60).toMillis());
    assertThat(waiting.isAlive()).isFalse();
  }

  @Test
  void whatOneNodeWritesToSharedTheOtherSeesAtOnce(Cluster cluster) throws Exception {
    for (int i = 0; i < 20; i++) {
      int from = 1 + i % 2;
      cluster.node(from).host("echo line %d >>/shared/file".formatted(i)).orFail();
      assertThat(cluster.node(3 - from).host("cat /shared/file").stdout().lines()).hasSize(i + 1);
    }
    String device = "stat -c %d:%i /shared/file";
    assertThat(cluster.node(1).host(device).stdout())
        .isEqualTo(cluster.node(2).host(device).stdout());
  }

  @Test
  void switchDropsDelaysPartitionsAndHeals(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    assertThat(node.host(PING + 2).exit()).isZero();
    cluster.drop(1, 2, 1);
    assertThat(node.host(PING + 2).exit()).isNotZero();
    cluster.heal();
    assertThat(node.host(PING + 2).exit()).isZero();
    cluster.partition(List.of(List.of(1), List.of(2)));
    assertThat(node.host(PING + 2).exit()).isNotZero();
    assertThat(node.host(PING + 1).exit()).isZero();
    cluster.heal();
    assertThat(node.host(PING + 2).exit()).isZero();
    cluster.delay(1, 2, Duration.ofMillis(300));
    double milliseconds =
        Double.parseDouble(
            node.host(PING + 2).stdout().replaceAll("(?s).*time=([0-9.]+) ms.*", "$1"));
    assertThat(milliseconds).as("a delay is added to both ways").isGreaterThan(600);
    cluster.heal();
    cluster.duplicate(1, 2, 1);
    assertThat(node.host("busybox ping -c 2 -W 2 10.77.0.2").stdout()).contains("duplicates");
  }

  @Test
  void aKilledNodeStartsAgain(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    node.host("touch /tmp/before").orFail();
    node.kill();
    assertThat(node.state()).isEqualTo("off");
    assertThatThrownBy(() -> node.host("true")).isInstanceOf(LabException.class);
    node.start();
    assertThat(node.host("test -e /tmp/before").exit()).isEqualTo(1);
    assertThat(cluster.node(1).host(PING + 2).exit()).isZero();
  }

  @Test
  void aPausedNodeStandsStillAndGoesOn(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    node.pause();
    assertThat(node.state()).isEqualTo("paused");
    assertThat(cluster.node(1).host(PING + 2).exit()).isNotZero();
    node.resume();
    assertThat(cluster.node(1).host(PING + 2).exit()).isZero();
  }

  @Test
  @ExpectComplaints
  void aDyingKernelIsNoticed(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    assertThatThrownBy(() -> node.host("echo c >/proc/sysrq-trigger"))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("went away");
    assertThat(ConsoleScan.complaints(node.console())).anyMatch(l -> l.contains("Kernel panic"));
  }

  @Test
  @ExpectComplaints
  void aPlantedComplaintIsFound(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    assertThat(ConsoleScan.complaints(node.console())).isEmpty();
    node.host("echo 'BUG: planted' >/dev/kmsg").orFail();
    assertThat(ConsoleScan.complaints(node.console())).hasSize(1);
  }

  @Test
  @ExpectComplaints
  void theLauncherCopiesAndReportsHealth(Cluster cluster, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("data with blank");
    Files.writeString(file, "some\0bytes");
    assertThat(lab(cluster, "cp", file.toString(), "1:/tmp/copy").status()).isZero();
    assertThat(lab(cluster, "cp", "1:/tmp/copy", directory.toString()).status()).isZero();
    assertThat(directory.resolve("copy")).hasSameBinaryContentAs(file);
    assertThat(lab(cluster, "cp", file.toString(), "1:/no/such/place").status()).isNotZero();
    assertThat(lab(cluster, "sh", "--host", "1", "exit 9").status()).isEqualTo(9);
    assertThat(lab(cluster, "sh", "1", "true").output()).contains("no Kerrighed container");
    assertThat(lab(cluster, "health").status()).isZero();
    cluster.node(2).host("echo 'Oops: planted' >/dev/kmsg").orFail();
    HostCommand.Result health = lab(cluster, "health");
    assertThat(health.status()).isEqualTo(1);
    assertThat(health.output()).contains("node 2:").contains("Oops: planted");
  }

  private static HostCommand.Result lab(Cluster cluster, String... arguments)
      throws InterruptedException {
    List<String> command = new ArrayList<>();
    command.add("env");
    command.add("KRG_LAB=" + cluster.lab().paths().name());
    command.add(Repository.find().path("e2e/lab").toString());
    command.addAll(List.of(arguments));
    return HostCommand.tryRun(Path.of("/"), command.toArray(String[]::new));
  }
}
