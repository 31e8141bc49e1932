// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import io.kerrighed.operator.api.Applier;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Brings the objects of a revision to the API server. */
@ApplicationScoped
class ConfigApplier {
  /** What others refer to comes first, and goes last. */
  private static final List<String> ORDER =
      List.of("KerrighedCluster", "CapabilitySet", "KerrighedNode");

  private static final Map<String, Class<? extends HasMetadata>> TYPES =
      Map.of(
          "KerrighedCluster", KerrighedCluster.class,
          "CapabilitySet", CapabilitySet.class,
          "KerrighedNode", KerrighedNode.class);

  private static final int UNPROCESSABLE = 422;
  private static final int BAD_REQUEST = 400;

  private final KubernetesClient client;
  private final Applier applier;

  ConfigApplier(KubernetesClient client, Applier applier) {
    this.client = client;
    this.applier = applier;
  }

  /** What the server would refuse; it knows rules that files alone cannot be checked against. */
  List<Problem> dryRun(List<Manifest> manifests) {
    List<Problem> problems = new ArrayList<>();
    for (Manifest manifest : manifests) {
      try {
        applier.dryRun(resource(manifest));
      } catch (KubernetesClientException e) {
        if (e.getCode() != UNPROCESSABLE && e.getCode() != BAD_REQUEST) {
          throw e;
        }
        problems.add(problem(manifest, e));
      }
    }
    return problems;
  }

  void apply(List<Manifest> manifests) {
    manifests.stream()
        .sorted(Comparator.comparingInt(manifest -> ORDER.indexOf(manifest.kind())))
        .forEach(manifest -> applier.apply(resource(manifest)));
  }

  /** Deletes the objects that are listed no more. */
  void prune(List<InventoryEntry> before, Set<InventoryEntry> kept) {
    before.stream()
        .filter(entry -> !kept.contains(entry) && TYPES.containsKey(entry.kind()))
        .sorted(
            Comparator.comparingInt((InventoryEntry entry) -> ORDER.indexOf(entry.kind()))
                .reversed())
        .forEach(
            entry -> client.resources(TYPES.get(entry.kind())).withName(entry.name()).delete());
  }

  private GenericKubernetesResource resource(Manifest manifest) {
    return client
        .getKubernetesSerialization()
        .convertValue(manifest.content(), GenericKubernetesResource.class);
  }

  private static Problem problem(Manifest manifest, KubernetesClientException e) {
    if (e.getStatus() != null
        && e.getStatus().getDetails() != null
        && !e.getStatus().getDetails().getCauses().isEmpty()) {
      StatusCause cause = e.getStatus().getDetails().getCauses().get(0);
      String field = cause.getField() == null ? "" : cause.getField();
      String[] path = field.replace("[", ".").replace("]", "").split("\\.");
      // The server quotes the value, which says nothing when it is a whole object.
      String message = cause.getMessage().replaceFirst("^Invalid value: \"object\": ", "");
      return new Problem(manifest.where(path), Reason.INVALID_VALUE, field + ": " + message);
    }
    return new Problem(manifest.where(), Reason.INVALID_VALUE, e.getMessage());
  }
}
