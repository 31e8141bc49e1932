// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kerrighed.agent.plan.Planner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Loads and unloads our modules from a directory of {@code .ko} files. */
final class Modules {
  private static final String LOADED = "/sys/module";

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
    Path file = directory.resolve(name + ".ko");
    try (KernelFile image = KernelFile.open(file.toString(), Libc.O_RDONLY);
        Memory arguments = Libc.string(text)) {
      Libc.C.syscall(new NativeLong(Libc.SYS_FINIT_MODULE), image.fd(), arguments, 0);
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
  }
}
