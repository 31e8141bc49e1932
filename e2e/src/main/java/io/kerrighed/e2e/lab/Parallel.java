// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does the same on several nodes at once. */
final class Parallel {
  /** A step for one node. */
  interface Step<T> {
    T on(Vm vm) throws InterruptedException;
  }

  private Parallel() {}

  /**
   * Runs a step for each node and waits for all of them.
   *
   * @return the results in the order of the nodes
   * @throws LabException of the first node on which the step failed
   */
  static <T> List<T> onEach(List<Vm> vms, Step<T> step) throws InterruptedException {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Callable<T>> calls = new ArrayList<>();
      vms.forEach(vm -> calls.add(() -> step.on(vm)));
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof LabException known
          ? known
          : new LabException("on one of the nodes: " + e.getCause(), e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
