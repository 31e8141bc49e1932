// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.manifest.ServerRefusal;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.validation.Problem;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What the operator would do with a revision, asked of the API server; nothing is changed. */
final class Push {
  private static final int CONTEXT_LINES = 3;
  private static final PatchContext DRY_RUN =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(Api.FIELD_MANAGER)
          .withForce(true)
          .withFieldValidation("Strict")
          .withDryRun(List.of("All"))
          .build();

  private final KubernetesClient client;
  private final Optional<ConfigSource> source;

  /**
   * @param source says what earlier revisions had; empty if there is none yet
   */
  Push(KubernetesClient client, Optional<ConfigSource> source) {
    this.client = client;
    this.source = source;
  }

  /**
   * An object before and after.
   *
   * @param before lines of YAML, empty if it is not there yet
   * @param after lines of YAML, empty if it would be deleted
   */
  record Change(String name, List<String> before, List<String> after) {
    /** As diff -u. */
    void print(PrintWriter out) {
      UnifiedDiffUtils.generateUnifiedDiff(
              before.isEmpty() ? "/dev/null" : "cluster/" + name,
              after.isEmpty() ? "/dev/null" : "pushed/" + name,
              before,
              DiffUtils.diff(before, after),
              CONTEXT_LINES)
          .forEach(out::println);
    }
  }

  /** What applying this object would change; empty if nothing. */
  Optional<Change> apply(Manifest manifest, Consumer<Problem> refused) {
    GenericKubernetesResource wanted =
        client
            .getKubernetesSerialization()
            .convertValue(manifest.content(), GenericKubernetesResource.class);
    GenericKubernetesResource live = live(manifest.kind(), manifest.name());
    try {
      GenericKubernetesResource result = client.resource(wanted).patch(DRY_RUN, wanted);
      List<String> before = lines(live);
      List<String> after = lines(result);
      return before.equals(after)
          ? Optional.empty()
          : Optional.of(new Change(manifest.kind() + "/" + manifest.name(), before, after));
    } catch (KubernetesClientException e) {
      refused.accept(ServerRefusal.problem(manifest, e).orElseThrow(() -> e));
      return Optional.empty();
    }
  }

  /** What the source had and these objects have not. */
  List<Change> prune(Collection<Manifest> manifests) {
    if (source.isEmpty() || !source.get().getSpec().prune() || source.get().getStatus() == null) {
      return List.of();
    }
    Set<InventoryEntry> kept =
        manifests.stream()
            .map(manifest -> new InventoryEntry(manifest.kind(), manifest.name()))
            .collect(Collectors.toSet());
    Set<InventoryEntry> others = others();
    List<Change> changes = new ArrayList<>();
    for (InventoryEntry entry : source.get().getStatus().inventory()) {
      GenericKubernetesResource object =
          kept.contains(entry) || others.contains(entry) ? null : live(entry.kind(), entry.name());
      if (object != null && isPruned(object)) {
        changes.add(new Change(entry.kind() + "/" + entry.name(), lines(object), List.of()));
      }
    }
    return changes;
  }

  private Set<InventoryEntry> others() {
    return client.resources(ConfigSource.class).list().getItems().stream()
        .filter(
            other ->
                !other.getMetadata().getName().equals(source.get().getMetadata().getName())
                    && other.getStatus() != null)
        .flatMap(other -> other.getStatus().inventory().stream())
        .collect(Collectors.toSet());
  }

  /** Not protected, and what the operator once made. */
  private static boolean isPruned(GenericKubernetesResource object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    return (annotations == null || !Api.PRUNE_DISABLED.equals(annotations.get(Api.PRUNE)))
        && object.getMetadata().getManagedFields().stream()
            .anyMatch(fields -> Api.FIELD_MANAGER.equals(fields.getManager()));
  }

  private GenericKubernetesResource live(String kind, String name) {
    return client.genericKubernetesResources(Api.API_VERSION, kind).withName(name).get();
  }

  /** What people write of an object, as YAML; nothing for null. */
  private List<String> lines(GenericKubernetesResource object) {
    if (object == null) {
      return List.of();
    }
    object.getAdditionalProperties().remove("status");
    var meta = object.getMetadata();
    meta.setManagedFields(List.of());
    meta.setResourceVersion(null);
    meta.setUid(null);
    meta.setGeneration(null);
    meta.setCreationTimestamp(null);
    return Yaml.of(object, client.getKubernetesSerialization()).lines().toList();
  }
}
