// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Random moments from before a migration's begin to after its end, and how many of them fell into
 * which part of it.
 */
final class KillMoments {
  private static final String LAST_MIGRATION =
      "awk '$2 == %d { total = $7 } END { print total }' "
          + "/sys/kernel/debug/kerrighed/epm/migrations";
  private static final int REHEARSALS = 3;

  /** In migrations after the begin of one. */
  private static final double EARLIEST = -0.2;

  private static final double LATEST = 1.5;

  private final Random random;
  private final Duration begin;
  private final Duration whole;
  private int before;
  private int during;
  private int after;
  private Duration moment;

  private KillMoments(Random random, Duration begin, Duration whole) {
    this.random = random;
    this.begin = begin;
    this.whole = whole;
  }

  /** Measures how long the command takes that migrates a process, and the kernel's part of it. */
  static KillMoments rehearse(Cluster cluster, HomeProcess process, Node home, long seed)
      throws InterruptedException {
    List<Duration> begins = new ArrayList<>();
    List<Duration> wholes = new ArrayList<>();
    for (int i = 0; i < REHEARSALS; i++) {
      for (int way = 0; way < 2; way++) {
        Node source = cluster.node(1 + way);
        long start = System.nanoTime();
        process.migrated(home, 2 - way);
        Duration whole = Duration.ofNanos(System.nanoTime() - start);
        String micros = source.host(LAST_MIGRATION.formatted(process.pid)).stdout();
        wholes.add(whole);
        begins.add(whole.minusNanos(Long.parseLong(micros.strip()) * 1000));
      }
    }
    return new KillMoments(new Random(seed), median(begins), median(wholes));
  }

  private static Duration median(List<Duration> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }

  /** How long after the command's start the next kill comes. */
  Duration next() {
    Duration migration = whole.minus(begin);
    double share = random.nextDouble(EARLIEST, LATEST);
    moment = begin.plusNanos((long) (share * migration.toNanos()));
    return moment.isNegative() ? Duration.ZERO : moment;
  }

  /** Notes what the command at which the last {@link #next} was aimed said. */
  void note(CommandResult result) {
    if (result.exit() == 0) {
      after++;
    } else if (moment.compareTo(begin) < 0) {
      before++;
    } else {
      during++;
    }
  }

  /** If all kills came too early or too late, nothing was tested. */
  void assertSomeWereMet() {
    String summary =
        "kills before the migration: %d, during: %d, after: %d; it takes %d ms, from %d ms on"
            .formatted(before, during, after, whole.minus(begin).toMillis(), begin.toMillis());
    System.err.println(summary);
    assertThat(during).as(summary).isPositive();
  }
}
