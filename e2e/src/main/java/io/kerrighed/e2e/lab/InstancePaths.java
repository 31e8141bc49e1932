// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Where one lab instance keeps its sockets, pid files, console logs and {@code /shared}: outside
 * the tree, and short, for a unix socket's path has at most 107 bytes.
 */
record InstancePaths(String name, Path directory) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");

  /** The instance that {@code KRG_LAB} names; {@code default} without it. */
  static InstancePaths fromEnvironment(Map<String, String> environment) {
    return of(environment.getOrDefault("KRG_LAB", "default"), environment);
  }

  static InstancePaths of(String name, Map<String, String> environment) {
    if (!NAME.matcher(name).matches()) {
      throw new LabException(
          "'%s' is no name for a lab instance (KRG_LAB): letters, digits, - _ . are possible"
              .formatted(name));
    }
    String temporary = environment.getOrDefault("TMPDIR", "/tmp");
    return new InstancePaths(
        name, Path.of(temporary, "kerrighed-lab." + System.getProperty("user.name"), name));
  }

  static Path cache(Map<String, String> environment) throws IOException {
    String base = environment.get("XDG_CACHE_HOME");
    Path home = Path.of(System.getProperty("user.home"), ".cache");
    return Files.createDirectories(
        (base == null || base.isEmpty() ? home : Path.of(base)).resolve("kerrighed"));
  }

  Path socket() {
    return directory.resolve("lab.sock");
  }

  Path pidFile() {
    return directory.resolve("lab.pid");
  }

  Path log() {
    return directory.resolve("lab.log");
  }

  Path initramfs() {
    return directory.resolve("initramfs");
  }

  Path shared() {
    return directory.resolve("shared");
  }

  Path node(int id) {
    return directory.resolve("n" + id);
  }

  Path qemuPidFile(int id) {
    return node(id).resolve("qemu.pid");
  }

  Path console(int id) {
    return node(id).resolve("console.log");
  }
}
