// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code net} verb: what the switch shall do, in words. */
final class NetCommand {
  static final String USAGE =
      """
      net drop A-B PERCENT       loses that share of the frames between two nodes
      net duplicate A-B PERCENT  lets that share arrive twice
      net delay A-B TIME         5ms, 200us, 1s
      net partition A,B/C        cuts all links between the groups
      net heal                   all links are perfect again
      net record FILE | off      writes what passes the switch to a pcap file""";

  private static final Pattern LINK = Pattern.compile("(\\d+)-(\\d+)");
  private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d+)?)(us|ms|s)");

  private NetCommand() {}

  static void run(VirtualSwitch network, List<String> words) throws IOException {
    LinkRules rules = network.rules();
    switch (words.isEmpty() ? "" : words.get(0)) {
      case "drop" -> {
        int[] link = link(word(words, 1, 3));
        rules.drop(link[0], link[1], share(word(words, 2, 3)));
      }
      case "duplicate" -> {
        int[] link = link(word(words, 1, 3));
        rules.duplicate(link[0], link[1], share(word(words, 2, 3)));
      }
      case "delay" -> {
        int[] link = link(word(words, 1, 3));
        rules.delay(link[0], link[1], time(word(words, 2, 3)));
      }
      case "partition" -> rules.partition(groups(word(words, 1, 2)));
      case "heal" -> {
        word(words, 0, 1);
        rules.heal();
      }
      case "record" -> {
        String file = word(words, 1, 2);
        if (file.equals("off")) {
          network.stopRecording();
        } else {
          network.record(Path.of(file));
        }
      }
      default -> throw new LabException("net knows:\n" + USAGE);
    }
  }

  private static String word(List<String> words, int index, int count) {
    if (words.size() != count) {
      throw new LabException("net knows:\n" + USAGE);
    }
    return words.get(index);
  }

  static int[] link(String text) {
    Matcher m = LINK.matcher(text);
    if (!m.matches()) {
      throw new LabException("'%s' is no link: write two node ids, 1-2".formatted(text));
    }
    return new int[] {Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2))};
  }

  static double share(String text) {
    try {
      String number = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
      double percent = Double.parseDouble(number);
      if (percent >= 0 && percent <= 100) {
        return percent / 100;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new LabException("'%s' is no share: write 0%% to 100%%".formatted(text));
  }

  static Duration time(String text) {
    Matcher m = TIME.matcher(text);
    if (!m.matches()) {
      throw new LabException("'%s' is no time: write 200us, 5ms or 1s".formatted(text));
    }
    double factor =
        switch (m.group(2)) {
          case "us" -> 1e3;
          case "ms" -> 1e6;
          default -> 1e9;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(m.group(1)) * factor));
  }

  static List<List<Integer>> groups(String text) {
    List<List<Integer>> groups = new ArrayList<>();
    for (String group : text.split("/")) {
      if (!group.matches("\\d+(,\\d+)*")) {
        throw new LabException("'%s' is no partition: write 1,2/3".formatted(text));
      }
      groups.add(Arrays.stream(group.split(",")).map(Integer::valueOf).toList());
    }
    if (groups.size() < 2) {
      throw new LabException("'%s' is one group only: write 1,2/3".formatted(text));
    }
    return groups;
  }
}
