// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.manifest.ServerRefusal;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Applier;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Brings the objects of a revision to the API server. */
@ApplicationScoped
class ConfigApplier {
  /** What others refer to comes first, and goes last. */
  static final List<String> ORDER = List.of("KerrighedCluster", "CapabilitySet", "KerrighedNode");

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
        problems.add(ServerRefusal.problem(manifest, e).orElseThrow(() -> e));
      }
    }
    return problems;
  }

  /**
   * Applies them all.
   *
   * @return what was not like that before, each with its kind
   */
  List<String> apply(List<Manifest> manifests) {
    Map<String, Long> before = new HashMap<>();
    Pruner.TYPES.forEach(
        (kind, type) ->
            client.resources(type).list().getItems().stream()
                .map(HasMetadata::getMetadata)
                .forEach(
                    object -> before.put(kind + " " + object.getName(), object.getGeneration())));
    List<String> changed = new ArrayList<>();
    manifests.stream()
        .sorted(Comparator.comparingInt(manifest -> ORDER.indexOf(manifest.kind())))
        .forEach(
            manifest -> {
              String name = manifest.kind() + " " + manifest.name();
              Long after = applier.apply(resource(manifest)).getMetadata().getGeneration();
              if (!after.equals(before.get(name))) {
                changed.add(name);
              }
            });
    return changed;
  }

  private GenericKubernetesResource resource(Manifest manifest) {
    return client
        .getKubernetesSerialization()
        .convertValue(manifest.content(), GenericKubernetesResource.class);
  }
}
