// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kerrighed.api.v1alpha1.Api;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.Supplier;

/**
 * Server-side apply. Spec and status have a field manager each, so that writing the one never takes
 * the other away.
 */
@ApplicationScoped
public class Applier {
  private static final String STATUS_MANAGER = Api.FIELD_MANAGER + "-status";

  private final KubernetesClient client;

  public Applier(KubernetesClient client) {
    this.client = client;
  }

  /** Makes the object what is given; of what others manage only conflicting fields change. */
  public <T extends HasMetadata> T apply(T object) {
    return client.resource(object).patch(context(Api.FIELD_MANAGER, false), object);
  }

  /** Asks the server what apply would do; it throws what apply would throw and changes nothing. */
  public <T extends HasMetadata> T dryRun(T object) {
    return client.resource(object).patch(context(Api.FIELD_MANAGER, true), object);
  }

  /**
   * Writes a status.
   *
   * @param empty makes an object of the kind
   */
  public <S, T extends CustomResource<?, S>> void status(
      T object, S status, Supplier<? extends T> empty) {
    T patch = empty.get();
    patch.getMetadata().setName(object.getMetadata().getName());
    patch.setStatus(status);
    client.resource(patch).subresource("status").patch(context(STATUS_MANAGER, false), patch);
  }

  private static PatchContext context(String manager, boolean dryRun) {
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(manager)
            .withForce(true)
            .withFieldValidation("Strict");
    return (dryRun ? context.withDryRun(List.of("All")) : context).build();
  }
}
