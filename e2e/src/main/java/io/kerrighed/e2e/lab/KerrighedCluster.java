// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Loads the modules into nodes, and starts and stops the Kerrighed cluster on them. */
final class KerrighedCluster {
  /** Lower modules first; one that the repository does not build is left out. */
  private static final List<String> MODULES =
      List.of(
          "krg_hooks",
          "krg_rpc",
          "krg_hotplug",
          "krg_kddm",
          "krg_capability",
          "krg_proc",
          "krg_mm",
          "krg_sync",
          "krg_ipc",
          "krg_ghost",
          "krg_epm",
          "krg_procfs");

  private static final int SESSION = 1;
  private static final Duration STEP_LIMIT = Duration.ofSeconds(90);
  private static final Duration ONLINE_LIMIT = Duration.ofSeconds(90);

  /**
   * Where a node has copies of the tools: what is run from the repository is read anew each time.
   */
  static final String TOOLS = "/run/kerrighed-tools";

  /** Twice the default: emulated, on a busy PC, a node stands still for longer than a real one. */
  private static final int TOLERANCE_MS = 3000;

  /**
   * Arguments: 1 if another node is in the cluster already and this one shall only join it; where
   * the tools were built; where the node shall have them.
   */
  private static final String START =
      """
      set -e
      tools=$3
      mkdir -p "$tools"
      cp -dr "$2/." "$tools"
      hotplug=/sys/kerrighed/hotplug
      echo %d >/sys/kerrighed/failure_tolerance_ms
      echo +eth0 >/sys/kerrighed/net_devices
      [ ! -x "$tools/krginit_helper" ] || echo "$tools/krginit_helper" >$hotplug/cluster_init_helper
      [ ! -w $hotplug/join_only ] || echo "$1" >$hotplug/join_only
      exec "$tools/krgboot" </dev/null >/run/krgboot.log 2>&1 || { cat /run/krgboot.log >&2; exit 1; }
      """
          .formatted(TOLERANCE_MS);

  /** For busybox, whose shell starts no program for this. Argument: a number of nodes. */
  private static final String AWAIT_COUNT =
      """
      for i in 0 1 2 3 4 5 6 7 8 9; do
        read -r line </proc/nodes/nrnodes && [ "$line" = "ONLINE:$1" ] && exit
        usleep 100000
      done
      """;

  private static final String STOP =
      """
      pid=$(cat /run/krginit.pid 2>/dev/null) || exit 0
      kill -TERM "$pid" 2>/dev/null || exit 0
      i=0
      while [ -d "/proc/$pid" ]; do
        i=$((i + 1))
        [ $i -lt 600 ] || { echo "the container of this node does not end" >&2; exit 1; }
        sleep 0.1
      done
      rm -f /run/krginit.pid
      """;

  private static final String UNLOAD =
      """
      for module in $(lsmod | awk '/^krg_/ { print $1 }'); do
        rmmod "$module" || { lsmod | grep krg_; ps -ef; exit 1; } # who may use it
      done
      modprobe -r tipc
      """;

  private final Repository repository;
  private final List<Vm> all;

  /**
   * Steers the cluster of some nodes.
   *
   * @param all every node that may be in it, running or not
   */
  KerrighedCluster(Repository repository, List<Vm> all) {
    this.repository = repository;
    this.all = all;
  }

  /** Loads the modules in these nodes, starts their containers, and waits until all are online. */
  void start(List<Vm> nodes, Consumer<String> progress) throws InterruptedException {
    Path tools = repository.path("target/kmod/tools");
    if (!Files.exists(tools.resolve("krgboot"))) {
      throw new LabException(
          "%s is not built: 'e2e/lab up --no-cluster' works without it".formatted(tools));
    }
    Parallel.onEach(nodes, vm -> host(vm, loadScript(vm)));
    progress.accept("modules are loaded in %s".formatted(names(nodes)));
    boolean founded = all.stream().anyMatch(vm -> !nodes.contains(vm) && vm.running());
    for (Vm vm : nodes) {
      host(vm, START, founded ? "1" : "0", tools.toString(), TOOLS);
      founded = true;
    }
    awaitOnline();
    progress.accept("%s in the Kerrighed cluster".formatted(names(nodes)));
  }

