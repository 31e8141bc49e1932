// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.manifest.Configuration;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceSpec.Rollback;
import io.kerrighed.api.v1alpha1.Durations;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Events;
import io.kerrighed.operator.metrics.Metrics;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Brings what a source's repository says into force: fetch, verify, check, dry run, apply, prune.
 * The whole revision or nothing of it. What is in force already is applied again each time, so that
 * a change by hand does not last.
 */
@ApplicationScoped
class SourceSync {
  private static final Logger LOG = Logger.getLogger(SourceSync.class);
  private static final String APPLY_FAILED = "ApplyFailed";

  private final ConfigApplier applier;
  private final Pruner pruner;
  private final Health health;
  private final Dependencies dependencies;
  private final SourceStatus.Writer statuses;
  private final Events events;
  private final SourceSecrets secrets;
  private final Clock clock;
  private final Path directory;
  private final GitCache cache;
  private final GitFetcher fetcher;
  private final SourceVerifier verifier;
  private final Metrics metrics;
  private final Tracing tracing;
  private final CommitNotes notes;

  SourceSync(
      ConfigApplier applier,
      Pruner pruner,
      Health health,
      Dependencies dependencies,
      SourceStatus.Writer statuses,
      Events events,
      SourceSecrets secrets,
      Clock clock,
      Metrics metrics,
      Tracing tracing,
      @ConfigProperty(name = "kerrighed.cache-directory") Path directory)
      throws IOException {
    this.applier = applier;
    this.pruner = pruner;
    this.health = health;
    this.dependencies = dependencies;
    this.statuses = statuses;
    this.events = events;
    this.secrets = secrets;
    this.clock = clock;
    this.metrics = metrics;
    this.tracing = tracing;
    this.directory = directory;
    this.cache = new GitCache(directory.resolve("sources"));
    this.fetcher = new GitFetcher(cache);
    this.verifier = new SourceVerifier(cache, secrets);
    this.notes = new CommitNotes(cache);
  }

  /**
   * Does all steps, or says in the status and in an event which of them was not possible.
   *
   * @return has everything been done?
   */
  boolean sync(ConfigSource source, SourceStatus status) {
    Stages stages = new Stages(source, metrics, tracing);
    try (GitAccess access =
        GitAccess.of(source, secrets.read(source.getSpec().credentialsSecret()), directory)) {
      Revision revision = stages.run("fetch", () -> fetch(source, status, access));
      try {
        apply(source, status, revision, stages)
            .ifPresent(outcome -> note(source, access, revision, outcome));
        return !status.isWaiting();
      } catch (SourceException e) {
        boolean news =
            refuse(source, status, isStillGood(status, revision, e) ? keep(source, status, e) : e);
        if (news) {
          stages.news(e);
          note(source, access, revision, "refused, %s: %s".formatted(e.reason(), e.getMessage()));
        }
      }
    } catch (SourceException e) {
      if (refuse(source, status, keep(source, status, e))) {
        stages.news(e);
      }
    }
    return false;
  }

  /**
   * Is there a revision in force that this failure says nothing about, and that was not brought
   * into force just now?
   */
  private static boolean isStillGood(
      SourceStatus status, Revision revision, SourceException failure) {
    boolean another = !status.isApplied(revision) || failure.isWaiting();
    return another && !status.isFresh() && !failure.reason().equals(APPLY_FAILED);
  }

  /**
   * Applies the last good revision again, so that a change by hand does not last while there is no
   * newer one.
   *
   * @return the failure of the newer one, and that of this
   */
  private SourceException keep(ConfigSource source, SourceStatus status, SourceException failure) {
    Optional<Revision> last = status.lastApplied();
    if (last.isEmpty()) {
      return failure;
    }
    try {
      status.checkFolder(source);
      apply(source, status, last.get(), read(source, last.get()));
      return failure;
    } catch (SourceException e) {
      return failure.and("changes by hand are not taken back: " + e.getMessage());
    }
  }

  /** Forgets what is on disk about sources that are gone. */
  void keepOnly(Set<String> names) {
    try {
      cache.keepOnly(names);
    } catch (IOException e) {
      LOG.warnf("copies of sources that are gone are still there: %s", e.getMessage());
    }
  }

  private Revision fetch(ConfigSource source, SourceStatus status, GitAccess access)
      throws SourceException {
    Revision revision = fetcher.fetch(source, access);
    fetcher
        .rewritten(source, status.fetched(revision), revision)
        .ifPresent(sentence -> events.warning(source, "HistoryRewritten", sentence));
    return revision;
  }

