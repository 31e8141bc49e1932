// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a cpio archive in the "newc" format, which the kernel takes as initramfs. */
final class CpioArchive implements Closeable {
  private static final int DIRECTORY = 0040755;
  private static final int PROGRAM = 0100755;
  private static final int LINK = 0120777;
  private static final int CHARACTER_DEVICE = 0020600;

  private final OutputStream out;
  private int inode = 1;

  CpioArchive(Path file) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file));
  }

  void directory(String name) throws IOException {
    entry(name, DIRECTORY, new byte[0], 0, 0);
  }

  void file(String name, Path content) throws IOException {
    entry(name, PROGRAM, Files.readAllBytes(content), 0, 0);
  }

  void link(String name, String target) throws IOException {
    entry(name, LINK, target.getBytes(StandardCharsets.UTF_8), 0, 0);
  }

  void device(String name, int major, int minor) throws IOException {
    entry(name, CHARACTER_DEVICE, new byte[0], major, minor);
  }

  private void entry(String name, int mode, byte[] content, int major, int minor)
      throws IOException {
    byte[] path = (name + "\0").getBytes(StandardCharsets.UTF_8);
    int[] fields = {inode++, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, path.length, 0};
    StringBuilder header = new StringBuilder("070701");
    for (int field : fields) {
      header.append("%08X".formatted(field));
    }
    out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
    out.write(path);
    pad(header.length() + path.length);
    out.write(content);
    pad(content.length);
  }

  private void pad(int written) throws IOException {
    out.write(new byte[(4 - written % 4) % 4]);
  }

  @Override
  public void close() throws IOException {
    entry("TRAILER!!!", 0, new byte[0], 0, 0);
    out.close();
  }
}
