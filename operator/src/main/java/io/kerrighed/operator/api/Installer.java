// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Puts the kinds, the namespace and the sources in place before the controllers start, and ends the
 * operator when the API server has lost them. A connection that ends is for the Kubernetes client
 * any exception, not its own.
 */
@ApplicationScoped
public class Installer {
  private static final Logger LOG = Logger.getLogger(Installer.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long CHECK_SECONDS = 5;

  private final KubernetesClient client;
  private final Applier applier;
  private final SourcesDirectory sources;
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "installer");
            thread.setDaemon(true);
            return thread;
          });

  Installer(KubernetesClient client, Applier applier, SourcesDirectory sources) {
    this.client = client;
    this.applier = applier;
    this.sources = sources;
  }

  void install(@Observes StartupEvent event) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        install();
        keeper.scheduleWithFixedDelay(
            this::watchStore, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
        return;
      } catch (RuntimeException e) {
        if (Instant.now().isAfter(end)) {
          throw e;
        }
        LOG.warnf("%s does not answer yet: %s", client.getMasterUrl(), e.getMessage());
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }

  void stop(@Observes ShutdownEvent event) {
    keeper.shutdownNow();
  }

  /**
   * What the controllers remember is of objects that are no more, so they begin anew: systemd or
   * Kubernetes starts this program again, and that fills the store.
   */
  private void watchStore() {
    try {
      if (client.namespaces().withName(Api.NAMESPACE).get() == null) {
        LOG.error("the API server has lost its store: this ends, to be started again and fill it");
        Quarkus.asyncExit(1);
      }
    } catch (RuntimeException e) {
      LOG.debugf("not known whether the store is whole: %s", e.getMessage());
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
    sources.apply();
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
