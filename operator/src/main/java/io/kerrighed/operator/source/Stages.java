// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.operator.metrics.Metrics;
import java.time.Duration;
import java.time.Instant;

/** Measures the stages that a source goes through once. */
final class Stages {
  private final ConfigSource source;
  private final Metrics metrics;

  Stages(ConfigSource source, Metrics metrics) {
    this.source = source;
    this.metrics = metrics;
  }

  /** Something that takes time. */
  @FunctionalInterface
  interface Stage<T> {
    T run() throws SourceException;
  }

  <T> T run(String name, Stage<T> stage) throws SourceException {
    Instant began = Instant.now();
    try {
      return stage.run();
    } finally {
      metrics.stage(source, name, Duration.between(began, Instant.now()));
    }
  }
}
