// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Finds the place of a field in the text it was read from. */
final class Positions {
  private Positions() {}

  /** file:line:column, both counted from 1 as editors do. */
  static String text(Mark mark) {
    return mark.getName() + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }

  static String of(Node node) {
    return text(node.getStartMark().orElseThrow());
  }

  /** The node at a path of field names and indices, or the last one on the way that there is. */
  static Node find(Node root, String... path) {
    Node node = root;
    for (String step : path) {
      Node next = child(node, step);
      if (next == null) {
        return node;
      }
      node = next;
    }
    return node;
  }

  private static Node child(Node node, String step) {
    if (node instanceof MappingNode mapping) {
      for (NodeTuple entry : mapping.getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode key && key.getValue().equals(step)) {
          return entry.getValueNode();
        }
      }
    }
    if (node instanceof SequenceNode sequence && step.matches("[0-9]{1,6}")) {
      int index = Integer.parseInt(step);
      return index < sequence.getValue().size() ? sequence.getValue().get(index) : null;
    }
    return null;
  }
}
