// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.kerrighed.agent.node.KernelException;
import java.nio.charset.StandardCharsets;

/**
 * An open file of the kernel's (procfs, sysfs, a device). A write goes out in one system call,
 * which Java's streams do not promise, and an error keeps its errno.
 */
final class KernelFile implements AutoCloseable {
  private static final int READ_SIZE = 65536;

  private final String path;
  private final int fd;

  private KernelFile(String path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  static KernelFile open(String path, int flags) {
    try {
      return new KernelFile(path, Libc.C.open(path, flags | Libc.O_CLOEXEC));
    } catch (LastErrorException e) {
      throw Libc.failure("cannot open " + path, e, "");
    }
  }

  int fd() {
    return fd;
  }

  /** One write(2). A refusal carries what the file has to say about it when it is read. */
  void write(String text, boolean refusalIsReadable) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      Libc.C.write(fd, bytes, new NativeLong(bytes.length));
    } catch (LastErrorException e) {
      throw Libc.failure("cannot write " + path, e, refusalIsReadable ? refusal() : "");
    }
  }

  /** One ioctl(2) of the services file. A refusal carries the kernel's sentence. */
  void ioctl(String what, int request, Pointer argument) {
    try {
      Libc.C.ioctl(fd, new NativeLong(request & 0xffffffffL, true), argument);
    } catch (LastErrorException e) {
      String sentence = refusal();
      throw sentence.isBlank()
          ? Libc.failure(what, e, "")
          : new KernelException(Libc.name(e.getErrorCode()), sentence.strip());
    }
  }

  private String refusal() {
    try {
      return read();
    } catch (KernelException e) {
      return "";
    }
  }

  /** One read(2), as text. Empty at the end of the file. */
  String read() {
    byte[] buffer = new byte[READ_SIZE];
    try {
      int count = Libc.C.read(fd, buffer, new NativeLong(buffer.length)).intValue();
      return new String(buffer, 0, count, StandardCharsets.UTF_8);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot read " + path, e, "");
    }
  }

  @Override
  public void close() {
    try {
      Libc.C.close(fd);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot close " + path, e, "");
    }
  }
}
