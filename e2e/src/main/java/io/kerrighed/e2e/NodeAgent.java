// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The agent of a node, put there as an administrator would: with the CA and a first token. */
public final class NodeAgent {
  /** Where it logs to, in the node. */
  public static final String LOG = "/run/agent.log";

  private NodeAgent() {}

  /**
   * Brings the certificate of the API server and a token for the node's account into the node, and
   * makes its agent forget what it knew. The account, named like the node, must exist.
   */
  public static void install(ApiServer api, Cluster cluster, Node node)
      throws IOException, InterruptedException {
    String name = "node" + node.id();
    Path token = cluster.shared().resolve(name + ".token");
    Path ca = cluster.shared().resolve("ca.crt");
    Files.writeString(
        token, api.kubectl("-n", "kerrighed", "create", "token", name, "--duration=1h"));
    Files.writeString(ca, api.ca());
    node.host("rm -rf /run/kerrighed; cp /shared/ca.crt /shared/%s.token /run".formatted(name))
        .orFail();
    Files.delete(token);
    Files.delete(ca);
  }

  /** Starts it with the modules that were built; its PID is in {@code /run/agent.pid}. */
  public static void start(Path repository, ApiServer api, Node node) throws InterruptedException {
    start(repository, api, node, builtModules(repository));
  }

  /** The directory of the modules that were built for a node's kernel, as its shell reads it. */
  public static String builtModules(Path repository) {
    return "'%s/target/kmod/'$(uname -r)".formatted(repository);
  }

  /**
   * Starts it in the background.
   *
   * @param modules their directory, as the node's shell reads it
   * @param environment variables for it, each as {@code NAME=VALUE}
   */
  public static void start(
      Path repository, ApiServer api, Node node, String modules, String... environment)
      throws InterruptedException {
    node.host(
            """
            %6$s setsid '%1$s/reconciler/bin/kerrighed-agent' --node node%2$d --server %3$s \
              --ca /run/ca.crt --token-file /run/node%2$d.token --state /run/kerrighed \
              --modules %5$s --tools '%1$s/target/kmod/tools' \
              </dev/null >%4$s 2>&1 &
            echo $! >/run/agent.pid
            """
                .formatted(
                    repository, node.id(), api.url(), LOG, modules, String.join(" ", environment)))
        .orFail();
  }

  /** Resident memory in MB, as the node's kernel counts it. */
  public static double residentMegabytes(Node node) throws InterruptedException {
    String kilobytes =
        node.host("sed -n 's/VmRSS:\\s*\\([0-9]*\\) kB/\\1/p' /proc/$(cat /run/agent.pid)/status")
            .orFail()
            .stdout()
            .strip();
    return Long.parseLong(kilobytes) / 1024.0;
  }
}
