// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.Durations;
import io.kerrighed.operator.metrics.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** Keeps the API server's objects what the newest good revision of a repository says. */
// However long the API server is away.
@GradualRetry(maxAttempts = -1)
@ControllerConfiguration(
    name = "config-source",
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = AskedFor.class))
public class ConfigSourceReconciler implements Reconciler<ConfigSource> {
  /** A fault may pass by itself; nobody should wait a long interval for that. */
  private static final Duration RETRY = Duration.ofSeconds(30);

  /** The cluster waits for the rest of a revision, or people wait for the cluster. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final SourceSync sync;
  private final SourceStatus.Writer statuses;
  private final PushEvents pushes;
  private final Metrics metrics;
  private final AtomicBoolean swept = new AtomicBoolean();
  private RefsWatcher watcher;

  ConfigSourceReconciler(
      KubernetesClient client,
      SourceSync sync,
      SourceStatus.Writer statuses,
      PushEvents pushes,
      Metrics metrics) {
    this.client = client;
    this.sync = sync;
    this.statuses = statuses;
    this.pushes = pushes;
    this.metrics = metrics;
  }

  @Override
  public List<EventSource<?, ConfigSource>> prepareEventSources(
      EventSourceContext<ConfigSource> context) {
    var known = context.getPrimaryCache();
    try {
      watcher =
          new RefsWatcher(
              name -> {
                if (known.contains(new ResourceID(name))) {
                  pushes.pushed(name);
                } else {
                  watcher.drop(name);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(pushes.events(), new SourceChanges(context, metrics::sources, this::keepOnly));
  }

  @Override
  public UpdateControl<ConfigSource> reconcile(ConfigSource cached, Context<ConfigSource> context) {
    // The cache may not have the last status yet, and with it an older revision in force.
    ConfigSource source = client.resource(cached).get();
    if (source == null) {
      return UpdateControl.noUpdate();
    }
    // Some may have been deleted while no operator ran; by now the cache knows all that are left.
    if (!swept.getAndSet(true)) {
      keepOnly(context.getPrimaryCache().list().toList());
    }
    SourceStatus status = new SourceStatus(source);
    Duration pause = Durations.parse(source.getSpec().interval());
    if (!source.getSpec().suspend()) {
      watcher.watch(source.getMetadata().getName(), source.getSpec());
      if (!sync.sync(source, status)) {
        pause = shorter(pause, status.isHalf() || status.isWaiting() ? SOON : RETRY);
      }
    }
    statuses.write(source, status.handled());
    return UpdateControl.<ConfigSource>noUpdate().rescheduleAfter(jitter(pause));
  }

  private void keepOnly(List<ConfigSource> sources) {
    sync.keepOnly(
        sources.stream().map(source -> source.getMetadata().getName()).collect(Collectors.toSet()));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** Up to a tenth longer, so that sources that start together do not ask together for ever. */
  private static Duration jitter(Duration pause) {
    return pause.plusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis() / 10 + 1));
  }
}
