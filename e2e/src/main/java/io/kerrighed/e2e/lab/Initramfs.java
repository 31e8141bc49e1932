// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The first file system of a guest: busybox, the drivers to boot with, our init and agent. */
final class Initramfs {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      List.of("sh", "cat", "cp", "insmod", "mkdir", "mount", "poweroff", "switch_root");

  private Initramfs() {}

  static void write(Path file, KernelImage kernel, Repository repository) throws IOException {
    try (CpioArchive archive = new CpioArchive(file)) {
      for (String directory : List.of("bin", "dev", "proc", "sys", "modules")) {
        archive.directory(directory);
      }
      archive.device("dev/console", 5, 1);
      archive.file("bin/busybox", BUSYBOX);
      for (String applet : APPLETS) {
        archive.link("bin/" + applet, "busybox");
      }
      Path order = kernel.bootDrivers().resolve("order");
      archive.file("modules/order", order);
      for (String driver : Files.readAllLines(order)) {
        archive.file("modules/" + driver, kernel.bootDrivers().resolve(driver));
      }
      archive.file("init", repository.path("e2e/guest/init"));
      archive.file("start", repository.path("e2e/guest/start"));
      archive.file("agent", repository.path("target/guest/agent"));
    }
  }
}
