// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VirtualSwitchTest {
  private static final int BROADCAST = 0xff;

  @TempDir Path directory;
  private final VirtualSwitch network = new VirtualSwitch(new LinkRules(), new Random(1));
  private Card one;
  private Card two;
  private Card three;

  /** The other end of a port, as QEMU drives it. */
  private record Card(SocketChannel socket) {
    void send(byte[] frame) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame);
      buffer.flip();
      while (buffer.hasRemaining()) {
        socket.write(buffer);
      }
    }

    byte[] receive() throws IOException {
      return fill(fill(ByteBuffer.allocate(4)).getInt()).array();
    }

    private ByteBuffer fill(int length) throws IOException {
      return fill(ByteBuffer.allocate(length));
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
      while (buffer.hasRemaining()) {
        assertThat(socket.read(buffer)).isNotNegative();
      }
      return buffer.flip();
    }
  }

  @BeforeEach
  void plugCards() throws IOException {
    one = plug(1);
    two = plug(2);
    three = plug(3);
  }

  private Card plug(int node) throws IOException {
    Path socket = directory.resolve("net%d.sock".formatted(node));
    network.plug(node, socket);
    Card card = new Card(Sockets.connect(socket));
    while (!network.connected(node)) {
      Thread.yield();
    }
    return card;
  }

  @AfterEach
  void close() throws IOException {
    network.close();
  }

  private static byte[] frame(int target, int... content) {
    byte[] frame = new byte[60];
    byte[] mac =
        target == BROADCAST
            ? new byte[] {-1, -1, -1, -1, -1, -1}
            : new byte[] {0x52, 0x54, 0, 0x6b, 0x72, (byte) target};
    System.arraycopy(mac, 0, frame, 0, mac.length);
    for (int i = 0; i < content.length; i++) {
      frame[14 + i] = (byte) content[i];
    }
    return frame;
  }

  /** A frame that passed the same queues after all others shows that those did not come. */
  private void assertNext(Card card, byte[] frame) throws IOException {
    assertThat(card.receive()).isEqualTo(frame);
  }

  @Test
  void aFrameGoesToItsNodeOnly() throws IOException {
    one.send(frame(2, 1));
    one.send(frame(3, 2));
    assertNext(two, frame(2, 1));
    assertNext(three, frame(3, 2));
    one.send(frame(2, 3));
    assertNext(two, frame(2, 3));
  }

  @Test
  void aBroadcastGoesToAllOthers() throws IOException {
    one.send(frame(BROADCAST, 7));
    two.send(frame(1, 8));
    assertNext(two, frame(BROADCAST, 7));
    assertNext(three, frame(BROADCAST, 7));
    assertNext(one, frame(1, 8));
  }

  @Test
  void framesKeepTheirOrder() throws IOException {
    for (int i = 0; i < 2000; i++) {
      one.send(frame(2, i >> 8, i));
    }
    for (int i = 0; i < 2000; i++) {
      assertNext(two, frame(2, i >> 8, i));
    }
  }

  @Test
  void aCutLinkPassesNothingAndOthersGoOn() throws IOException {
    network.rules().partition(List.of(List.of(1, 3), List.of(2)));
    one.send(frame(2, 1));
    one.send(frame(3, 2));
    assertNext(three, frame(3, 2));
    network.rules().heal();
    one.send(frame(2, 3));
    assertNext(two, frame(2, 3));
  }

  @Test
  void dropsAndDuplicates() throws IOException {
    network.rules().drop(1, 2, 1);
    one.send(frame(2, 1));
    network.rules().duplicate(2, 3, 1);
    three.send(frame(2, 2));
    assertNext(two, frame(2, 2));
    assertNext(two, frame(2, 2));
  }

  @Test
  void aDelayedFrameComesAfterALaterOneOfAnotherLink() throws IOException {
    network.rules().delay(1, 2, Duration.ofSeconds(5));
    one.send(frame(2, 1));
    one.send(frame(3, 1));
    assertNext(three, frame(3, 1));
    three.send(frame(2, 2));
    assertNext(two, frame(2, 2));
    assertNext(two, frame(2, 1));
  }

  @Test
  void aCardThatTakesNothingHoldsUpNobody() throws IOException {
    byte[] large = new byte[1500];
    System.arraycopy(frame(2), 0, large, 0, 14);
    for (int i = 0; i < 20_000; i++) {
      one.send(large);
    }
    one.send(frame(3, 5));
    assertNext(three, frame(3, 5));
  }

  @Test
  void aNewCardTakesThePlaceOfALostOne() throws IOException {
    two.socket.close();
    two = plug(2);
    one.send(frame(BROADCAST, 1));
    assertNext(three, frame(BROADCAST, 1));
    assertNext(two, frame(BROADCAST, 1));
    one.send(frame(2, 2));
    assertNext(two, frame(2, 2));
  }

  @Test
  void recordsWhatPasses() throws IOException {
    Path file = directory.resolve("net.pcap");
    network.record(file);
    one.send(frame(2, 1));
    assertNext(two, frame(2, 1));
    network.stopRecording();
    one.send(frame(2, 2));
    assertNext(two, frame(2, 2));
    ByteBuffer pcap = ByteBuffer.wrap(Files.readAllBytes(file));
    assertThat(pcap.getInt()).isEqualTo(0xa1b23c4d);
    assertThat(pcap.limit()).isEqualTo(24 + 16 + 60);
    assertThat(pcap.getInt(24 + 8)).isEqualTo(60);
    byte[] recorded = new byte[60];
    pcap.get(40, recorded);
    assertThat(recorded).isEqualTo(frame(2, 1));
  }

  @Test
  void takesFramesOutOfAnyPieces() throws IOException {
    ByteBuffer in = ByteBuffer.allocate(100);
    in.putShort((short) 0).flip();
    assertThat(SwitchPort.nextFrame(in)).isNull();
    in.compact().putShort((short) 3).put((byte) 1).flip();
    assertThat(SwitchPort.nextFrame(in)).isNull();
    in.compact().put((byte) 2).put((byte) 3).putInt(0).flip();
    assertThat(SwitchPort.nextFrame(in)).containsExactly(1, 2, 3);
    assertThat(SwitchPort.nextFrame(in)).isEmpty();
    assertThat(SwitchPort.nextFrame(in)).isNull();
    in.clear();
    in.putInt(-1).flip();
    assertThatThrownBy(() -> SwitchPort.nextFrame(in)).isInstanceOf(IOException.class);
    in.clear();
    in.putInt(SwitchPort.LARGEST_FRAME + 1).flip();
    assertThatThrownBy(() -> SwitchPort.nextFrame(in)).isInstanceOf(IOException.class);
  }
}
