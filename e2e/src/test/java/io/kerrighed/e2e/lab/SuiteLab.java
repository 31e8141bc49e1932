// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** One of the labs of a test run. It serves one test class at a time. */
final class SuiteLab implements AutoCloseable {
  private final String name;
  private final Set<Integer> tainted = new TreeSet<>();
  private final Thread atExit = new Thread(this::closeQuietly);
  private OwnLab own;

  /**
   * A lab without nodes.
   *
   * @param name of the instance, for {@code KRG_LAB}
   */
  SuiteLab(String name) {
    this.name = name;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  Lab lab() {
    return own.lab();
  }

  /** This node's kernel has complained: it is booted anew before the next test. */
  void taint(int node) {
    tainted.add(node);
  }

  /** Boots what a class wants, or keeps what runs if it fits. */
  void provide(KrgCluster wanted) throws IOException, InterruptedException {
    if (fits(wanted)) {
      return;
    }
    close();
    own = OwnLab.up(name, shape(wanted), line -> System.err.println(name + ": " + line));
  }

  /** Whether this lab's nodes are what a class wants, so that it need not boot them. */
  boolean fits(KrgCluster wanted) {
    return own != null && lab().shape().equals(shape(wanted));
  }

  static Shape shape(KrgCluster wanted) {
    return new Shape(wanted.nodes(), wanted.kernel(), wanted.started(), wanted.mtu());
  }

  /** Brings everything into the state in which each test begins. */
  void reset() throws IOException, InterruptedException {
    lab().network().rules().heal();
    for (Vm vm : lab().vms()) {
      if (vm.state().equals("paused")) {
        vm.resume();
      }
      if (tainted.contains(vm.id())) {
        vm.powerOff();
        vm.setConsoleAside();
      }
    }
    tainted.clear();
    if (lab().shape().cluster()) {
      resetCluster();
    } else {
      for (Vm vm : lab().vms()) {
        if (!vm.running()) {
          lab().start(vm.id(), line -> {});
        }
      }
    }
    emptyShared();
  }

  private void resetCluster() throws IOException, InterruptedException {
    List<Vm> down = lab().vms().stream().filter(vm -> !vm.running()).toList();
    if (down.size() == lab().vms().size()) {
      lab().up(lab().shape(), line -> {});
    } else {
      for (Vm vm : down) {
        lab().start(vm.id(), line -> {});
      }
    }
    KerrighedCluster kerrighed = lab().kerrighed();
    Optional<String> missing = kerrighed.killAll();
    if (missing.isPresent()) {
      System.err.println("the cluster is started anew: " + missing.get());
      kerrighed.stop(lab().vms());
      kerrighed.unload(lab().vms());
      kerrighed.start(lab().vms(), line -> {});
    }
  }

  private void emptyShared() throws IOException {
    try (Stream<Path> entries = Files.list(lab().paths().shared())) {
      for (Path entry : entries.toList()) {
        Trees.delete(entry);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (own != null) {
      own.close();
      own = null;
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
