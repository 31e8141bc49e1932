// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Where the operator has the time from. */
final class Time {
  private Time() {}

  @Produces
  @Singleton
  static Clock clock() {
    return Clock.systemUTC();
  }
}
