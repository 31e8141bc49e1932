// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.access;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.operator.api.Applier;
import java.time.Duration;

/** Gives every node an account, and that account its own objects and nothing else. */
@ControllerConfiguration(name = "node-access")
public class NodeAccessReconciler implements Reconciler<KerrighedNode> {
  /** Somebody may take rights away by hand; they are put back this often. */
  private static final Duration PERIOD = Duration.ofMinutes(10);

  private final Applier applier;

  NodeAccessReconciler(Applier applier) {
    this.applier = applier;
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
