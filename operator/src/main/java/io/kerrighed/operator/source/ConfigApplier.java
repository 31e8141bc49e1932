// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
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
