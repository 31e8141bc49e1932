// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetCommandTest {
  private final VirtualSwitch network = new VirtualSwitch(new LinkRules(), new Random(1));

  private void net(String words) throws Exception {
    NetCommand.run(network, List.of(words.split(" ")));
  }

  @Test
  void setsRules() throws Exception {
    net("drop 1-2 10%");
    net("delay 2-1 1.5ms");
    net("duplicate 1-2 50");
    assertThat(network.rules().link(1, 2))
        .isEqualTo(new LinkRules.Link(false, 0.1, 0.5, 1_500_000));
    net("partition 1,2/3");
    assertThat(network.rules().link(2, 3).cut()).isTrue();
    net("heal");
    assertThat(network.rules().link(1, 2)).isEqualTo(LinkRules.Link.PERFECT);
  }

  @Test
  void readsTimes() {
    assertThat(NetCommand.time("200us")).isEqualTo(Duration.ofNanos(200_000));
    assertThat(NetCommand.time("1s")).isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "drop 1 10%",
        "drop 1-2",
        "drop 1-2 110%",
        "drop 1-2 NaN",
        "delay 1-2 5",
        "delay 1-2 ms",
        "partition 1,2",
        "partition 1,,2/3",
        "heal 1",
        "frobnicate",
        "record"
      })
  void refusesWhatItDoesNotUnderstand(String words) {
    assertThatThrownBy(() -> net(words)).isInstanceOf(LabException.class);
  }
}
