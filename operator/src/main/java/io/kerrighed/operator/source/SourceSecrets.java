// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.v1alpha1.Api;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** Reads the Secrets that sources name. They are not kept: a new password counts at once. */
@ApplicationScoped
class SourceSecrets {
  private final KubernetesClient client;

  SourceSecrets(KubernetesClient client) {
    this.client = client;
  }

  /**
   * @param name of a Secret in our namespace; null for none
   * @return its fields as text
   */
  Map<String, String> read(String name) throws SourceException {
    Map<String, String> fields = new TreeMap<>();
    if (name == null) {
      return fields;
    }
    Secret secret = get(name);
    if (secret == null) {
      throw new SourceException(
          "SecretNotFound",
          "no Secret %s in the namespace %s: make it with kubectl -n %s create secret generic %s"
              .formatted(name, Api.NAMESPACE, Api.NAMESPACE, name));
    }
    if (secret.getData() != null) {
      secret
          .getData()
          .forEach(
              (field, value) ->
                  fields.put(
                      field,
                      new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
    }
    return fields;
  }

  private Secret get(String name) throws SourceException {
    try {
      return client.secrets().inNamespace(Api.NAMESPACE).withName(name).get();
    } catch (KubernetesClientException e) {
      throw new SourceException(
          "SecretNotRead", "cannot read Secret %s: %s".formatted(name, e.getMessage()), e);
    }
  }
}
