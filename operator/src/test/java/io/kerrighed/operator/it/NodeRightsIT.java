// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.APIGroup;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tries, with the token of node1, every verb on every resource that the API server has. */
class NodeRightsIT {
  private static final Lab lab = Lab.shared();
  private static final int FORBIDDEN = 403;
  private static final int REQUEST_MILLIS = 120_000;

  /** The node's own objects, those of another node, and a name that neither has. */
  private static final List<String> NAMES =
      List.of("node1", "node2", "join-node1", "join-node2", "kerrighed:node:node1", "any");

  /** Where nobody has named anything after a node. */
  private static final List<String> OTHER_NAMES = List.of("node1", "any");

  private static final Map<String, String> METHODS =
      Map.of(
          "get", "GET",
          "list", "GET",
          "watch", "GET",
          "create", "POST",
          "update", "PUT",
          "patch", "PATCH",
          "delete", "DELETE",
          "deletecollection", "DELETE");

  private final Set<String> allowed = new TreeSet<>();

  @Test
  void ofAllThatTheServerCanDoANodeMayDoThis() throws IOException {
    lab.restore();
    Path kubeconfig = lab.kubeconfigOf("node1", "node1-rights");
    Config config = Config.fromKubeconfig(Files.readString(kubeconfig));
    config.setRequestRetryBackoffLimit(0);
    config.setRequestTimeout(REQUEST_MILLIS);
    try (KubernetesClient node = new KubernetesClientBuilder().withConfig(config).build()) {
      for (String version : versions()) {
        for (APIResource resource : lab.client().getApiResources(version).getResources()) {
          tryAll(node, version, resource);
        }
      }
    }
    assertThat(allowed)
        .containsExactlyInAnyOrder(
            "get nodeconfigs node1",
            "list nodeconfigs, only node1",
            "watch nodeconfigs, only node1",
            "get nodeconfigs/status node1",
            "update nodeconfigs/status node1",
            "patch nodeconfigs/status node1",
            "get kerrighednodes node1",
            "list kerrighednodes, only node1",
            "watch kerrighednodes, only node1",
            "create serviceaccounts/token node1 in kerrighed",
            "delete secrets join-node1 in kerrighed",
            // what upstream lets everybody ask about himself
            "create selfsubjectaccessreviews",
            "create selfsubjectreviews",
            "create selfsubjectrulesreviews");
  }

  private static Set<String> versions() {
    Set<String> versions = new TreeSet<>(Set.of("v1"));
    for (APIGroup group : lab.client().getApiGroups().getGroups()) {
      group.getVersions().forEach(version -> versions.add(version.getGroupVersion()));
    }
    return versions;
  }

  private void tryAll(KubernetesClient node, String version, APIResource resource) {
    String root = version.contains("/") ? "/apis/" + version : "/api/" + version;
    List<String> namespaces =
        resource.getNamespaced() ? List.of(Api.NAMESPACE, "default", "kube-system") : List.of("");
    for (String verb : resource.getVerbs()) {
      for (String namespace : namespaces) {
        String base = root + (namespace.isEmpty() ? "" : "/namespaces/" + namespace);
        String where = namespace.isEmpty() ? "" : " in " + namespace;
        switch (verb) {
          case "list", "watch", "deletecollection" -> {
            String query = verb.equals("watch") ? "&watch=true&timeoutSeconds=1" : "";
            attempt(node, verb, base + "/" + resource.getName() + "?" + query, "", resource, where);
            attempt(
                node,
                verb,
                base + "/" + resource.getName() + "?fieldSelector=metadata.name=node1" + query,
                ", only node1",
                resource,
                where);
          }
          default -> {
            if (verb.equals("create") && !resource.getName().contains("/")) {
              attempt(node, verb, base + "/" + resource.getName() + "?", "", resource, where);
            } else {
              names(version, resource)
                  .forEach(
                      name ->
                          attempt(
                              node,
                              verb,
                              object(base, resource, name),
                              " " + name,
                              resource,
                              where));
            }
          }
        }
      }
    }
  }

  private static List<String> names(String version, APIResource resource) {
    boolean ours =
        version.equals(Api.API_VERSION)
            || version.startsWith("rbac.")
            || resource.getName().startsWith("serviceaccounts")
            || resource.getName().equals("secrets");
    return ours ? NAMES : OTHER_NAMES;
  }

  private static String object(String base, APIResource resource, String name) {
    String[] parts = resource.getName().split("/", 2);
    return base + "/" + parts[0] + "/" + name + (parts.length > 1 ? "/" + parts[1] : "") + "?";
  }

  /** Whatever is not forbidden is noted, even if it fails for another reason. */
  private void attempt(
      KubernetesClient node,
      String verb,
      String path,
      String what,
      APIResource resource,
      String where) {
    String method = METHODS.get(verb);
    String dry = method.equals("GET") ? "" : "&dryRun=All";
    String body = Stream.of("POST", "PUT", "PATCH").anyMatch(method::equals) ? "{}" : null;
    try {
      node.raw(path + dry, method, body);
    } catch (KubernetesClientException e) {
      if (e.getCode() == FORBIDDEN) {
        return;
      }
      assertThat(e.getCode()).as(verb + " " + path + ": " + e.getMessage()).isGreaterThan(0);
    }
    allowed.add(verb + " " + resource.getName() + what + where);
  }
}
