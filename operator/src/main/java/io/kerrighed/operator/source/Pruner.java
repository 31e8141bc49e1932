// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.operator.api.Events;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Takes objects away that Git no longer has. */
@ApplicationScoped
class Pruner {
  static final Map<String, Class<? extends HasMetadata>> TYPES =
      Map.of(
          "KerrighedCluster", KerrighedCluster.class,
          "CapabilitySet", CapabilitySet.class,
          "KerrighedNode", KerrighedNode.class);

  private final KubernetesClient client;
  private final Events events;

  Pruner(KubernetesClient client, Events events) {
    this.client = client;
    this.events = events;
  }

  /**
   * Deletes what a source had before and has no more, unless another source has it, somebody has
   * protected it, or it is not what the source once made.
   *
   * @return what is protected: the source keeps it, and it is deleted once it is no longer so
   */
  List<InventoryEntry> prune(
      ConfigSource source, Collection<InventoryEntry> before, Collection<InventoryEntry> now) {
    List<InventoryEntry> gone =
        before.stream()
            .filter(entry -> !now.contains(entry) && TYPES.containsKey(entry.kind()))
            .sorted(
                Comparator.comparingInt(
                        (InventoryEntry entry) -> ConfigApplier.ORDER.indexOf(entry.kind()))
                    .reversed())
            .toList();
    List<InventoryEntry> kept = new ArrayList<>();
    if (gone.isEmpty()) {
      return kept;
    }
    Set<InventoryEntry> others = others(source);
    for (InventoryEntry entry : gone) {
      HasMetadata object = client.resources(TYPES.get(entry.kind())).withName(entry.name()).get();
      if (object == null || others.contains(entry) || !isOurs(object)) {
        continue;
      }
      if (isProtected(object)) {
        kept.add(entry);
      } else {
        client.resource(object).delete();
        events.normal(source, "Pruned", "deleted " + text(entry) + ", which Git no longer has");
      }
    }
    return kept;
  }

  /** Tells about objects that would be gone but for their annotation. */
  void tell(ConfigSource source, Collection<InventoryEntry> kept) {
    if (!kept.isEmpty()) {
      events.warning(
          source,
          "PruneSkipped",
          "Git no longer has %s, but the annotation %s keeps it: remove that to delete it"
              .formatted(
                  kept.stream().map(Pruner::text).collect(Collectors.joining(", ")), Api.PRUNE));
    }
  }

  private Set<InventoryEntry> others(ConfigSource source) {
    return client.resources(ConfigSource.class).list().getItems().stream()
        .filter(other -> !other.getMetadata().getName().equals(source.getMetadata().getName()))
        .filter(other -> other.getStatus() != null)
        .flatMap(other -> other.getStatus().inventory().stream())
        .collect(Collectors.toSet());
  }

  private static boolean isProtected(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return annotations != null && Api.PRUNE_DISABLED.equals(annotations.get(Api.PRUNE));
  }

  /** Somebody may have deleted what came from Git and made another object of that name. */
  private static boolean isOurs(HasMetadata object) {
    return object.getMetadata().getManagedFields().stream()
        .anyMatch(fields -> Api.FIELD_MANAGER.equals(fields.getManager()));
  }

  private static String text(InventoryEntry entry) {
    return entry.kind() + " " + entry.name();
  }
}
