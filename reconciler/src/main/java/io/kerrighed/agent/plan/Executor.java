// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import io.kerrighed.agent.node.Kernel;
import io.kerrighed.agent.node.KernelException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Applies the steps of a plan, one by one, and reads each back from the kernel. */
public final class Executor {
  private final Kernel kernel;

  /** Works on {@code kernel}. */
  public Executor(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Runs the steps in order, up to the first failure of one that the others rest on.
   *
   * @param goOn is asked before each step; false ends the run
   * @return a result for each step that was tried
   */
  public List<StepResult> run(List<Step> steps, BooleanSupplier goOn) {
    List<StepResult> results = new ArrayList<>();
    for (Step step : steps) {
      if (!goOn.getAsBoolean()) {
        break;
      }
      StepResult result = run(step);
      results.add(result);
      if (!result.succeeded() && !step.optional()) {
        break;
      }
    }
    return results;
  }

  private StepResult run(Step step) {
    Instant began = Instant.now();
    try {
      step.apply(kernel);
      if (!step.visibleIn(kernel.observe())) {
        throw new KernelException(
            "EIO",
            "could not "
                + step
                + ": the kernel took it and does not show it; does something else change it too?");
      }
      return new StepResult(step, Optional.empty(), began, Instant.now());
    } catch (KernelException e) {
      return new StepResult(step, Optional.of(e), began, Instant.now());
    }
  }
}
