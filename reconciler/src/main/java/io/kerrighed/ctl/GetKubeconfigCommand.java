// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "get-kubeconfig",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a kubeconfig for another machine, with the rights that you have here.",
      "Run on the machine of the API server, that is everything: keep the file to yourself."
    })
final class GetKubeconfigCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;
  @Mixin private KubeconfigFile made;

  @Override
  public Integer call() throws IOException {
    Config used = api.config();
    AuthInfo user = new AuthInfo();
    user.setClientCertificateData(used.getClientCertData());
    user.setClientKeyData(used.getClientKeyData());
    user.setToken(used.getAutoOAuthToken());
    if (user.getClientKeyData() == null && user.getToken() == null) {
      throw new IOException(
          api.file()
              + " has neither client certificate nor token inside:"
              + " run this on the machine of the API server");
    }
    if (made.isLocal(used)) {
      spec.commandLine()
          .getErr()
          .println("krgctl: this address works on this machine only; give --server for others");
    }
    made.write(used, user, spec.commandLine().getOut());
    return 0;
  }
}
