// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.operator.metrics.Metrics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jboss.logging.Logger;

/**
 * Tells people what happened, where {@code kubectl describe} and {@code kubectl events} show it.
 */
@ApplicationScoped
public class Events {
  private static final Logger LOG = Logger.getLogger(Events.class);

  private final KubernetesClient client;
  private final Metrics metrics;

  public Events(KubernetesClient client, Metrics metrics) {
    this.client = client;
    this.metrics = metrics;
  }

  public void normal(HasMetadata about, String reason, String message) {
    LOG.infof("%s %s: %s", about.getKind(), about.getMetadata().getName(), message);
    send(about, "Normal", reason, message);
  }

  public void warning(HasMetadata about, String reason, String message) {
    LOG.warnf("%s %s: %s", about.getKind(), about.getMetadata().getName(), message);
    send(about, "Warning", reason, message);
  }

  /** An event that cannot be written is a loss, but no reason to stop what it is about. */
  private void send(HasMetadata about, String type, String reason, String message) {
    metrics.event(about, reason);
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    try {
      client
          .v1()
          .events()
          .inNamespace("default")
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withGenerateName(about.getMetadata().getName() + ".")
                  .withNamespace("default")
                  .endMetadata()
                  .withNewInvolvedObject()
                  .withApiVersion(about.getApiVersion())
                  .withKind(about.getKind())
                  .withName(about.getMetadata().getName())
                  .withUid(about.getMetadata().getUid())
                  .endInvolvedObject()
                  .withType(type)
                  .withReason(reason)
                  .withMessage(message.length() > 1000 ? message.substring(0, 1000) : message)
                  .withNewSource()
                  .withComponent(Api.FIELD_MANAGER)
                  .endSource()
                  .withFirstTimestamp(now)
                  .withLastTimestamp(now)
                  .withCount(1)
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      LOG.warnf("event %s not written: %s", reason, e.getMessage());
    }
  }
}
