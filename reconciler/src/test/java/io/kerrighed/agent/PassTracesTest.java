// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassTracesTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PLAN = "00f067aa0ba902b7";

  @TempDir Path state;
  private final InMemoryKernel kernel = new InMemoryKernel();
  private final List<SpanData> spans = new CopyOnWriteArrayList<>();
  private final List<NodeConfigStatus> reports = new ArrayList<>();
  private final Tracing tracing = Tracing.to(new Exporter(), "kerrighed-agent", "pc1");

  private final class Exporter implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  @Test
  void goesOnWithTheTraceOfThePush() {
    kernel.otherNode(2, 0);
    run(
        (reconciler, agent) -> {
          reconciler.configure(annotated(NodeConfigs.online()));
          agent.runOnce();
          agent.runOnce();
        });
    SpanData reconcile = named("reconcile");
    assertThat(reconcile.getTraceId()).isEqualTo(TRACE);
    assertThat(reconcile.getParentSpanId()).isEqualTo(PLAN);
    assertThat(spans)
        .filteredOn(span -> span != reconcile)
        .isNotEmpty()
        .allSatisfy(
            step -> {
              assertThat(step.getTraceId()).isEqualTo(TRACE);
              assertThat(step.getParentSpanId()).isEqualTo(reconcile.getSpanId());
            })
        .extracting(SpanData::getName)
        .contains("LoadModule", "InstallCapabilityRules", "StartContainer");
    assertThat(reports.get(reports.size() - 1).trace())
        .isEqualTo("00-" + TRACE + "-" + reconcile.getSpanId() + "-01");
  }

  @Test
  void aRepairIsNoPartOfThePush() {
    run(
        (reconciler, agent) -> {
          reconciler.configure(annotated(NodeConfigs.online()));
          agent.runOnce();
          kernel.setNetDevices(new TreeSet<>());
          agent.runOnce();
        });
    assertThat(named("repair").getTraceId()).isNotEqualTo(TRACE);
    assertThat(named("repair").getParentSpanContext().isValid()).isFalse();
    assertThat(reports.get(reports.size() - 1).trace()).contains(named("reconcile").getSpanId());
  }

  @Test
  void saysWhatCouldNotBeDone() {
    kernel.otherNode(2, 0);
    run(
        (reconciler, agent) -> {
          reconciler.configure(NodeConfigs.online());
          agent.runOnce();
          kernel.spawnUnmovable("sim", "descriptor 4 is a pipe");
          reconciler.configure(
              annotated(NodeConfigs.config(2, DesiredState.DRAINED, DrainPolicy.WAIT, List.of())));
          agent.runOnce();
        });
    assertThat(spans)
        .filteredOn(span -> span.getName().equals("Migrate"))
        .isNotEmpty()
        .allSatisfy(
            span -> {
              assertThat(span.getTraceId()).isEqualTo(TRACE);
              assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
              assertThat(span.getStatus().getDescription()).contains("descriptor 4 is a pipe");
            });
  }

  private interface Work {
    void with(Reconciler reconciler, Agent agent);
  }

  /** Has an agent work, and all its spans sent. */
  private void run(Work work) {
    PassTraces traces = new PassTraces(tracing, "pc1");
    Reconciler reconciler =
        new Reconciler(
            kernel,
            new MemoryFile(state),
            new DesiredCompiler(name -> OptionalInt.of(1)),
            Clock.systemUTC(),
            Clock.systemUTC(),
            repair -> {},
            traces::trace);
    work.with(reconciler, new Agent(reconciler, kernel.machine(), Clock.systemUTC(), reports::add));
    tracing.close();
  }

  private SpanData named(String name) {
    return spans.stream().filter(span -> span.getName().equals(name)).findFirst().orElseThrow();
  }

  private static NodeConfig annotated(NodeConfig config) {
    config
        .getMetadata()
        .setAnnotations(Map.of(Api.TRACEPARENT, "00-" + TRACE + "-" + PLAN + "-01"));
    return config;
  }
}
