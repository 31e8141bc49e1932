// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/** Revisions are written as {@code main@sha1:0123…}. */
@ApiType
public record ConfigSourceStatus(
    @JsonPropertyDescription("The metadata.generation that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription("Newest revision fetched, as branch@sha1:id.")
        String lastFetchedRevision,
    @JsonPropertyDescription("Newest revision that was checked or applied, good or bad.")
        String lastAttemptedRevision,
    @JsonPropertyDescription("Revision in force: the newest good one.") String lastAppliedRevision,
    @JsonPropertyDescription("When the revision in force was applied, RFC 3339.")
        String lastAppliedTime,
    @JsonPropertyDescription("Folder of the repository that the revision in force was read from.")
        String lastAppliedFolder,
    @JsonPropertyDescription(
            "Trace of the push of the revision in force, as W3C traceparent; only where traces are sent.")
        String lastAppliedTrace,
    @JsonPropertyDescription("Newest revision that every node was well with; only with spec.wait.")
        String lastHealthyRevision,
    @JsonPropertyDescription(
            "Revision that was taken back because it was not healthy in time; it is not applied again.")
        String rolledBackRevision,
    @JsonPropertyDescription(
            "Value of the kerrighed.io/reconcileAt annotation that was last acted on.")
        String lastHandledReconcileAt,
    @JsonPropertyDescription("The objects that the revision in force has.")
        List<InventoryEntry> inventory,
    @JsonPropertyDescription(
            "Ready: the newest revision is in force; otherwise the message says file:line:column.")
        List<Condition> conditions) {

  /** Of a source that nothing has happened to yet. */
  public static final ConfigSourceStatus EMPTY =
      new ConfigSourceStatus(
          null, null, null, null, null, null, null, null, null, null, null, null);

  public ConfigSourceStatus {
    inventory = inventory == null ? List.of() : List.copyOf(inventory);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
