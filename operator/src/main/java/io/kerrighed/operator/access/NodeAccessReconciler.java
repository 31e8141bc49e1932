// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.access;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.operator.api.Applier;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Gives every node an account, and that account its own objects and nothing else. */
// However long the API server is away.
@GradualRetry(maxAttempts = -1)
@ControllerConfiguration(name = "node-access")
public class NodeAccessReconciler implements Reconciler<KerrighedNode> {
  /** Somebody may take rights away by hand; they are put back this often. */
  private static final Duration PERIOD = Duration.ofMinutes(10);

  private final Applier applier;

  NodeAccessReconciler(Applier applier) {
    this.applier = applier;
  }

  /** A deleted account is how all tokens of a node are ended; the node gets a new one at once. */
  @Override
  public List<EventSource<?, KerrighedNode>> prepareEventSources(
      EventSourceContext<KerrighedNode> context) {
    return List.of(
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(ServiceAccount.class, KerrighedNode.class)
                .withNamespaces(Set.of(Api.NAMESPACE))
                .withSecondaryToPrimaryMapper(
                    Mappers.fromOwnerReferences(KerrighedNode.class, true))
                .build(),
            context));
  }

  @Override
  public UpdateControl<KerrighedNode> reconcile(
      KerrighedNode node, Context<KerrighedNode> context) {
    for (HasMetadata object : NodeAccess.of(node)) {
      applier.apply(object);
    }
    return UpdateControl.<KerrighedNode>noUpdate().rescheduleAfter(PERIOD);
  }
}