  private static String names(List<Vm> nodes) {
    return nodes.stream()
        .map(vm -> Integer.toString(vm.id()))
        .collect(Collectors.joining(", ", nodes.size() == 1 ? "node " : "nodes ", ""));
  }

  private String loadScript(Vm vm) {
    List<String> script = new ArrayList<>(List.of("set -e", "modprobe tipc"));
    for (String module : MODULES) {
      Path file = repository.path("target/kmod/%s/%s.ko".formatted(vm.kernel().release(), module));
      if (Files.exists(file)) {
        String parameters =
            module.equals("krg_rpc") ? " node_id=%d session_id=%d".formatted(vm.id(), SESSION) : "";
        script.add(
            "[ -d /sys/module/%s ] || busybox insmod '%s'%s".formatted(module, file, parameters));
      }
    }
    return String.join("\n", script);
  }

  /** Waits until all running nodes see each other, and nobody else, online. */
  void awaitOnline() throws InterruptedException {
    long deadline = System.nanoTime() + ONLINE_LIMIT.toNanos();
    Optional<String> missing = notOnline();
    while (missing.isPresent()) {
      if (System.nanoTime() > deadline) {
        throw new LabException("not all nodes are online; " + missing.get());
      }
      awaitCount();
      missing = notOnline();
    }
  }

  /** Waits a second, or less if every node sees as many nodes online as run. */
  private void awaitCount() throws InterruptedException {
    List<Vm> running = running();
    List<String> command =
        List.of("busybox", "sh", "-c", AWAIT_COUNT, "sh", Integer.toString(running.size()));
    try {
      Parallel.onEach(running, vm -> GuestRunner.run(vm, command, AWAIT_COUNT, STEP_LIMIT));
    } catch (LabException e) {
      // one of them went down meanwhile: whoever asks what is missing hears of it
    }
  }

  private List<Vm> running() {
    return all.stream().filter(Vm::running).toList();
  }

  /** What a node sees that is not as it shall be; empty if all running nodes are online. */
  Optional<String> notOnline() throws InterruptedException {
    String command = "exec krgadm nodes status";
    List<Vm> running = running();
    String wanted = running.stream().map(vm -> vm.id() + ":online\n").collect(Collectors.joining());
    List<String> arguments = GuestCommand.inContainer(GuestCommand.shell(command));
    List<CommandResult> seen;
    try {
      seen = Parallel.onEach(running, vm -> GuestRunner.run(vm, arguments, command, STEP_LIMIT));
    } catch (LabException e) {
      return Optional.of(e.getMessage()); // one of them went down meanwhile
    }
    for (int i = 0; i < seen.size(); i++) {
      if (!seen.get(i).stdout().equals(wanted)) {
        return Optional.of("on node %d %s".formatted(running.get(i).id(), seen.get(i)));
      }
    }
    return Optional.empty();
  }

  /**
   * Kills every process in the containers but their inits; returns what {@link #notOnline} does.
   */
  Optional<String> killAll() throws InterruptedException {
    String everyone = "kill -KILL -1 2>/dev/null";
    List<String> arguments = GuestCommand.inContainer(GuestCommand.shell(everyone));
    try {
      // one after the other: each of them reaches all nodes that are online
      for (Vm vm : running()) {
        GuestRunner.run(vm, arguments, everyone, STEP_LIMIT);
      }
    } catch (LabException e) {
      return Optional.of(e.getMessage());
    }
    return notOnline();
  }

  /** Stops the containers in these nodes. */
  void stop(List<Vm> nodes) throws InterruptedException {
    for (Vm vm : nodes) {
      host(vm, STOP);
    }
  }

  /** Unloads the modules; the containers have to be stopped. */
  void unload(List<Vm> nodes) throws InterruptedException {
    Parallel.onEach(nodes, vm -> host(vm, UNLOAD));
  }

  private static CommandResult host(Vm vm, String script, String... arguments)
      throws InterruptedException {
    List<String> command = new ArrayList<>(GuestCommand.shell(script));
    command.add("sh");
    command.addAll(List.of(arguments));
    CommandResult result = GuestRunner.run(vm, command, script, STEP_LIMIT);
    if (result.exit() != 0) {
      throw new LabException(
          "on node %d: %s%s".formatted(vm.id(), result.stdout().strip(), result.stderr().strip()));
    }
    return result;
  }
}
