// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.manifest.ServerRefusal;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Applier;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

  void apply(List<Manifest> manifests) {
    manifests.stream()
        .sorted(Comparator.comparingInt(manifest -> ORDER.indexOf(manifest.kind())))
        .forEach(manifest -> applier.apply(resource(manifest)));
  }

  private GenericKubernetesResource resource(Manifest manifest) {
    return client
        .getKubernetesSerialization()
        .convertValue(manifest.content(), GenericKubernetesResource.class);
  }
}
