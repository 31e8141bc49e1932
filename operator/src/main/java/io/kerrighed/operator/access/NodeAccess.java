// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.access;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import java.util.List;

/**
 * The account of a node's agent and its rights: read its KerrighedNode and NodeConfig, write the
 * status of its NodeConfig, renew its own token and end its join token. They go when the node goes.
 */
final class NodeAccess {
  private static final String RBAC = "rbac.authorization.k8s.io";

  private NodeAccess() {}

  static List<HasMetadata> of(KerrighedNode node) {
    String name = node.getMetadata().getName();
    String role = "kerrighed:node:" + name;
    return List.of(
        new ServiceAccountBuilder().withMetadata(meta(node, name, Api.NAMESPACE)).build(),
        new ClusterRoleBuilder()
            .withMetadata(meta(node, role, null))
            .withRules(
                rule(Api.GROUP, "kerrighednodes", name, "get", "list", "watch"),
                rule(Api.GROUP, "nodeconfigs", name, "get", "list", "watch"),
                rule(Api.GROUP, "nodeconfigs/status", name, "get", "update", "patch"))
            .build(),
        new ClusterRoleBindingBuilder()
            .withMetadata(meta(node, role, null))
            .withNewRoleRef(RBAC, "ClusterRole", role)
            .addNewSubject()
            .withKind("ServiceAccount")
            .withName(name)
            .withNamespace(Api.NAMESPACE)
            .endSubject()
            .build(),
        new RoleBuilder()
            .withMetadata(meta(node, role, Api.NAMESPACE))
            .withRules(
                rule("", "serviceaccounts/token", name, "create"),
                rule("", "secrets", Api.joinSecret(name), "delete"))
            .build(),
        new RoleBindingBuilder()
            .withMetadata(meta(node, role, Api.NAMESPACE))
            .withNewRoleRef(RBAC, "Role", role)
            .addNewSubject()
            .withKind("ServiceAccount")
            .withName(name)
            .withNamespace(Api.NAMESPACE)
            .endSubject()
            .build());
  }

  private static PolicyRule rule(String group, String resource, String name, String... verbs) {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resource)
        .withResourceNames(name)
        .withVerbs(verbs)
        .build();
  }

  private static ObjectMeta meta(KerrighedNode node, String name, String namespace) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(namespace)
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(node.getApiVersion())
                .withKind(node.getKind())
                .withName(node.getMetadata().getName())
                .withUid(node.getMetadata().getUid())
                .build())
        .build();
  }
}
