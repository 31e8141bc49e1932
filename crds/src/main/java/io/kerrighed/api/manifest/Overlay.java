// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Merges documents before anything is checked. Every node keeps the place that it was read from, so
 * that a mistake is told where it was made.
 */
final class Overlay {
  /** Deeper is only what refers to itself; the parser lets nothing else through. */
  private static final int MAX_DEPTH = 32;

  private Overlay() {}

  /** The base with the overlay's documents merged into those of the same kind and name. */
  static List<Node> merge(List<Node> base, List<Node> overlay) {
    List<Node> merged = new ArrayList<>(base);
    for (Node patch : overlay) {
      Optional<String> name = name(patch);
      int at = -1;
      for (int i = 0; i < merged.size() && at < 0 && name.isPresent(); i++) {
        at = name.equals(name(merged.get(i))) ? i : -1;
      }
      if (at < 0) {
        merged.add(patch);
      } else {
        merged.set(at, merge(merged.get(at), patch, 0));
      }
    }
    return merged;
  }

  /** Kind and name of the object in a document, if it has both. */
  private static Optional<String> name(Node document) {
    return text(document, "kind")
        .flatMap(
            kind ->
                child(document, "metadata")
                    .flatMap(metadata -> text(metadata, "name"))
                    .map(name -> kind + "/" + name));
  }

  private static Optional<String> text(Node node, String key) {
    return child(node, key)
        .filter(ScalarNode.class::isInstance)
        .map(value -> ((ScalarNode) value).getValue());
  }

  private static Optional<Node> child(Node node, String key) {
    return node instanceof MappingNode mapping
        ? mapping.getValue().stream()
            .filter(entry -> key.equals(key(entry)))
            .map(NodeTuple::getValueNode)
            .findFirst()
        : Optional.empty();
  }

  /** Null if the key is no scalar. */
  private static String key(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : null;
  }

  private static Node merge(Node base, Node patch, int depth) {
    if (!(base instanceof MappingNode into) || !(patch instanceof MappingNode from)) {
      return patch;
    }
    if (depth == MAX_DEPTH) {
      return patch;
    }
    // A key that is there twice stays so: the checker tells.
    Map<String, NodeTuple> changes = new HashMap<>();
    List<NodeTuple> added = new ArrayList<>();
    for (NodeTuple entry : from.getValue()) {
      boolean first = key(entry) != null && changes.putIfAbsent(key(entry), entry) == null;
      if (!first || child(into, key(entry)).isEmpty()) {
        added.add(entry);
      }
    }
    List<NodeTuple> entries = new ArrayList<>();
    for (NodeTuple entry : into.getValue()) {
      NodeTuple change = key(entry) == null ? null : changes.get(key(entry));
      if (change == null) {
        entries.add(entry);
      } else if (!Tag.NULL.equals(change.getValueNode().getTag())) {
        entries.add(
            new NodeTuple(
                change.getKeyNode(),
                merge(entry.getValueNode(), change.getValueNode(), depth + 1)));
      }
    }
    entries.addAll(added);
    return new MappingNode(
        into.getTag(), true, entries, into.getFlowStyle(), into.getStartMark(), into.getEndMark());
  }
}
