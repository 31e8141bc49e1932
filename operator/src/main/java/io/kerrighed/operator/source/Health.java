// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.CapabilitySetStatus;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedClusterStatus;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.operator.status.Conditions;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Tells if the cluster is well with a revision. */
@ApplicationScoped
class Health {
  private static final String NODE = "KerrighedNode";
  private static final String CLUSTER = "KerrighedCluster";

  private final KubernetesClient client;

  Health(KubernetesClient client) {
    this.client = client;
  }

  /**
   * The first object that is not Ready, and why, nodes before all others; empty if all are. Where
   * the cluster itself comes from this revision, its nodes must have applied that: until then they
   * are Ready with the last one.
   */
  Optional<String> missing(Collection<InventoryEntry> inventory, Revision revision) {
    boolean whole = inventory.stream().anyMatch(entry -> entry.kind().equals(CLUSTER));
    return inventory.stream()
        .sorted(Comparator.comparing(entry -> !entry.kind().equals(NODE)))
        .map(
            entry ->
                problem(entry, whole ? revision.toString() : null)
                    .map(problem -> entry.kind() + " " + entry.name() + ": " + problem))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> problem(InventoryEntry entry, String revision) {
    return switch (entry.kind()) {
      case NODE -> {
        KerrighedNode node = get(KerrighedNode.class, entry);
        yield problem(node, KerrighedNodeStatus::conditions)
            .or(() -> notApplied(node.getStatus(), revision));
      }
      case CLUSTER ->
          problem(get(KerrighedCluster.class, entry), KerrighedClusterStatus::conditions);
      default -> problem(get(CapabilitySet.class, entry), CapabilitySetStatus::conditions);
    };
  }

  private <T extends CustomResource<?, ?>> T get(Class<T> kind, InventoryEntry entry) {
    return client.resources(kind).withName(entry.name()).get();
  }

  private static Optional<String> notApplied(KerrighedNodeStatus status, String revision) {
    return revision == null || revision.equals(status.appliedRevision())
        ? Optional.empty()
        : Optional.of("has not applied it yet");
  }

  private static <S> Optional<String> problem(
      CustomResource<?, S> object, Function<S, List<Condition>> conditions) {
    Optional<Condition> ready =
        object == null || object.getStatus() == null
            ? Optional.empty()
            : Conditions.find(conditions.apply(object.getStatus()), Condition.READY)
                .filter(
                    condition ->
                        Objects.equals(
                            condition.observedGeneration(), object.getMetadata().getGeneration()));
    if (ready.isEmpty()) {
      return Optional.of("nothing is known yet");
    }
    return ready
        .filter(condition -> !condition.status().equals("True"))
        .map(condition -> condition.reason() + ": " + condition.message());
  }
}
