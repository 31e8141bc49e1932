// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.Machine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rules about several objects together, and those that a schema cannot say. */
public final class ClusterRules {
  private static final String WHOLE = "configuration";

  private final Locator locator;
  private final List<Problem> problems = new ArrayList<>();

  private ClusterRules(Locator locator) {
    this.locator = locator;
  }

  /**
   * Checks the whole configuration of one cluster.
   *
   * @param objects each of them valid by its own schema; kinds without rules are skipped
   * @return what is wrong, empty if nothing is
   */
  public static List<Problem> check(Collection<? extends HasMetadata> objects, Locator locator) {
    ClusterRules rules = new ClusterRules(locator);
    rules.names(objects);
    objects.forEach(rules::pruneAnnotation);
    rules.cluster(of(KerrighedCluster.class, objects));
    List<KerrighedNode> nodes = of(KerrighedNode.class, objects);
    rules.nodes(nodes);
    of(CapabilitySet.class, objects).forEach(set -> rules.capabilities(set, nodes));
    return List.copyOf(rules.problems);
  }

  private static <T> List<T> of(Class<T> kind, Collection<? extends HasMetadata> objects) {
    return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private void names(Collection<? extends HasMetadata> objects) {
    Map<String, HasMetadata> seen = new HashMap<>();
    for (HasMetadata object : objects) {
      String name = object.getKind() + " " + object.getMetadata().getName();
      HasMetadata first = seen.putIfAbsent(name, object);
      if (first != null) {
        add(
            Reason.DUPLICATE_OBJECT,
            name + " is already at " + locator.where(first, "metadata", "name"),
            object,
            "metadata",
            "name");
      }
    }
  }

  /** A misspelt one would protect nothing, and nobody would know until it is too late. */
  private void pruneAnnotation(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    String value = annotations == null ? null : annotations.get(Api.PRUNE);
    if (value != null && !value.equals(Api.PRUNE_DISABLED)) {
      add(
          Reason.INVALID_VALUE,
          "annotation %s is '%s': it must be %s, or not be there"
              .formatted(Api.PRUNE, value, Api.PRUNE_DISABLED),
          object,
          "metadata",
          "annotations",
          Api.PRUNE);
    }
  }

  private void cluster(List<KerrighedCluster> clusters) {
    if (clusters.isEmpty()) {
      problems.add(
          new Problem(
              WHOLE, Reason.CLUSTER_COUNT, "no KerrighedCluster: exactly one is needed, add it"));
    }
    for (KerrighedCluster more : clusters.stream().skip(1).toList()) {
      add(
          Reason.CLUSTER_COUNT,
          "second KerrighedCluster: exactly one is needed, the first is at "
              + locator.where(clusters.get(0), "metadata", "name"),
          more,
          "metadata",
          "name");
    }
  }

  private void nodes(List<KerrighedNode> nodes) {
    if (nodes.isEmpty()) {
      problems.add(
          new Problem(
              WHOLE,
              Reason.NO_NODES,
              "no KerrighedNode: a revision that removes every node is refused,"
                  + " set their state to Absent instead"));
    }
    Map<Integer, KerrighedNode> byId = new HashMap<>();
    Map<String, KerrighedNode> byMachine = new HashMap<>();
    for (KerrighedNode node : nodes) {
      KerrighedNode first = byId.putIfAbsent(node.getSpec().nodeId(), node);
      if (first != null) {
        add(
            Reason.DUPLICATE_NODE_ID,
            "node id %d is already used by %s at %s"
                .formatted(
                    node.getSpec().nodeId(),
                    first.getMetadata().getName(),
                    locator.where(first, "spec", "nodeId")),
            node,
            "spec",
            "nodeId");
      }
      machineNames(node.getSpec().machine())
          .forEach((field, value) -> machine(node, field, value, byMachine));
    }
  }

  private void machine(
      KerrighedNode node, String field, String value, Map<String, KerrighedNode> byMachine) {
    KerrighedNode first = byMachine.putIfAbsent(field + "=" + value, node);
    if (first != null) {
      add(
          Reason.DUPLICATE_MACHINE,
          "%s %s is already the machine of %s at %s"
              .formatted(
                  field,
                  value,
                  first.getMetadata().getName(),
                  locator.where(first, "spec", "machine", field)),
          node,
          "spec",
          "machine",
          field);
    }
  }

  private static Map<String, String> machineNames(Machine machine) {
    Map<String, String> names = new HashMap<>();
    names.put("machineId", machine.machineId());
    names.put("hostname", machine.hostname());
    names.put("mac", machine.mac());
    names.values().removeIf(value -> value == null);
    return names;
  }

  private void capabilities(CapabilitySet set, List<KerrighedNode> nodes) {
    var spec = set.getSpec();
    supported(set, "effective", spec.effective());
    supported(set, "permitted", spec.permitted());
    supported(set, "inheritablePermitted", spec.inheritablePermitted());
    supported(set, "inheritableEffective", spec.inheritableEffective());
    subset(set, "effective", spec.effective(), "permitted", spec.permitted());
    subset(set, "inheritablePermitted", spec.inheritablePermitted(), "permitted", spec.permitted());
    subset(
        set,
        "inheritableEffective",
        spec.inheritableEffective(),
        "inheritablePermitted",
        spec.inheritablePermitted());
    if (!spec.nodeSelector().isEmpty()
        && nodes.stream().noneMatch(node -> Selectors.matches(spec.nodeSelector(), node))) {
      add(
          Reason.SELECTOR_MATCHES_NOTHING,
          "no node has the labels " + spec.nodeSelector() + ": add them to a KerrighedNode",
          set,
          "spec",
          "nodeSelector");
    }
  }

  private void supported(CapabilitySet set, String field, List<Capability> capabilities) {
    for (int i = 0; i < capabilities.size(); i++) {
      if (!capabilities.get(i).supported()) {
        add(
            Reason.UNKNOWN_CAPABILITY,
            "capability %s exists in name only, no kernel supports it; remove it"
                .formatted(capabilities.get(i)),
            set,
            "spec",
            field,
            String.valueOf(i));
      }
    }
  }

  private void subset(
      CapabilitySet set,
      String field,
      List<Capability> part,
      String wholeField,
      List<Capability> whole) {
    for (Capability capability : part) {
      if (capability.supported() && !whole.contains(capability)) {
        add(
            Reason.INVALID_VALUE,
            "%s has %s, which %s lacks".formatted(field, capability, wholeField),
            set,
            "spec",
            field);
      }
    }
  }

  private void add(Reason reason, String message, HasMetadata object, String... path) {
    problems.add(new Problem(locator.where(object, path), reason, message));
  }
}
