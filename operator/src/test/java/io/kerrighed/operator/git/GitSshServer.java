// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.PublicKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;

/** An SSH server that runs the git programs for who has a key that it knows. */
public final class GitSshServer implements AutoCloseable {
  private final SshServer server = SshServer.setUpDefaultServer();
  private final Set<String> allowed = ConcurrentHashMap.newKeySet();
  private final Set<Process> running = ConcurrentHashMap.newKeySet();
  private final PublicKey hostKey;

  public GitSshServer() throws Exception {
    var keys = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
    hostKey = keys.getPublic();
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(KeyPairProvider.wrap(keys));
    server.setPublickeyAuthenticator(
        (user, key, session) -> user.equals("git") && allowed.contains(text(key)));
    server.setCommandFactory((channel, command) -> new Program(command, running));
    server.start();
  }

  public String url(java.nio.file.Path repository) {
    return "ssh://git@127.0.0.1:" + server.getPort() + repository;
  }

  /** As ssh-keyscan writes it. */
  public String knownHosts() {
    return "[127.0.0.1]:" + server.getPort() + " " + text(hostKey) + "\n";
  }

  /**
   * @param publicKey a line as in a .pub file
   */
  public void allow(String publicKey) {
    String[] words = publicKey.strip().split(" ");
    allowed.add(words[0] + " " + words[1]);
  }

  private static String text(PublicKey key) {
    return PublicKeyEntry.toString(key);
  }

  /** Returns when no program of git runs any longer. */
  @Override
  public void close() throws IOException {
    server.stop(true);
    running.forEach(Process::destroy);
    running.forEach(process -> process.onExit().join());
  }

  private static final class Program implements Command {
    private final String command;
    private final Set<Process> running;
    private InputStream in;
    private OutputStream out;
    private OutputStream err;
    private ExitCallback exit;
    private Process process;

    Program(String command, Set<Process> running) {
      this.command = command;
      this.running = running;
    }

    @Override
    public void setInputStream(InputStream stream) {
      in = stream;
    }

    @Override
    public void setOutputStream(OutputStream stream) {
      out = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
      err = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
      exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) throws IOException {
      process = new ProcessBuilder("sh", "-c", "exec " + command).start();
      running.add(process);
      pump(in, process.getOutputStream(), true);
      pump(process.getErrorStream(), err, false);
      new Thread(
              () -> {
                copy(process.getInputStream(), out, false);
                exit.onExit(process.onExit().join().exitValue());
              })
          .start();
    }

    private static void pump(InputStream from, OutputStream to, boolean close) {
      new Thread(() -> copy(from, to, close)).start();
    }

    private static void copy(InputStream from, OutputStream to, boolean close) {
      byte[] buffer = new byte[8192];
      try {
        for (int n = from.read(buffer); n != -1; n = from.read(buffer)) {
          to.write(buffer, 0, n);
          to.flush();
        }
        if (close) {
          to.close();
        }
      } catch (IOException e) {
        // The other side has ended.
      }
    }

    @Override
    public void destroy(ChannelSession channel) {
      if (process != null) {
        process.destroy();
      }
    }
  }
}
