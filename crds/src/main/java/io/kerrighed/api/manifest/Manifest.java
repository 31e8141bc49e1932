// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/** An object as somebody wrote it, and where. */
public final class Manifest {
  private final Node root;
  private final Map<String, Object> content;
  private final HasMetadata object;

  Manifest(Node root, Map<String, Object> content, HasMetadata object) {
    this.root = root;
    this.content = content;
    this.object = object;
  }

  /** Exactly what was written: no defaults, nothing dropped. This is what is to be applied. */
  public Map<String, Object> content() {
    return content;
  }

  /** The same with its type, defaults filled in. */
  public HasMetadata object() {
    return object;
  }

  public String kind() {
    return object.getKind();
  }

  public String name() {
    return object.getMetadata().getName();
  }

  /** file:line:column of a field, or of its closest parent that was written. */
  public String where(String... path) {
    return Positions.of(Positions.find(root, path));
  }
}
