// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** How a command reaches the API server. */
final class ApiAccess {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int REQUEST_MILLIS = 10_000;

  /** Where the embedded API server keeps its administrator's. */
  private static final Path SERVERS_OWN = Path.of("/var/lib/kerrighed-apiserver/admin.kubeconfig");

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "${env:KUBECONFIG}",
      description =
          "how to reach the API server (default: $$KUBECONFIG, else ~/.kube/config,"
              + " else what the API server of this machine has written)")
  private Path kubeconfig;

  /** The file that is used. */
  Path file() throws IOException {
    if (kubeconfig != null && !kubeconfig.toString().isBlank()) {
      if (!Files.isReadable(kubeconfig)) {
        throw new IOException(
            kubeconfig + " cannot be read: name another with --kubeconfig or KUBECONFIG");
      }
      return kubeconfig;
    }
    List<Path> usual =
        List.of(Path.of(System.getProperty("user.home"), ".kube", "config"), SERVERS_OWN);
    return usual.stream()
        .filter(Files::isReadable)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "which API server? Set KUBECONFIG or give --kubeconfig FILE;"
                        + " neither "
                        + usual.get(0)
                        + " nor "
                        + usual.get(1)
                        + " can be read"));
  }

  Config config() throws IOException {
    return Config.fromKubeconfig(Files.readString(file()));
  }

  KubernetesClient client() throws IOException {
    return client(config());
  }

  /** One that gives up soon: a person waits. */
  static KubernetesClient client(Config config) {
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(REQUEST_MILLIS);
    config.setRequestRetryBackoffLimit(0);
    // Over HTTP/2 the server ends the connection with its "401", and the JDK shows the end only.
    config.setHttp2Disable(true);
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }
}
