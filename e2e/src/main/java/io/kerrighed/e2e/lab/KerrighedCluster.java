// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Loads the modules into nodes, and starts and stops the Kerrighed cluster on them. */
final class KerrighedCluster {
  /** Lower modules first; those that are not built yet are left out. */
  private static final List<String> MODULES =
      List.of(
          "krg_hooks",
          "krg_rpc",
          "krg_hotplug",
          "krg_capability",
          "krg_proc",
          "krg_ghost",
          "krg_epm");

  private static final int SESSION = 1;
  private static final Duration STEP_LIMIT = Duration.ofSeconds(60);

  private final Repository repository;
  private final List<Vm> all;

  KerrighedCluster(Repository repository, List<Vm> all) {
    this.repository = repository;
    this.all = all;
  }

  /** Loads the modules in these nodes, starts their containers, and waits until all are online. */
  void start(List<Vm> nodes, Consumer<String> progress) throws InterruptedException {
    for (Vm vm : nodes) {
      load(vm);
    }
    progress.accept("modules are loaded in %d nodes".formatted(nodes.size()));
    Path krgboot = repository.path("target/kmod/tools/krgboot");
    if (!Files.exists(krgboot)) {
      throw new LabException(
          "%s is not built yet: 'e2e/lab up --no-cluster' works without it".formatted(krgboot));
    }
    for (Vm vm : nodes) {
      host(vm, krgboot.toString());
    }
    awaitOnline(progress);
  }

  private void load(Vm vm) throws InterruptedException {
    List<String> script = new ArrayList<>();
    script.add("set -e");
    script.add("modprobe tipc");
    for (String module : MODULES) {
      Path file = repository.path("target/kmod/%s/%s.ko".formatted(vm.kernel().release(), module));
      if (Files.exists(file)) {
        String parameters =
            module.equals("krg_rpc") ? " node_id=%d session_id=%d".formatted(vm.id(), SESSION) : "";
        script.add("insmod '%s'%s".formatted(file, parameters));
      }
    }
    host(vm, String.join("\n", script));
  }

  private void awaitOnline(Consumer<String> progress) throws InterruptedException {
    throw new LabException("not all nodes came online");
  }

  /** Stops the containers in these nodes and unloads the modules. */
  void stop(List<Vm> nodes, Consumer<String> progress) throws InterruptedException {
    for (Vm vm : nodes) {
      host(
          vm,
          """
          pid=$(cat /run/krginit.pid 2>/dev/null) && kill -KILL "$pid" || true
          for module in $(lsmod | awk '/^krg_/ { print $1 }'); do rmmod "$module"; done
          """);
    }
  }

  private static void host(Vm vm, String script) throws InterruptedException {
    GuestRunner.run(vm, GuestCommand.shell(script), script, STEP_LIMIT).orFail();
  }
}
