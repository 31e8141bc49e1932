// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import io.kerrighed.agent.node.KernelException;

/**
 * The few functions of the C library that Java has no equal of. Each throws on -1 with its errno.
 */
interface Libc extends Library {
  Libc C = Native.load("c", Libc.class);

  int O_RDONLY = 0;
  int O_WRONLY = 1;
  int O_RDWR = 2;
  int O_CLOEXEC = 0x80000;
  int O_NONBLOCK = 0x800;
  short POLLIN = 1;
  int SIGTERM = 15;
  int SIGKILL = 9;
  int AF_UNIX = 1;
  int SOCK_DGRAM_CLOEXEC = 2 | O_CLOEXEC;

  int MODULE_INIT_COMPRESSED_FILE = 4;

  /** finit_module(2) and delete_module(2) have no wrapper in glibc. */
  long SYS_FINIT_MODULE = 313;

  long SYS_DELETE_MODULE = 176;

  int open(String path, int flags) throws LastErrorException;

  int close(int fd) throws LastErrorException;

  NativeLong read(int fd, byte[] buffer, NativeLong length) throws LastErrorException;

  NativeLong write(int fd, byte[] buffer, NativeLong length) throws LastErrorException;

  int ioctl(int fd, NativeLong request, Pointer argument) throws LastErrorException;

  int poll(Pointer fds, NativeLong count, int timeoutMillis) throws LastErrorException;

  int eventfd(int value, int flags) throws LastErrorException;

  int kill(int pid, int signal) throws LastErrorException;

  int socket(int domain, int type, int protocol) throws LastErrorException;

  NativeLong sendto(
      int fd, byte[] buffer, NativeLong length, int flags, byte[] address, int addressLength)
      throws LastErrorException;

  NativeLong syscall(NativeLong number, Object... arguments) throws LastErrorException;

  Pointer getpwnam(String name) throws LastErrorException;

  String strerrorname_np(int errno);

  String strerror(int errno);

  /** The failure of a call as people want to read it: {@code what: sentence (ERRNO)}. */
  static KernelException failure(String what, LastErrorException e, String sentence) {
    String reason = sentence.isBlank() ? C.strerror(e.getErrorCode()) : sentence.strip();
    return new KernelException(name(e.getErrorCode()), what + ": " + reason);
  }

  /** {@code EBUSY} for 16. */
  static String name(int errno) {
    String name = C.strerrorname_np(errno);
    return name == null ? "E" + errno : name;
  }

  /** A C string in memory of its own. */
  static Memory string(String text) {
    Memory memory = new Memory(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length + 1L);
    memory.setString(0, text, "UTF-8");
    return memory;
  }
}
