// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kerrighed.agent.plan.Planner;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Loads and unloads our modules from a directory of {@code .ko} files. */
final class Modules {
  private static final Logger LOG = System.getLogger(Modules.class.getName());
  private static final String LOADED = "/sys/module";
  private static final String TRANSPORT = "tipc";
  private static final Duration MODPROBE_LIMIT = Duration.ofSeconds(30);

  private final Path directory;

  Modules(Path directory) {
    this.directory = directory;
  }

  SortedSet<String> loaded() {
    SortedSet<String> loaded = new TreeSet<>();
    for (String module : Planner.MODULES) {
      if (Files.isDirectory(Path.of(LOADED, module))) {
        loaded.add(module);
      }
    }
    return loaded;
  }

  /** What the lowest module says; its source's checksum when it has no version of its own. */
  Optional<String> version() {
    Path module = Path.of(LOADED, Planner.MODULES.get(0));
    return Text.readIfThere(module.resolve("version"))
        .or(() -> Text.readIfThere(module.resolve("srcversion")));
  }

  void load(String name, SortedMap<String, String> parameters) {
    String text =
        parameters.entrySet().stream()
            .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
            .collect(Collectors.joining(" "));
    if (name.equals(Planner.IDENTITY_MODULE)) {
      Command.run(List.of("/usr/sbin/modprobe", TRANSPORT), MODPROBE_LIMIT);
    }
    Path packed = directory.resolve(name + ".ko.xz");
    boolean isPacked = Files.exists(packed);
    Path file = isPacked ? packed : directory.resolve(name + ".ko");
    try (KernelFile image = KernelFile.open(file.toString(), Libc.O_RDONLY);
        Memory arguments = Libc.string(text)) {
      Libc.C.syscall(
          new NativeLong(Libc.SYS_FINIT_MODULE),
          image.fd(),
          arguments,
          isPacked ? Libc.MODULE_INIT_COMPRESSED_FILE : 0);
    } catch (LastErrorException e) {
      throw Libc.failure(
          "cannot load " + file, e, Libc.C.strerror(e.getErrorCode()) + "; dmesg says more");
    }
  }

  void unload(String name) {
    try (Memory module = Libc.string(name)) {
      Libc.C.syscall(new NativeLong(Libc.SYS_DELETE_MODULE), module, Libc.O_NONBLOCK);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot unload " + name, e, "");
    }
    if (name.equals(Planner.IDENTITY_MODULE)) {
      unloadTransport();
    }
  }

  /**
   * TIPC keeps the address that it was given once for as long as it is loaded: another identity
   * needs a new one. Somebody else may use it, then it stays.
   */
  private static void unloadTransport() {
    try (Memory module = Libc.string(TRANSPORT)) {
      Libc.C.syscall(new NativeLong(Libc.SYS_DELETE_MODULE), module, Libc.O_NONBLOCK);
    } catch (LastErrorException e) {
      LOG.log(Level.DEBUG, "{0} stays loaded: {1}", TRANSPORT, Libc.name(e.getErrorCode()));
    }
  }
}
