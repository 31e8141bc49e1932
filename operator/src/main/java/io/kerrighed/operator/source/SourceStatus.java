// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.operator.api.Applier;
import io.kerrighed.operator.status.Conditions;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A ConfigSource's status while one revision goes through the steps. */
final class SourceStatus {
  private final Long generation;
  private final String request;
  private String fetched;
  private String attempted;
  private String applied;
  private String appliedTime;
  private String appliedFolder;
  private String appliedTrace;
  private String trace;
  private String healthy;
  private String rolledBack;
  private String handled;
  private List<InventoryEntry> inventory;
  private List<Condition> conditions;
  private final Optional<Condition> readyBefore;
  private boolean fresh;

  SourceStatus(ConfigSource source) {
    ConfigSourceStatus old =
        source.getStatus() == null ? ConfigSourceStatus.EMPTY : source.getStatus();
    generation = source.getMetadata().getGeneration();
    request = AskedFor.request(source);
    fetched = old.lastFetchedRevision();
    attempted = old.lastAttemptedRevision();
    applied = old.lastAppliedRevision();
    appliedTime = old.lastAppliedTime();
    appliedFolder = old.lastAppliedFolder();
    appliedTrace = old.lastAppliedTrace();
    healthy = old.lastHealthyRevision();
    rolledBack = old.rolledBackRevision();
    handled = old.lastHandledReconcileAt();
    inventory = old.inventory();
    conditions = old.conditions();
    readyBefore = Conditions.find(conditions, Condition.READY);
  }

  /**
   * @return what was fetched before; null if nothing was
   */
  String fetched(Revision revision) {
    String before = fetched;
    fetched = revision.toString();
    return before;
  }

  /**
   * @param traceparent of the attempt; null if it is not traced
   */
  void attempted(Revision revision, String traceparent) {
    attempted = revision.toString();
    trace = traceparent;
  }

  /** Before the first object changes: what may exist from now on is old and new together. */
  ConfigSourceStatus applying(Revision revision, Collection<InventoryEntry> added) {
    Set<InventoryEntry> all = new LinkedHashSet<>(inventory);
    all.addAll(added);
    inventory = List.copyOf(all);
    conditions = Conditions.half(generation, "Applying", "applying " + revision);
    return build();
  }

  void applied(
      ConfigSource source, Revision revision, Collection<InventoryEntry> entries, Instant now) {
    if (!isApplied(revision)) {
      applied = revision.toString();
      appliedTime = now.truncatedTo(ChronoUnit.SECONDS).toString();
      appliedTrace = trace;
    }
    appliedFolder = folder(source);
    inventory = List.copyOf(entries);
    fresh = true;
    conditions = Conditions.ready(generation, "Applied", "applied " + revision);
  }

  /** Applied, but not yet what everybody is well with. */
  void waiting(Revision revision, String missing) {
    conditions =
        Conditions.reconciling(
            generation,
            "WaitingForHealth",
            "applied " + revision + ", not yet healthy: " + missing);
  }

  /** Is there nothing to do but to look again soon? */
  boolean isWaiting() {
    return Conditions.isTrue(conditions, Condition.RECONCILING) && !isHalf();
  }

  /** Everybody is well with what is applied. */
  void healthy() {
    healthy = applied;
  }

  /** Nobody looks: what was healthy once says nothing about a later revision. */
  void healthUnknown() {
    healthy = null;
  }

  boolean isHealthy() {
    return applied != null && applied.equals(healthy);
  }

  /** The revision in force; empty if there never was one. */
  Optional<Revision> lastApplied() {
    return Revision.parse(applied);
  }

  /** Has a revision been applied since this status was read? */
  boolean isFresh() {
    return fresh;
  }

  /** The revision in force may say something else when it is read from another folder. */
  void checkFolder(ConfigSource source) throws SourceException {
    if (!folder(source).equals(appliedFolder)) {
      throw new SourceException(
          "OtherFolder", applied + " was read from another folder than " + folder(source));
    }
  }

  private static String folder(ConfigSource source) {
    String overlay = source.getSpec().overlay();
    return source.getSpec().path() + (overlay == null ? "" : "/overlays/" + overlay);
  }

  Optional<Revision> lastHealthy() {
    return Revision.parse(healthy);
  }

  Instant appliedAt() {
    return Instant.parse(appliedTime);
  }

  /**
   * @param revision that was not healthy in time; null if none is kept away
   */
  void rolledBack(Revision revision) {
    rolledBack = revision == null ? null : revision.toString();
  }

  /** Was it taken back, and did nobody ask to try it again? */
  boolean isRolledBack(Revision revision) {
    return revision.toString().equals(rolledBack) && Objects.equals(request, handled);
  }

  /** The last good revision stays in force, unless it was not possible to finish a newer one. */
  void refused(SourceException e) {
    if (isHalf()) {
      conditions = Conditions.half(generation, e.reason(), e.getMessage());
    } else if (e.isWaiting()) {
      conditions = Conditions.reconciling(generation, e.reason(), e.getMessage());
    } else {
      conditions = Conditions.stalled(generation, e.reason(), e.getMessage());
    }
  }

  /** The answer to the annotation that asked for this. */
  ConfigSourceStatus handled() {
    handled = request;
    return build();
  }

  boolean isApplied(Revision revision) {
    return revision.toString().equals(applied) && !isHalf();
  }

  /** Has a revision been begun and not finished? */
  boolean isHalf() {
    return Conditions.isHalf(conditions);
  }

  List<InventoryEntry> inventory() {
    return inventory;
  }

  /** What was said before this status was read. */
  Optional<Condition> readyBefore() {
    return readyBefore;
  }

  private ConfigSourceStatus build() {
    return new ConfigSourceStatus(
        generation,
        fetched,
        attempted,
        applied,
        appliedTime,
        appliedFolder,
        appliedTrace,
        healthy,
        rolledBack,
        handled,
        inventory,
        conditions);
  }

  /** Writes a status if it says anything new. */
  @ApplicationScoped
  static class Writer {
    private final Applier applier;
    private final Clock clock;

    Writer(Applier applier, Clock clock) {
      this.applier = applier;
      this.clock = clock;
    }

    void write(ConfigSource source, ConfigSourceStatus fresh) {
      ConfigSourceStatus old = source.getStatus();
      ConfigSourceStatus timed =
          new ConfigSourceStatus(
              fresh.observedGeneration(),
              fresh.lastFetchedRevision(),
              fresh.lastAttemptedRevision(),
              fresh.lastAppliedRevision(),
              fresh.lastAppliedTime(),
              fresh.lastAppliedFolder(),
              fresh.lastAppliedTrace(),
              fresh.lastHealthyRevision(),
              fresh.rolledBackRevision(),
              fresh.lastHandledReconcileAt(),
              fresh.inventory(),
              Conditions.timed(
                  fresh.conditions(), old == null ? List.of() : old.conditions(), clock.instant()));
      if (!timed.equals(old)) {
        applier.status(source, timed, ConfigSource::new);
        source.setStatus(timed);
      }
    }
  }
}
