// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** What {@code /proc} and {@code /sys} say of the machine. */
final class MachineFacts {
  private static final long KIB = 1024;
  private static final String NO_ADDRESS = "00:00:00:00:00:00";

  private MachineFacts() {}

  static Machine read() {
    return new Machine(
        Text.readIfThere(Path.of("/etc/machine-id")).orElse(""),
        Text.readIfThere(Path.of("/proc/sys/kernel/hostname")).orElse("").split("\\.")[0],
        macs(),
        Text.readIfThere(Path.of("/proc/sys/kernel/random/boot_id")).orElse(""),
        Text.readIfThere(Path.of("/proc/sys/kernel/osrelease")).orElse(""),
        Runtime.getRuntime().availableProcessors(),
        memory());
  }

  private static long memory() {
    return Text.lines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]) * KIB)
        .findFirst()
        .orElse(0);
  }

  private static Set<String> macs() {
    Set<String> macs = new HashSet<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(Path.of("/sys/class/net"))) {
      for (Path device : devices) {
        Text.readIfThere(device.resolve("address"))
            .map(address -> address.toLowerCase(Locale.ROOT))
            .filter(address -> !address.isEmpty() && !address.equals(NO_ADDRESS))
            .ifPresent(macs::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the network devices", e);
    }
    return macs;
  }
}
