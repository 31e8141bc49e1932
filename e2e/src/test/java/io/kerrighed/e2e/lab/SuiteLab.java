// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The one lab of a test run, in this JVM. It also serves {@code KRG_LAB=junit e2e/lab}, to look at
 * nodes while a test runs.
 */
final class SuiteLab implements ExtensionContext.Store.CloseableResource, AutoCloseable {
  private final Set<Integer> tainted = new TreeSet<>();
  private final Thread atExit = new Thread(this::closeQuietly);
  private Lab lab;
  private LabServer server;
  private boolean started;
  private int nodes;

  SuiteLab() {
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  Lab lab() {
    return lab;
  }

  /** This node's kernel has complained: it is booted anew before the next test. */
  void taint(int node) {
    tainted.add(node);
  }

  /** Boots what a class wants, or keeps what runs if it fits. */
  void provide(KrgCluster wanted) throws IOException, InterruptedException {
    boolean fits =
        lab != null
            && lab.kernelVersion().equals(wanted.kernel())
            && nodes == wanted.nodes()
            && started == wanted.started();
    if (fits) {
      return;
    }
    close();
    InstancePaths paths =
        InstancePaths.of(System.getenv().getOrDefault("KRG_LAB", "junit"), System.getenv());
    if (new LabClient(paths).labRuns()) {
      throw new LabException(
          "lab '%s' runs already: 'KRG_LAB=%s e2e/lab down' ends it"
              .formatted(paths.name(), paths.name()));
    }
    Repository repository = Repository.find();
    new LabProcess(paths, repository).cleanUp();
    Trees.delete(paths.directory());
    Files.createDirectories(paths.directory());
    lab = new Lab(paths, repository, InstancePaths.cache(System.getenv()));
    server = new LabServer(lab);
    nodes = wanted.nodes();
    started = wanted.started();
    lab.up(nodes, wanted.kernel(), started, System.err::println);
  }

  /** Brings everything into the state in which each test begins. */
  void reset() throws IOException, InterruptedException {
    lab.network().rules().heal();
    for (Vm vm : lab.vms()) {
      if (vm.state().equals("paused")) {
        vm.resume();
      }
      if (tainted.contains(vm.id())) {
        vm.powerOff();
        vm.setConsoleAside();
      }
    }
    tainted.clear();
    if (started) {
      resetCluster();
    } else {
      for (Vm vm : lab.vms()) {
        if (!vm.running()) {
          lab.start(vm.id(), line -> {});
        }
      }
    }
    emptyShared();
  }

  private void resetCluster() throws IOException, InterruptedException {
    List<Vm> down = lab.vms().stream().filter(vm -> !vm.running()).toList();
    if (down.size() == lab.vms().size()) {
      lab.up(nodes, lab.kernelVersion(), true, line -> {});
    } else {
      for (Vm vm : down) {
        lab.start(vm.id(), line -> {});
      }
    }
    KerrighedCluster kerrighed = lab.kerrighed();
    kerrighed.killAll();
    if (kerrighed.notOnline().isPresent()) {
      System.err.println("the cluster is started anew: " + kerrighed.notOnline().get());
      kerrighed.stop(lab.vms());
      kerrighed.unload(lab.vms());
      kerrighed.start(lab.vms(), line -> {});
    }
  }

  private void emptyShared() throws IOException {
    try (Stream<Path> entries = Files.list(lab.paths().shared())) {
      for (Path entry : entries.toList()) {
        Trees.delete(entry);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (server != null) {
      server.close();
      server = null;
    }
    if (lab != null) {
      lab.close();
      lab = null;
    }
  }

  private void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      System.err.println("the lab's nodes could not be stopped: " + e);
    }
  }
}
