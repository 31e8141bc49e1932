// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import com.google.protobuf.ByteString;
import io.kerrighed.e2e.lab.Node;
import io.opentelemetry.proto.trace.v1.Span;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The trace of one push, cut into stages that follow each other: to the kernel of the node that is
 * last. Times are nanoseconds of the host's clock since 1970.
 */
final class PushStages {
  private static final int CLOCK_READINGS = 5;

  /** The only step that a push of rules takes. */
  private static final String STEP = "InstallCapabilityRules";

  private final List<Span> trace;
  private final Map<String, Long> aheads;

  /**
   * @param aheads by name of each node, how many nanoseconds its clock is {@linkplain #ahead ahead}
   */
  PushStages(List<Span> trace, Map<String, Long> aheads) {
    this.trace = trace;
    this.aheads = aheads;
  }

  /**
   * How far a node's clock is ahead of the host's: by the reading that took the shortest time,
   * which is wrong by no more than half of that.
   */
  static long ahead(Node node) throws InterruptedException {
    long shortest = Long.MAX_VALUE;
    long ahead = 0;
    for (int i = 0; i < CLOCK_READINGS; i++) {
      long begin = now();
      String shown = node.host("date +%s%N").orFail().stdout().strip();
      long took = now() - begin;
      if (took < shortest) {
        shortest = took;
        ahead = Long.parseLong(shown) - begin - took / 2;
      }
    }
    return ahead;
  }

  static long now() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /**
   * Whether it goes from Git to the kernel of every node, which takes as long as operator and
   * agents keep spans back, each for itself.
   */
  boolean isWhole() {
    return Stream.of("fetch", "apply").allMatch(name -> has(span -> span.getName().equals(name)))
        && aheads.keySet().stream()
            .map(this::step)
            .allMatch(
                step ->
                    step.map(Span::getParentSpanId)
                        .map(this::withId)
                        .filter(reconcile -> has(isParentOf(reconcile)))
                        .isPresent());
  }

  /** Milliseconds of each stage, in their order; whole traces only. */
  Map<String, Double> milliseconds(long pushed) {
    String last =
        aheads.keySet().stream()
            .max(
                Comparator.comparing(
                    node -> step(node).orElseThrow().getEndTimeUnixNano() - aheads.get(node)))
            .orElseThrow();
    long ahead = aheads.get(last);
    Span step = step(last).orElseThrow();
    Span reconcile = withId(step.getParentSpanId());
    Span plan = withId(reconcile.getParentSpanId());
    Span fetch = named("fetch");
    Span apply = named("apply");
    Map<String, Double> stages = new LinkedHashMap<>();
    long time = put(stages, "notice", pushed, fetch.getStartTimeUnixNano());
    time = put(stages, "fetch", time, fetch.getEndTimeUnixNano());
    time = put(stages, "check", time, apply.getStartTimeUnixNano());
    time = put(stages, "apply", time, apply.getEndTimeUnixNano());
    time = put(stages, "plan", time, plan.getEndTimeUnixNano());
    time = put(stages, "deliver", time, reconcile.getStartTimeUnixNano() - ahead);
    time = put(stages, "agent", time, step.getStartTimeUnixNano() - ahead);
    time = put(stages, "kernel", time, step.getEndTimeUnixNano() - ahead);
    put(stages, "all stages", pushed, time);
    return stages;
  }

  private static long put(Map<String, Double> stages, String name, long from, long to) {
    stages.put(name + " ms", (to - from) / 1e6);
    return to;
  }

  private Optional<Span> step(String node) {
    return trace.stream()
        .filter(span -> span.getName().equals(STEP))
        .filter(
            span ->
                has(
                    isParentOf(span)
                        .and(
                            parent ->
                                SpanCollector.attribute(parent, "kerrighed.node").equals(node))))
        .findFirst();
  }

  private boolean has(Predicate<Span> property) {
    return trace.stream().anyMatch(property);
  }

  private static Predicate<Span> isParentOf(Span child) {
    return span -> span.getSpanId().equals(child.getParentSpanId());
  }

  private Span named(String name) {
    return trace.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private Span withId(ByteString id) {
    return trace.stream().filter(span -> span.getSpanId().equals(id)).findFirst().orElseThrow();
  }
}
