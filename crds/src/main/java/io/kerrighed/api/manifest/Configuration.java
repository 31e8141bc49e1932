// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kerrighed.api.validation.ClusterRules;
import io.kerrighed.api.validation.Locator;
import io.kerrighed.api.validation.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Everything that a set of files says, and everything that is wrong with it.
 *
 * @param manifests in the order of files and documents; incomplete if there are problems
 * @param problems empty if the configuration may be applied
 */
public record Configuration(List<Manifest> manifests, List<Problem> problems) {

  /** Reads and checks files. Rules between objects are checked once each object is well formed. */
  public static Configuration read(Collection<SourceFile> files) {
    return read(files, List.of(), List.of());
  }

  /**
   * The same for files with changes on top of them.
   *
   * @param overlay an object that the files have too is a patch of theirs: mappings are merged,
   *     lists and values replaced, and null takes a field away; others are added
   * @param others objects that are there already and that the files may refer to
   */
  public static Configuration read(
      Collection<SourceFile> files,
      Collection<SourceFile> overlay,
      Collection<? extends HasMetadata> others) {
    List<Problem> problems = new ArrayList<>();
    ManifestReader reader = new ManifestReader(problems::add);
    List<Manifest> manifests =
        Overlay.merge(documents(files, problems), documents(overlay, problems)).stream()
            .flatMap(document -> reader.read(document).stream())
            .toList();
    if (problems.isEmpty()) {
      Map<HasMetadata, Manifest> written = new IdentityHashMap<>();
      manifests.forEach(manifest -> written.put(manifest.object(), manifest));
      List<HasMetadata> all = new ArrayList<>(others);
      manifests.forEach(manifest -> all.add(manifest.object()));
      problems.addAll(
          ClusterRules.check(
              all,
              (object, path) ->
                  written.containsKey(object)
                      ? written.get(object).where(path)
                      : Locator.BY_NAME.where(object, path)));
    }
    return new Configuration(manifests, List.copyOf(problems));
  }

  private static List<Node> documents(Collection<SourceFile> files, List<Problem> problems) {
    return files.stream()
        .flatMap(file -> YamlParser.documents(file, problems::add).stream())
        .filter(document -> !Tag.NULL.equals(document.getTag()))
        .toList();
  }
}
