// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A push to two nodes; the clock of the second one is 1 s ahead. */
class PushStagesTest {
  private static final long BEGIN = TimeUnit.SECONDS.toNanos(1_800_000_000);
  private static final long AHEAD_MILLIS = 1_000;
  private static final Map<String, Long> AHEADS =
      Map.of("node1", 0L, "node2", TimeUnit.MILLISECONDS.toNanos(AHEAD_MILLIS));

  @Test
  void stagesFollowEachOtherToTheNodeThatIsLast() {
    PushStages stages = new PushStages(trace(), AHEADS);
    assertThat(stages.isWhole()).isTrue();
    Map<String, Double> times = stages.milliseconds(BEGIN);
    assertThat(times)
        .containsExactly(
            Map.entry("notice ms", -5.0),
            Map.entry("fetch ms", 15.0),
            Map.entry("check ms", 20.0),
            Map.entry("apply ms", 40.0),
            Map.entry("plan ms", 30.0),
            Map.entry("deliver ms", 50.0),
            Map.entry("agent ms", 60.0),
            Map.entry("kernel ms", 7.0),
            Map.entry("all stages ms", 217.0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fetch", "apply", "plan", "reconcile2", "step2"})
  void itIsNotWholeUntilEverySpanHasCome(String missing) {
    List<Span> trace = trace();
    assertThat(trace.removeIf(span -> span.getSpanId().toStringUtf8().equals(missing))).isTrue();
    assertThat(new PushStages(trace, AHEADS).isWhole()).isFalse();
  }

  private static List<Span> trace() {
    List<Span> trace = new ArrayList<>();
    trace.add(span("push", "push", "", -5, 70));
    trace.add(span("fetch", "fetch", "push", -5, 10));
    trace.add(span("apply", "apply", "push", 30, 70));
    trace.add(span("plan", "plan", "push", 75, 100));
    trace.add(reconcile("1", 140, 200));
    trace.add(span("step1", "InstallCapabilityRules", "reconcile1", 150, 180));
    trace.add(reconcile("2", AHEAD_MILLIS + 150, AHEAD_MILLIS + 230));
    trace.add(
        span(
            "step2",
            "InstallCapabilityRules",
            "reconcile2",
            AHEAD_MILLIS + 210,
            AHEAD_MILLIS + 217));
    return trace;
  }

  private static Span reconcile(String node, long from, long to) {
    AnyValue name = AnyValue.newBuilder().setStringValue("node" + node).build();
    return span("reconcile" + node, "reconcile", "plan", from, to).toBuilder()
        .addAttributes(KeyValue.newBuilder().setKey("kerrighed.node").setValue(name))
        .build();
  }

  private static Span span(String id, String name, String parent, long from, long to) {
    return Span.newBuilder()
        .setSpanId(ByteString.copyFromUtf8(id))
        .setParentSpanId(ByteString.copyFromUtf8(parent))
        .setName(name)
        .setStartTimeUnixNano(BEGIN + TimeUnit.MILLISECONDS.toNanos(from))
        .setEndTimeUnixNano(BEGIN + TimeUnit.MILLISECONDS.toNanos(to))
        .build();
  }
}
