// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The token is one of the node's account, bound to a Secret: whoever uses it first deletes the
 * Secret, and with it the token.
 */
@Command(
    name = "join-token",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the kubeconfig with which the agent of a PC joins: /etc/kerrighed/agent.kubeconfig.",
      "It works once and for a short time; the agent exchanges it for a token of its own. Another"
          + " one for the same node ends it."
    })
final class JoinTokenCommand implements Callable<Integer> {
  private static final int SHORTEST_MINUTES = 10;

  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;
  @Mixin private KubeconfigFile made;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "30",
      description =
          "how long it may be used, " + SHORTEST_MINUTES + " at least (default: ${DEFAULT-VALUE})")
  private int minutes;

  @Parameters(paramLabel = "NODE", description = "name of the KerrighedNode that the PC is")
  private String node;

  @Override
  public Integer call() throws IOException {
    if (minutes < SHORTEST_MINUTES) {
      throw new IOException(
          "--minutes " + minutes + " is too short for the API server: give 10 or more");
    }
    Config used = api.config();
    if (made.isLocal(used)) {
      spec.commandLine()
          .getErr()
          .println("krgctl: this address works on this machine only; give --server for others");
    }
    try (KubernetesClient client = api.client()) {
      AuthInfo user = new AuthInfo();
      user.setToken(request(client, secret(client, known(client))));
      made.write(used, user, spec.commandLine().getOut());
    }
    return 0;
  }

  private KerrighedNode known(KubernetesClient client) throws IOException {
    KerrighedNode known = client.resources(KerrighedNode.class).withName(node).get();
    if (known == null) {
      throw new IOException("no KerrighedNode " + node + ": push one that says which PC it is");
    }
    if (client.serviceAccounts().inNamespace(Api.NAMESPACE).withName(node).get() == null) {
      throw new IOException(
          "node " + node + " has no account yet: the operator makes it; is it running?");
    }
    return known;
  }

  private static Secret secret(KubernetesClient client, KerrighedNode owner) {
    String name = Api.joinSecret(owner.getMetadata().getName());
    client.secrets().inNamespace(Api.NAMESPACE).withName(name).delete();
    return client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(Api.NAMESPACE)
                .withOwnerReferences(
                    new OwnerReferenceBuilder()
                        .withApiVersion(owner.getApiVersion())
                        .withKind(owner.getKind())
                        .withName(owner.getMetadata().getName())
                        .withUid(owner.getMetadata().getUid())
                        .build())
                .endMetadata()
                .withType(Api.GROUP + "/join")
                .build())
        .create();
  }

  private String request(KubernetesClient client, Secret secret) {
    TokenRequest answer =
        client
            .serviceAccounts()
            .inNamespace(Api.NAMESPACE)
            .withName(node)
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(Duration.ofMinutes(minutes).toSeconds())
                    .withNewBoundObjectRef()
                    .withApiVersion("v1")
                    .withKind("Secret")
                    .withName(secret.getMetadata().getName())
                    .withUid(secret.getMetadata().getUid())
                    .endBoundObjectRef()
                    .endSpec()
                    .build());
    return answer.getStatus().getToken();
  }
}
