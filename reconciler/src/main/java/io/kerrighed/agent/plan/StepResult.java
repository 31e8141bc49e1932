// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import io.kerrighed.agent.node.KernelException;
import java.time.Instant;
import java.util.Optional;

/**
 * What came of a step.
 *
 * @param error empty: it was made and can be read back
 */
public record StepResult(Step step, Optional<KernelException> error, Instant began, Instant ended) {

  /** Was the change made? */
  public boolean succeeded() {
    return error.isEmpty();
  }
}
