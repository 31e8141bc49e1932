// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/**
 * Takes the calls of Git servers after a push, at /hooks/ and the name of a source. What they say
 * is not looked at: they only make the source be fetched at once.
 */
@ApplicationScoped
class Webhook {
  private static final Logger LOG = Logger.getLogger(Webhook.class);

  /** As much as GitHub sends at most. */
  private static final long MAX_BYTES = 25L << 20;

  private static final int ACCEPTED = 202;
  private static final int UNAUTHORIZED = 401;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  private final KubernetesClient client;
  private final SourceSecrets secrets;
  private final PushEvents pushes;

  Webhook(KubernetesClient client, SourceSecrets secrets, PushEvents pushes) {
    this.client = client;
    this.secrets = secrets;
    this.pushes = pushes;
  }

  void routes(@Observes Router router) {
    router
        .post("/hooks/:source")
        .handler(BodyHandler.create(false).setBodyLimit(MAX_BYTES))
        .blockingHandler(this::receive, false);
  }

  private void receive(RoutingContext call) {
    String name = call.pathParam("source");
    try {
      ConfigSource source = client.resources(ConfigSource.class).withName(name).get();
      if (source == null || source.getSpec().webhookSecret() == null) {
        answer(call, name, NOT_FOUND, "no ConfigSource of this name has a webhookSecret");
        return;
      }
      String token = secrets.read(source.getSpec().webhookSecret()).get("token");
      if (token == null) {
        answer(call, name, UNAVAILABLE, "the Secret of webhookSecret has no token");
        return;
      }
      HttpServerRequest request = call.request();
      byte[] body = call.body().buffer() == null ? new byte[0] : call.body().buffer().getBytes();
      if (!HookSignature.isGood(request::getHeader, body, token.strip())) {
        answer(call, name, UNAUTHORIZED, "no signature or token that fits webhookSecret");
        return;
      }
      pushes.pushed(name);
      answer(call, name, ACCEPTED, "will be fetched");
    } catch (SourceException | KubernetesClientException e) {
      answer(call, name, UNAVAILABLE, e.getMessage());
    }
  }

  private static void answer(RoutingContext call, String name, int status, String message) {
    if (status == ACCEPTED) {
      LOG.debugf("webhook of %s: %s", name, message);
    } else {
      LOG.warnf("webhook of %s, called by %s: %s", name, call.request().remoteAddress(), message);
    }
    call.response().setStatusCode(status).end(message + "\n");
  }
}
