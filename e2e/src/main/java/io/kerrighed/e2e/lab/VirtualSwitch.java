// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * The Ethernet switch between the nodes' cluster cards. A port is one node; its card's address
 * carries the node's id, so nothing has to be learned. What happens to a frame between two nodes is
 * decided by {@link LinkRules}; a recorder sees each frame that enters the switch.
 */
final class VirtualSwitch implements Closeable {
  private final Map<Integer, SwitchPort> ports = new ConcurrentHashMap<>();
  private final LinkRules rules;
  private final RandomGenerator random;
  private PcapWriter recorder;

  VirtualSwitch(LinkRules rules, RandomGenerator random) {
    this.rules = rules;
    this.random = random;
  }

  LinkRules rules() {
    return rules;
  }

  /** The address of a node's cluster card. */
  static String macAddress(int node) {
    return "52:54:00:6b:72:%02x".formatted(node);
  }

  private static final byte[] PREFIX = {0x52, 0x54, 0x00, 0x6b, 0x72};

  /** The node a frame is for, or -1 for all of them. */
  private static int target(byte[] frame) {
    for (int i = 0; i < PREFIX.length; i++) {
      if (frame[i] != PREFIX[i]) {
        return -1;
      }
    }
    return frame[PREFIX.length] & 0xff;
  }

  /** Makes a port whose card connects to the given socket; replaces the node's earlier port. */
  void plug(int node, Path socket) throws IOException {
    unplug(node);
    SwitchPort port = new SwitchPort(socket, "node%d".formatted(node), f -> forward(node, f));
    ports.put(node, port);
  }

  void unplug(int node) {
    SwitchPort port = ports.remove(node);
    if (port != null) {
      port.close();
    }
  }

  /** Starts writing each frame that enters the switch to a pcap file. */
  synchronized void record(Path file) throws IOException {
    stopRecording();
    recorder = new PcapWriter(file);
  }

  synchronized void stopRecording() throws IOException {
    if (recorder != null) {
      PcapWriter ended = recorder;
      recorder = null;
      ended.close();
    }
  }

  private synchronized void note(byte[] frame) {
    if (recorder == null) {
      return;
    }
    try {
      recorder.write(frame);
    } catch (IOException e) {
      recorder = null; // the network goes on
      System.err.println("lab: the recording of the network ends: " + e);
    }
  }

  private void forward(int from, byte[] frame) {
    if (frame.length < 14) {
      return;
    }
    note(frame);
    int target = target(frame);
    if (target >= 0) {
      SwitchPort port = ports.get(target);
      if (port != null) {
        pass(from, target, port, frame);
      }
      return;
    }
    ports.forEach(
        (to, port) -> {
          if (to != from) {
            pass(from, to, port, frame);
          }
        });
  }

  private void pass(int from, int to, SwitchPort port, byte[] frame) {
    LinkRules.Link link = rules.link(from, to);
    if (link.cut() || random.nextDouble() < link.drop()) {
      return;
    }
    port.send(frame, link.delayNanos());
    if (random.nextDouble() < link.duplicate()) {
      port.send(frame, link.delayNanos());
    }
  }

  /** Whether the node's card is connected; frames for it are lost until then. */
  boolean connected(int node) {
    SwitchPort port = ports.get(node);
    return port != null && port.connected();
  }

  @Override
  public void close() throws IOException {
    ports.values().forEach(SwitchPort::close);
    ports.clear();
    stopRecording();
  }
}
