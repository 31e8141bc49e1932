// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSource;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.jgit.api.TransportConfigCallback;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;

/**
 * How the remote of a source is reached: with which credentials, and whom to believe that it is the
 * remote. Close it after use.
 */
final class GitAccess implements TransportConfigCallback, AutoCloseable {
  private final HttpAccess http;
  private final SshAccess ssh;

  private GitAccess(HttpAccess http, SshAccess ssh) {
    this.http = http;
    this.ssh = ssh;
  }

  /**
   * @param secret the fields of the source's Secret; empty if it names none
   * @param directory for files that only live as long as this object
   */
  static GitAccess of(ConfigSource source, Map<String, String> secret, Path directory)
      throws SourceException {
    String url = source.getSpec().url();
    if (url.startsWith("https://")) {
      return new GitAccess(HttpAccess.of(url, secret), null);
    }
    if (url.startsWith("ssh://")) {
      return new GitAccess(null, SshAccess.of(secret, directory));
    }
    return new GitAccess(null, null);
  }

  @Override
  public void configure(Transport transport) {
    if (transport instanceof TransportHttp remote && http != null) {
      remote.setHttpConnectionFactory(http);
    }
    if (transport instanceof SshTransport remote && ssh != null) {
      remote.setSshSessionFactory(ssh.sessions());
    }
  }

  @Override
  public void close() {
    if (ssh != null) {
      ssh.close();
    }
  }
}
