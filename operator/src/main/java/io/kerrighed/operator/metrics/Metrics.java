// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.metrics;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.operator.status.Conditions;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The state of sources and nodes in numbers, and how long each stage of a push takes. */
@ApplicationScoped
public class Metrics {
  private final MeterRegistry registry;
  private final MultiGauge sourceReady;
  private final MultiGauge sourceRevision;
  private final MultiGauge nodeReady;
  private final MultiGauge nodeRevision;
  private final MultiGauge nodeProcesses;

  public Metrics(MeterRegistry registry) {
    this.registry = registry;
    sourceReady = gauge("source.ready", "Is the newest revision in force?");
    sourceRevision = gauge("source.revision", "1, with the revision in force.");
    nodeReady = gauge("node.ready", "Is the node as Git says?");
    nodeRevision = gauge("node.revision", "1, with the revision that the node has applied.");
    nodeProcesses = gauge("node.processes", "Processes of the cluster that run on the node.");
  }

  private MultiGauge gauge(String name, String description) {
    return MultiGauge.builder("kerrighed." + name).description(description).register(registry);
  }

  /** All sources there are; what was said about others is forgotten. */
  public void sources(Collection<ConfigSource> sources) {
    sourceReady.register(
        sources.stream()
            .<Row<?>>map(source -> row("source", source, ready(status(source).conditions())))
            .toList(),
        true);
    sourceRevision.register(
        sources.stream()
            .<Row<?>>flatMap(
                source -> revision("source", source, status(source).lastAppliedRevision()).stream())
            .toList(),
        true);
  }

  /** All nodes there are. */
  public void nodes(Map<KerrighedNode, KerrighedNodeStatus> nodes) {
    nodeReady.register(
        nodes.entrySet().stream()
            .<Row<?>>map(node -> row("node", node.getKey(), ready(node.getValue().conditions())))
            .toList(),
        true);
    nodeRevision.register(
        nodes.entrySet().stream()
            .<Row<?>>flatMap(
                node -> revision("node", node.getKey(), node.getValue().appliedRevision()).stream())
            .toList(),
        true);
    nodeProcesses.register(
        nodes.entrySet().stream()
            .filter(node -> node.getValue().processes() != null)
            .<Row<?>>map(node -> row("node", node.getKey(), node.getValue().processes()))
            .toList(),
        true);
  }

  /** Something was told to people as an event: revisions, refusals, repairs of drift. */
  public void event(HasMetadata about, String reason) {
    registry
        .counter(
            "kerrighed.events",
            "kind",
            about.getKind(),
            "name",
            about.getMetadata().getName(),
            "reason",
            reason)
        .increment();
  }

  /** A stage of a push has ended, well or not. */
  public void stage(ConfigSource source, String stage, Duration took) {
    registry
        .timer("kerrighed.source.stage", "source", source.getMetadata().getName(), "stage", stage)
        .record(took);
  }

  private static ConfigSourceStatus status(ConfigSource source) {
    return Optional.ofNullable(source.getStatus()).orElse(ConfigSourceStatus.EMPTY);
  }

  private static int ready(List<Condition> conditions) {
    return Conditions.isTrue(conditions, Condition.READY) ? 1 : 0;
  }

  private static Row<?> row(String kind, HasMetadata object, int value) {
    return Row.of(Tags.of(kind, object.getMetadata().getName()), value);
  }

  private static Optional<Row<?>> revision(String kind, HasMetadata object, String revision) {
    return Optional.ofNullable(revision)
        .map(known -> Row.of(Tags.of(kind, object.getMetadata().getName(), "revision", known), 1));
  }
}