  /**
   * @return what became of the revision; empty if that is no news
   */
  private Optional<String> apply(
      ConfigSource source, SourceStatus status, Revision revision, Stages stages)
      throws SourceException {
    status.attempted(revision, stages.traceparent());
    if (status.isRolledBack(revision)) {
      throw goBack(source, status, revision);
    }
    Optional<String> signer = stages.run("verify", () -> verifier.verify(source, revision));
    dependencies.check(source);
    List<Manifest> manifests = stages.run("check", () -> read(source, revision));
    boolean news = stages.run("apply", () -> apply(source, status, revision, manifests));
    String outcome =
        "applied, %d objects%s"
            .formatted(manifests.size(), signer.map(name -> ", signed with " + name).orElse(""));
    if (news) {
      events.normal(source, "RevisionApplied", revision + ": " + outcome);
      stages.news(revision);
    }
    status.rolledBack(null);
    Optional<String> verdict = judge(source, status, revision);
    return verdict.isEmpty() && news ? Optional.of(outcome) : verdict;
  }

  private List<Manifest> read(ConfigSource source, Revision revision) throws SourceException {
    List<HasMetadata> others = dependencies.objects(source);
    String path = source.getSpec().path();
    String overlay = source.getSpec().overlay();
    Configuration configuration =
        overlay == null
            ? Configuration.read(cache.read(source, revision, path), List.of(), others)
            : Configuration.read(
                cache.read(source, revision, path + "/base"),
                cache.read(source, revision, path + "/overlays/" + overlay),
                others);
    check(configuration.problems());
    return configuration.manifests();
  }

  /**
   * Waits for every object to be Ready, if the source asks for that, and decides when it takes too
   * long.
   *
   * @return what to tell, once they are
   */
  private Optional<String> judge(ConfigSource source, SourceStatus status, Revision revision)
      throws SourceException {
    if (!source.getSpec().waitForHealth()) {
      status.healthUnknown();
      return Optional.empty();
    }
    if (status.isHealthy()) {
      return Optional.empty();
    }
    Optional<String> missing = health.missing(status.inventory(), revision);
    if (missing.isEmpty()) {
      status.healthy();
      events.normal(source, "Healthy", "every node is well with " + revision);
      return Optional.of("healthy, %d objects".formatted(status.inventory().size()));
    }
    Duration timeout = Durations.parse(source.getSpec().timeout());
    if (clock.instant().isBefore(status.appliedAt().plus(timeout))) {
      status.waiting(revision, missing.get());
      return Optional.empty();
    }
    SourceException failure =
        new SourceException(
            "HealthCheckFailed",
            "%s is not healthy after %s: %s"
                .formatted(revision, source.getSpec().timeout(), missing.get()));
    if (source.getSpec().rollback() == Rollback.NEVER || status.lastHealthy().isEmpty()) {
      throw failure;
    }
    events.warning(source, failure.reason(), failure.getMessage());
    throw goBack(source, status, revision);
  }

  /**
   * Brings the last healthy revision into force again.
   *
   * @return what to tell about it
   */
  private SourceException goBack(ConfigSource source, SourceStatus status, Revision revision)
      throws SourceException {
    status.rolledBack(revision);
    Revision healthy =
        status
            .lastHealthy()
            .orElseThrow(
                () -> new SourceException("RolledBack", revision + " was taken back before"));
    apply(source, status, healthy, read(source, healthy));
    return new SourceException(
        "RolledBack",
        "%s was not healthy within %s, so %s is in force again: push a fix, or change the annotation %s to try it once more"
            .formatted(revision, source.getSpec().timeout(), healthy, Api.RECONCILE_AT));
  }

  /**
   * @return is the revision another one than was in force?
   */
  private boolean apply(
      ConfigSource source, SourceStatus status, Revision revision, List<Manifest> manifests)
      throws SourceException {
    try {
      check(applier.dryRun(manifests));
      return bring(source, status, revision, manifests);
    } catch (KubernetesClientException e) {
      throw new SourceException(APPLY_FAILED, revision + ": " + e.getMessage(), e);
    }
  }

  private boolean bring(
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
    List<String> changed = applier.apply(manifests);
    if (!news && !changed.isEmpty()) {
      events.warning(
          source,
          "DriftRepaired",
          "changed by hand, now as %s says again: %s"
              .formatted(revision, String.join(", ", changed)));
    }
    if (source.getSpec().prune()) {
      List<InventoryEntry> stays = pruner.prune(source, before, kept);
      if (news) {
        pruner.tell(source, stays);
      }
      kept.addAll(stays);
    }
    status.applied(source, revision, kept, clock.instant());
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

  /**
   * @return is it news? The same fault at the next interval is none
   */
  private boolean refuse(ConfigSource source, SourceStatus status, SourceException e) {
    Optional<Condition> before = status.readyBefore();
    status.refused(e);
    boolean news = before.filter(old -> old.message().equals(e.getMessage())).isEmpty();
    if (news) {
      events.warning(source, e.reason(), e.getMessage());
    }
    return news;
  }

  /** A note that the remote does not take is told, and no reason to hold anything up. */
  private void note(ConfigSource source, GitAccess access, Revision revision, String outcome) {
    if (source.getSpec().notes()) {
      try {
        notes.write(source, access, revision.commit(), outcome);
      } catch (SourceException e) {
        events.warning(source, e.reason(), e.getMessage());
      }
    }
  }
}
