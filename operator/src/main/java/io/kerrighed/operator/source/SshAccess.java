// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.eclipse.jgit.util.FileUtils;

/** An SSH key and the host keys to believe. The operator's own SSH configuration plays no part. */
final class SshAccess implements AutoCloseable {
  private static final String KEY = "identity";
  private static final String KUBERNETES_KEY = "ssh-privatekey";
  private static final String HOSTS = "known_hosts";

  private final Path home;
  private final SshdSessionFactory sessions;

  private SshAccess(Path home, SshdSessionFactory sessions) {
    this.home = home;
    this.sessions = sessions;
  }

  static SshAccess of(Map<String, String> secret, Path directory) throws SourceException {
    List<KeyPair> keys = keys(secret);
    String hosts = secret.get(HOSTS);
    if (hosts == null) {
      throw new SourceException(
          "InvalidSecret",
          "the Secret has no known_hosts: add what ssh-keyscan says of the server, and compare it"
              + " with what its administrator says");
    }
    try {
      Path home = Files.createTempDirectory(directory, "ssh");
      Path known = Files.writeString(home.resolve(HOSTS), hosts);
      return new SshAccess(
          home,
          new SshdSessionFactoryBuilder()
              .setHomeDirectory(home.toFile())
              .setSshDirectory(home.toFile())
              .setConfigFile(any -> null)
              .setDefaultKnownHostsFiles(any -> List.of(known))
              .setDefaultIdentities(any -> List.of())
              .setDefaultKeysProvider(any -> keys)
              .setPreferredAuthentications("publickey")
              .setConnectorFactory(null)
              .build(null));
    } catch (IOException e) {
      throw new SourceException("FetchFailed", "cannot keep known_hosts: " + e.getMessage(), e);
    }
  }

  SshdSessionFactory sessions() {
    return sessions;
  }

  private static List<KeyPair> keys(Map<String, String> secret) throws SourceException {
    String text = secret.getOrDefault(KEY, secret.get(KUBERNETES_KEY));
    if (text == null) {
      throw new SourceException(
          "InvalidSecret",
          "the Secret has no identity: add a private key, as ssh-keygen writes it");
    }
    // Without its last line end, which pasted keys often lack, OpenSSH's format cannot be read.
    byte[] bytes = (text.strip() + "\n").getBytes(StandardCharsets.UTF_8);
    String password = secret.get("password");
    List<KeyPair> keys = new ArrayList<>();
    try {
      var pairs =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName(KEY),
              new ByteArrayInputStream(bytes),
              password == null ? null : FilePasswordProvider.of(password));
      if (pairs != null) {
        pairs.forEach(keys::add);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new SourceException(
          "InvalidSecret",
          "identity of the Secret cannot be read; is password its passphrase? " + e.getMessage(),
          e);
    }
    if (keys.isEmpty()) {
      throw new SourceException("InvalidSecret", "identity of the Secret is no private key");
    }
    return keys;
  }

  @Override
  public void close() {
    sessions.close();
    try {
      FileUtils.delete(home.toFile(), FileUtils.RECURSIVE | FileUtils.SKIP_MISSING);
    } catch (IOException e) {
      // It holds public keys only.
      home.toFile().deleteOnExit();
    }
  }
}
