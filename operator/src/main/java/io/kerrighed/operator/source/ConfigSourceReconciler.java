// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.kerrighed.api.manifest.Configuration;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.Durations;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Events;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Keeps the API server's objects what the newest good revision of a repository says: the whole
 * revision or nothing of it. What is applied already is applied again each time, so that a change
 * by hand does not last.
 */
@ControllerConfiguration(
    name = "config-source",
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = AskedFor.class))
public class ConfigSourceReconciler implements Reconciler<ConfigSource> {
  /** A fault may pass by itself; nobody should wait a long interval for that. */
  private static final Duration RETRY = Duration.ofSeconds(30);

  /** The cluster waits for the rest of a revision. */
  private static final Duration HALF_RETRY = Duration.ofSeconds(2);

  private final ConfigApplier applier;
  private final Pruner pruner;
  private final SourceStatus.Writer statuses;
  private final Events events;
  private final SourceSecrets secrets;
  private final Path directory;
  private final GitCache cache;
  private final GitFetcher fetcher;
  private final SourceVerifier verifier;
  private final PushEvents pushes;
  private RefsWatcher watcher;

  ConfigSourceReconciler(
      ConfigApplier applier,
      Pruner pruner,
      SourceStatus.Writer statuses,
      Events events,
      SourceSecrets secrets,
      PushEvents pushes,
      @ConfigProperty(name = "kerrighed.cache-directory") Path directory)
      throws IOException {
    this.applier = applier;
    this.pruner = pruner;
    this.statuses = statuses;
    this.events = events;
    this.secrets = secrets;
    this.pushes = pushes;
    this.directory = directory;
    this.cache = new GitCache(directory);
    this.fetcher = new GitFetcher(this.cache);
    this.verifier = new SourceVerifier(this.cache, secrets);
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
    return List.of(pushes.events());
  }

  @Override
  public UpdateControl<ConfigSource> reconcile(ConfigSource source, Context<ConfigSource> context) {
    SourceStatus status = new SourceStatus(source);
    Duration pause = Durations.parse(source.getSpec().interval());
    if (!source.getSpec().suspend()) {
      watcher.watch(source.getMetadata().getName(), source.getSpec());
      try {
        sync(source, status);
      } catch (SourceException e) {
        refuse(source, status, e);
        Duration retry = status.isHalf() ? HALF_RETRY : RETRY;
        pause = pause.compareTo(retry) < 0 ? pause : retry;
      }
    }
    statuses.write(source, status.handled());
    return UpdateControl.<ConfigSource>noUpdate().rescheduleAfter(jitter(pause));
  }

  /** Up to a tenth longer, so that sources that start together do not ask together for ever. */
  static Duration jitter(Duration interval) {
    return interval.plusMillis(ThreadLocalRandom.current().nextLong(interval.toMillis() / 10 + 1));
  }

  private void sync(ConfigSource source, SourceStatus status) throws SourceException {
    Revision revision;
    var secret = secrets.read(source.getSpec().credentialsSecret());
    try (GitAccess access = GitAccess.of(source, secret, directory)) {
      revision = fetcher.fetch(source, access);
    }
    fetcher
        .rewritten(source, status.fetched(revision), revision)
        .ifPresent(sentence -> events.warning(source, "HistoryRewritten", sentence));
    status.attempted(revision);
    Optional<String> signer = verifier.verify(source, revision);
    Configuration configuration = Configuration.read(cache.read(source, revision));
    check(configuration.problems());
    try {
      check(applier.dryRun(configuration.manifests()));
      if (apply(source, status, revision, configuration.manifests())) {
        events.normal(
            source,
            "RevisionApplied",
            "applied %s, %d objects%s"
                .formatted(
                    revision,
                    configuration.manifests().size(),
                    signer.map(name -> ", signed with " + name).orElse("")));
      }
    } catch (KubernetesClientException e) {
      throw new SourceException("ApplyFailed", revision + ": " + e.getMessage(), e);
    }
  }

  /**
   * @return is the revision another one than was in force?
   */
  private boolean apply(
      ConfigSource source, SourceStatus status, Revision revision, List<Manifest> manifests) {
    Set<InventoryEntry> kept =
        manifests.stream()
            .map(manifest -> new InventoryEntry(manifest.kind(), manifest.name()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    boolean news = !status.isApplied(revision);
    List<InventoryEntry> before = status.inventory();
    if (news) {
      // Written first: nobody plans from half a revision, and nothing that it makes is forgotten.
      statuses.write(source, status.applying(revision, kept));
    }
    applier.apply(manifests);
    if (source.getSpec().prune()) {
      List<InventoryEntry> stays = pruner.prune(source, before, kept);
      if (news) {
        pruner.tell(source, stays);
      }
      kept.addAll(stays);
    }
    status.applied(revision, kept);
    return news;
  }

  private static void check(List<Problem> problems) throws SourceException {
    if (!problems.isEmpty()) {
      Problem first = problems.get(0);
      String rest =
          problems.size() == 1
              ? ""
              : problems.stream()
                  .skip(1)
                  .limit(5)
                  .map(Problem::where)
                  .collect(
                      Collectors.joining(", ", " (and " + (problems.size() - 1) + " more: ", ")"));
      throw new SourceException(first.reason().text(), first + rest);
    }
  }

  /** Once a reason: the same fault at the next interval is no news. */
  private void refuse(ConfigSource source, SourceStatus status, SourceException e) {
    Optional<Condition> before = status.ready();
    status.refused(e);
    if (before.filter(old -> old.message().equals(e.getMessage())).isEmpty()) {
      events.warning(source, e.reason(), e.getMessage());
    }
  }
}
