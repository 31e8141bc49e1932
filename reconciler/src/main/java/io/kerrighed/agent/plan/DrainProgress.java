// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import java.time.Duration;
import java.util.Map;

/**
 * How a drain is going.
 *
 * @param elapsed since the node was told to leave
 * @param refusals by PID, the sentence with which the kernel last refused to move it
 */
public record DrainProgress(Duration elapsed, Map<Integer, String> refusals) {

  /** No drain is under way. */
  public static final DrainProgress NONE = new DrainProgress(Duration.ZERO, Map.of());

  /** Defensive copy. */
  public DrainProgress {
    refusals = Map.copyOf(refusals);
  }
}
