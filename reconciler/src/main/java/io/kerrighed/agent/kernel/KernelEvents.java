// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kerrighed.agent.node.KernelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens on this node, from {@code /dev/kerrighed}, and a way to wake whoever waits for it.
 * One thread waits and releases; any thread may wake it.
 */
public final class KernelEvents implements AutoCloseable {
  private static final String DEVICE = "/dev/kerrighed";
  private static final int POLLFD_SIZE = 8;
  private static final int POLLFD_REVENTS = 6;
  private static final int COUNTER_SIZE = 8;

  private final int waker;
  private KernelFile device;

  /** Nothing is open yet but the waker: the device comes and goes with its module. */
  public KernelEvents() {
    try {
      waker = Libc.C.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot make an eventfd", e, "");
    }
  }

  /** Ends the wait that is going on, or else the next one. */
  public void wake() {
    byte[] one = new byte[COUNTER_SIZE];
    one[0] = 1;
    try {
      Libc.C.write(waker, one, new NativeLong(one.length));
    } catch (LastErrorException e) {
      throw Libc.failure("cannot wake the agent", e, "");
    }
  }

  /**
   * Waits for events, for {@link #wake} or for the time to be over.
   *
   * @return the events' lines; empty for the other two
   */
  public List<String> await(Duration timeout) {
    openIfThere();
    int count = device == null ? 1 : 2;
    try (Memory fds = new Memory(2L * POLLFD_SIZE)) {
      fds.clear();
      fds.setInt(0, waker);
      fds.setShort(4, Libc.POLLIN);
      fds.setInt(POLLFD_SIZE, device == null ? -1 : device.fd());
      fds.setShort(POLLFD_SIZE + 4, Libc.POLLIN);
      Libc.C.poll(fds, new NativeLong(count), (int) timeout.toMillis());
      if (fds.getShort(POLLFD_REVENTS) != 0) {
        Libc.C.read(waker, new byte[COUNTER_SIZE], new NativeLong(COUNTER_SIZE));
      }
    } catch (LastErrorException e) {
      throw Libc.failure("cannot wait for " + DEVICE, e, "");
    }
    return device == null ? List.of() : drain();
  }

  private void openIfThere() {
    if (device == null && Files.exists(Path.of(DEVICE))) {
      device = KernelFile.open(DEVICE, Libc.O_RDONLY | Libc.O_NONBLOCK);
    }
  }

  private List<String> drain() {
    List<String> lines = new ArrayList<>();
    try {
      for (String line = device.read(); !line.isEmpty(); line = device.read()) {
        lines.add(line.strip());
      }
    } catch (KernelException e) {
      if (!e.errno().equals("EAGAIN")) {
        throw e;
      }
    }
    return lines;
  }

  /** Lets go of the device: while it is open its module cannot be unloaded. */
  public void release() {
    if (device != null) {
      device.close();
      device = null;
    }
  }

  @Override
  public void close() {
    release();
    try {
      Libc.C.close(waker);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot close an eventfd", e, "");
    }
  }
}
