// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kerrighed.api.validation.ClusterRules;
import io.kerrighed.api.validation.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that a set of files says, and everything that is wrong with it.
 *
 * @param manifests in the order of files and documents; incomplete if there are problems
 * @param problems empty if the configuration may be applied
 */
public record Configuration(List<Manifest> manifests, List<Problem> problems) {

  /** Reads and checks files. Rules between objects are checked once each object is well formed. */
  public static Configuration read(Collection<SourceFile> files) {
    List<Problem> problems = new ArrayList<>();
    ManifestReader reader = new ManifestReader(problems::add);
    List<Manifest> manifests = files.stream().flatMap(file -> reader.read(file).stream()).toList();
    if (problems.isEmpty()) {
      Map<HasMetadata, Manifest> written = new IdentityHashMap<>();
      manifests.forEach(manifest -> written.put(manifest.object(), manifest));
      problems.addAll(
          ClusterRules.check(
              manifests.stream().map(Manifest::object).toList(),
              (object, path) -> written.get(object).where(path)));
    }
    return new Configuration(manifests, List.copyOf(problems));
  }
}
