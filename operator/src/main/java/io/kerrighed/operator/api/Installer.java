// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Puts the kinds and the namespace in place before the controllers start. */
@ApplicationScoped
public class Installer {
  private static final Logger LOG = Logger.getLogger(Installer.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Applier applier;

  Installer(KubernetesClient client, Applier applier) {
    this.client = client;
    this.applier = applier;
  }

  void install(@Observes StartupEvent event) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        install();
        return;
      } catch (KubernetesClientException e) {
        if (Instant.now().isAfter(end)) {
          throw e;
        }
        LOG.warnf("%s does not answer yet: %s", client.getMasterUrl(), e.getMessage());
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  private void install() {
    for (CustomResourceDefinition crd : Crds.all()) {
      applier.apply(crd);
    }
    for (CustomResourceDefinition crd : Crds.all()) {
      client.resource(crd).waitUntilCondition(Installer::established, 30, TimeUnit.SECONDS);
    }
    applier.apply(
        new NamespaceBuilder().withNewMetadata().withName(Api.NAMESPACE).endMetadata().build());
    LOG.infof("API %s is served by %s", Api.API_VERSION, client.getMasterUrl());
  }

  private static boolean established(CustomResourceDefinition crd) {
    return crd != null
        && crd.getStatus() != null
        && crd.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Established")
                        && condition.getStatus().equals("True"));
  }
}
