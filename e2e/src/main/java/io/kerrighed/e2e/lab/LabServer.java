// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;

/** Serves the requests of {@code e2e/lab} for one {@link Lab}. */
final class LabServer implements AutoCloseable {
  private final Lab lab;
  private final ServerSocketChannel server;
  private final CountDownLatch ended = new CountDownLatch(1);

  LabServer(Lab lab) throws IOException {
    this.lab = lab;
    server = Sockets.listen(lab.paths().socket());
    Thread acceptor = new Thread(this::accept, "lab-server");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  /** The background process: one instance until {@code down}. */
  public static void main(String[] arguments) throws Exception {
    InstancePaths paths = InstancePaths.fromEnvironment(System.getenv());
    Files.writeString(paths.pidFile(), Long.toString(ProcessHandle.current().pid()));
    try (Lab lab = new Lab(paths, Repository.find(), InstancePaths.cache(System.getenv()));
        LabServer server = new LabServer(lab)) {
      server.ended.await();
    }
    Files.deleteIfExists(paths.pidFile());
    System.exit(0);
  }

  void end() {
    ended.countDown();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread session =
            new Thread(() -> new LabSession(lab, this, new Frame.Wire(client)).serve(), "session");
        session.setDaemon(true);
        session.start();
      }
    } catch (IOException e) {
      end();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(lab.paths().socket());
  }
}
