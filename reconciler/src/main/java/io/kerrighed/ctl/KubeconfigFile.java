// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import picocli.CommandLine.Option;

/** A kubeconfig that a command makes for somebody else, from the one that it uses itself. */
final class KubeconfigFile {
  private static final String NAME = "kerrighed";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "address at which the other machine reaches the API server, as https://10.0.0.1:6443;"
              + " the server must have been started with it in --bind or --names")
  private String server;

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "write there, readable by you only, instead of to standard output")
  private Path file;

  /**
   * Makes it and checks that the API server answers there and knows this user.
   *
   * @param used the caller's own way to the same server
   */
  void write(io.fabric8.kubernetes.client.Config used, AuthInfo user, PrintWriter out)
      throws IOException {
    String url = server == null ? used.getMasterUrl() : server;
    if (used.getCaCertData() == null && used.getCaCertFile() == null) {
      throw new IOException(
          "the kubeconfig in use names no certificate authority: use the API server's own");
    }
    String authority =
        used.getCaCertData() != null
            ? used.getCaCertData()
            : java.util.Base64.getEncoder()
                .encodeToString(Files.readAllBytes(Path.of(used.getCaCertFile())));
    Config config =
        new ConfigBuilder()
            .withApiVersion("v1")
            .withKind("Config")
            .addNewCluster()
            .withName(NAME)
            .withNewCluster()
            .withServer(url)
            .withCertificateAuthorityData(authority)
            .endCluster()
            .endCluster()
            .addNewUser()
            .withName(NAME)
            .withUser(user)
            .endUser()
            .addNewContext()
            .withName(NAME)
            .withNewContext()
            .withCluster(NAME)
            .withUser(NAME)
            .endContext()
            .endContext()
            .withCurrentContext(NAME)
            .build();
    String text = new KubernetesSerialization().asYaml(config);
    check(text);
    if (file == null) {
      out.print(text);
      out.flush();
    } else {
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, text);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Is the address one that only this machine can use? */
  boolean isLocal(io.fabric8.kubernetes.client.Config used) {
    try {
      String url = server == null ? used.getMasterUrl() : server;
      return InetAddress.getByName(URI.create(url).getHost()).isLoopbackAddress();
    } catch (IOException e) {
      return false;
    }
  }

  private static void check(String kubeconfig) {
    try (KubernetesClient client =
        ApiAccess.client(io.fabric8.kubernetes.client.Config.fromKubeconfig(kubeconfig))) {
      client.raw("/version");
    }
  }
}
