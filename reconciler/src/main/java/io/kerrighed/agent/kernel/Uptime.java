// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Counts from the start of the machine, as an instant: setting the date does not change it, and a
 * program that is started again goes on where the one before was.
 */
public final class Uptime extends Clock {
  /** Linux' CLOCK_MONOTONIC. */
  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(System.nanoTime());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
