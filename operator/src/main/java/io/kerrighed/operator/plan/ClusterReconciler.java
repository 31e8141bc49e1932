// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.validation.ClusterRules;
import io.kerrighed.api.validation.Locator;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Applier;
import io.kerrighed.operator.status.Conditions;
import io.kerrighed.operator.status.StatusWriter;
import io.opentelemetry.api.trace.Span;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps the NodeConfigs what the other kinds ask for, and everybody's status what the agents
 * report. It reads the API server, not a cache: a plan must come from one state of all objects.
 */
// However long the API server is away.
@GradualRetry(maxAttempts = -1)
@ControllerConfiguration(name = "cluster")
public class ClusterReconciler implements Reconciler<KerrighedCluster> {
  private final KubernetesClient client;
  private final Applier applier;
  private final StatusWriter statuses;
  private final Tracing tracing;

  ClusterReconciler(
      KubernetesClient client, Applier applier, StatusWriter statuses, Tracing tracing) {
    this.client = client;
    this.applier = applier;
    this.statuses = statuses;
    this.tracing = tracing;
  }

  @Override
  public List<EventSource<?, KerrighedCluster>> prepareEventSources(
      EventSourceContext<KerrighedCluster> context) {
    return List.of(
        every(KerrighedNode.class, context),
        every(CapabilitySet.class, context),
        every(NodeConfig.class, context),
        every(ConfigSource.class, context));
  }

  private static <T extends CustomResource<?, ?>> EventSource<?, KerrighedCluster> every(
      Class<T> kind, EventSourceContext<KerrighedCluster> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, KerrighedCluster.class)
            .withSecondaryToPrimaryMapper(
                object ->
                    context
                        .getPrimaryCache()
                        .list()
                        .map(ResourceID::fromResource)
                        .collect(Collectors.toSet()))
            .build(),
        context);
  }

  @Override
  public UpdateControl<KerrighedCluster> reconcile(
      KerrighedCluster cluster, Context<KerrighedCluster> context) {
    Instant began = Instant.now();
    List<ConfigSource> sources = list(ConfigSource.class);
    // Half of a revision is no state to plan from; its end is an event that comes back here.
    boolean applying =
        sources.stream()
            .filter(source -> source.getStatus() != null)
            .anyMatch(source -> Conditions.isHalf(source.getStatus().conditions()));
    List<KerrighedCluster> clusters = list(KerrighedCluster.class);
    List<KerrighedNode> nodes = list(KerrighedNode.class);
    List<CapabilitySet> sets = list(CapabilitySet.class);
    // A revision that was begun meanwhile may be in a part of what was read; it is an event too.
    if (applying
        || clusters.isEmpty()
        || !versions(list(ConfigSource.class)).equals(versions(sources))) {
      return UpdateControl.noUpdate();
    }
    List<Problem> problems = problems(clusters, nodes, sets);
    if (!problems.isEmpty()) {
      statuses.refuse(clusters, problems);
      return UpdateControl.noUpdate();
    }
    List<NodeConfig> existing = list(NodeConfig.class);
    Span span = tracing.begin("plan", trace(sources), began);
    List<NodeConfig> planned = NodePlanner.plan(clusters.get(0), nodes, sets, revision(sources));
    Set<String> waiting =
        Rollout.waiting(planned, existing, clusters.get(0).getSpec().maxUnavailable());
    List<NodeConfig> configs = apply(planned, existing, waiting, span);
    statuses.write(clusters.get(0), nodes, sets, configs, waiting);
    return UpdateControl.noUpdate();
  }

  private static Map<String, String> versions(List<ConfigSource> sources) {
    return sources.stream()
        .map(ConfigSource::getMetadata)
        .collect(Collectors.toMap(ObjectMeta::getUid, ObjectMeta::getResourceVersion));
  }

  private static List<Problem> problems(
      List<KerrighedCluster> clusters, List<KerrighedNode> nodes, List<CapabilitySet> sets) {
    List<HasMetadata> all = new ArrayList<>(clusters);
    all.addAll(nodes);
    all.addAll(sets);
    return ClusterRules.check(all, Locator.BY_NAME);
  }

  /**
   * Writes what differs, but for the nodes that wait for their turn; a NodeConfig whose node is
   * gone is collected by its owner reference.
   */
  private List<NodeConfig> apply(
      List<NodeConfig> planned, Collection<NodeConfig> existing, Set<String> waiting, Span span) {
    Map<String, NodeConfig> byName = new HashMap<>();
    existing.forEach(config -> byName.put(config.getMetadata().getName(), config));
    List<NodeConfig> current = new ArrayList<>();
    for (NodeConfig config : planned) {
      NodeConfig old = byName.get(config.getMetadata().getName());
      boolean same =
          old != null
              && (config.getSpec().equals(old.getSpec())
                  || waiting.contains(config.getMetadata().getName()));
      current.add(same ? old : write(config, span));
    }
    if (!existing.containsAll(current)) {
      span.end();
    }
    return current;
  }

  private NodeConfig write(NodeConfig config, Span span) {
    Tracing.traceparent(span)
        .ifPresent(trace -> config.getMetadata().setAnnotations(Map.of(Api.TRACEPARENT, trace)));
    return applier.apply(config);
  }

  /** Of the newest push; null if that is not traced. */
  private static String trace(List<ConfigSource> sources) {
    return sources.stream()
        .map(ConfigSource::getStatus)
        .filter(status -> status != null && status.lastAppliedTime() != null)
        .max(Comparator.comparing(ConfigSourceStatus::lastAppliedTime))
        .map(ConfigSourceStatus::lastAppliedTrace)
        .orElse(null);
  }

  /** The revision in force of the source that the cluster comes from; null if it is from no Git. */
  private static String revision(List<ConfigSource> sources) {
    return sources.stream()
        .map(source -> Optional.ofNullable(source.getStatus()))
        .flatMap(Optional::stream)
        .filter(
            status ->
                status.inventory().stream()
                    .anyMatch(entry -> entry.kind().equals("KerrighedCluster")))
        .map(status -> status.lastAppliedRevision())
        .findFirst()
        .orElse(null);
  }

  private <T extends HasMetadata> List<T> list(Class<T> kind) {
    return client.resources(kind).list().getItems();
  }
}
