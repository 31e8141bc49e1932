// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Writes Ethernet frames to a pcap file (nanosecond format), stamped with the time of the call. */
final class PcapWriter implements Closeable {
  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  private static final int LINKTYPE_ETHERNET = 1;

  private final DataOutputStream out;

  PcapWriter(Path file) throws IOException {
    out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
    out.writeInt(MAGIC_NANOSECONDS);
    out.writeShort(2);
    out.writeShort(4);
    out.writeInt(0);
    out.writeInt(0);
    out.writeInt(SwitchPort.LARGEST_FRAME);
    out.writeInt(LINKTYPE_ETHERNET);
  }

  void write(byte[] frame) throws IOException {
    Instant now = Instant.now();
    out.writeInt((int) now.getEpochSecond());
    out.writeInt(now.getNano());
    out.writeInt(frame.length);
    out.writeInt(frame.length);
    out.write(frame);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
