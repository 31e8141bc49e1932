// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tokens name the account's uid, so all of them end with the account. */
@Command(
    name = "revoke-tokens",
    mixinStandardHelpOptions = true,
    description = {
      "Ends every token of a node, stolen ones too, by giving it a new account.",
      "The PC goes on as it is; its agent has to join again before it hears of changes."
    })
final class RevokeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;

  @Parameters(paramLabel = "NODE", description = "name of the KerrighedNode")
  private String node;

  @Override
  public Integer call() throws IOException {
    try (KubernetesClient client = api.client()) {
      client.secrets().inNamespace(Api.NAMESPACE).withName(Api.joinSecret(node)).delete();
      if (client.serviceAccounts().inNamespace(Api.NAMESPACE).withName(node).delete().isEmpty()) {
        throw new IOException(
            "no node " + node + " has an account: 'krgctl status' shows the nodes");
      }
      spec.commandLine()
          .getOut()
          .printf(
              "every token of %s has ended; let its agent join again with 'krgctl join-token %s'%n",
              node, node);
      return 0;
    }
  }
}
