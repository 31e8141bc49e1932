// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the switch does to frames between two nodes; the same in both directions. */
final class LinkRules {
  /**
   * The state of one link.
   *
   * @param cut nothing passes
   * @param drop probability, 0 to 1, that a frame is lost
   * @param duplicate probability, 0 to 1, that a frame arrives twice
   * @param delayNanos added to the way of each frame
   */
  record Link(boolean cut, double drop, double duplicate, long delayNanos) {
    static final Link PERFECT = new Link(false, 0, 0, 0);
  }

  private record Pair(int low, int high) {
    static Pair of(int a, int b) {
      return new Pair(Math.min(a, b), Math.max(a, b));
    }
  }

  private final Map<Pair, Link> links = new HashMap<>();

  synchronized Link link(int a, int b) {
    return links.getOrDefault(Pair.of(a, b), Link.PERFECT);
  }

  synchronized void drop(int a, int b, double probability) {
    Link old = link(a, b);
    set(a, b, new Link(old.cut, checked(probability), old.duplicate, old.delayNanos));
  }

  synchronized void duplicate(int a, int b, double probability) {
    Link old = link(a, b);
    set(a, b, new Link(old.cut, old.drop, checked(probability), old.delayNanos));
  }

  synchronized void delay(int a, int b, Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("a delay cannot be negative");
    }
    Link old = link(a, b);
    set(a, b, new Link(old.cut, old.drop, old.duplicate, delay.toNanos()));
  }

  /** Cuts every link between nodes of different groups; nodes in no group keep their links. */
  synchronized void partition(List<? extends Collection<Integer>> groups) {
    for (int i = 0; i < groups.size(); i++) {
      for (int j = i + 1; j < groups.size(); j++) {
        for (int a : groups.get(i)) {
          for (int b : groups.get(j)) {
            cut(a, b);
          }
        }
      }
    }
  }

  private void cut(int a, int b) {
    if (a == b) {
      throw new IllegalArgumentException("node %d is in two groups".formatted(a));
    }
    Link old = link(a, b);
    set(a, b, new Link(true, old.drop, old.duplicate, old.delayNanos));
  }

  /** All links are perfect again. */
  synchronized void heal() {
    links.clear();
  }

  private void set(int a, int b, Link link) {
    if (a == b) {
      throw new IllegalArgumentException("a link is between two different nodes");
    }
    links.put(Pair.of(a, b), link);
  }

  private static double checked(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("a probability is between 0 and 1");
    }
    return probability;
  }
}
