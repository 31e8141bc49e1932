// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.operator.metrics.Metrics;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Measures the stages that a source goes through once, and traces them if that was news. */
final class Stages {
  private final ConfigSource source;
  private final Metrics metrics;
  private final Tracing tracing;
  private final Span push;
  private final List<Ended> stages = new ArrayList<>();

  /**
   * @param failure null if there was none
   */
  private record Ended(String name, Instant from, Instant to, SourceException failure) {}

  Stages(ConfigSource source, Metrics metrics, Tracing tracing) {
    this.source = source;
    this.metrics = metrics;
    this.tracing = tracing;
    this.push = tracing.begin("push", null, Instant.now());
    push.setAttribute("kerrighed.source", source.getMetadata().getName());
  }

  /** Something that takes time. */
  @FunctionalInterface
  interface Stage<T> {
    T run() throws SourceException;
  }

  <T> T run(String name, Stage<T> stage) throws SourceException {
    Instant began = Instant.now();
    SourceException failure = null;
    try {
      return stage.run();
    } catch (SourceException e) {
      failure = e;
      throw e;
    } finally {
      Ended ended = new Ended(name, began, Instant.now(), failure);
      stages.add(ended);
      metrics.stage(source, name, Duration.between(ended.from(), ended.to()));
    }
  }

  /**
   * @return where what follows from this push goes on with its trace; null if it is not traced
   */
  String traceparent() {
    return Tracing.traceparent(push).orElse(null);
  }

  /** Something new came of the revision: its trace is worth to be kept. */
  void news(Revision revision) {
    push.setAttribute("kerrighed.revision", revision.toString());
    send();
  }

  /** The push, or the attempt to fetch one, came to nothing. */
  void news(SourceException failure) {
    fail(push, failure);
    send();
  }

  private void send() {
    for (Ended stage : stages) {
      Span span = tracing.begin(stage.name(), traceparent(), stage.from());
      if (stage.failure() != null) {
        fail(span, stage.failure());
      }
      span.end(stage.to());
    }
    push.end();
  }

  private static void fail(Span span, SourceException failure) {
    span.setStatus(StatusCode.ERROR, failure.reason() + ": " + failure.getMessage());
  }
}
