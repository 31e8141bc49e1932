// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The labs of a test run, one for each test class that runs at the same time: a cluster waits more
 * than it computes, so one alone leaves a processor idle. Their instances are {@code junit-1},
 * {@code junit-2}; {@code KRG_LAB} gives another word than {@code junit}.
 */
final class SuiteLabs implements ExtensionContext.Store.CloseableResource, AutoCloseable {
  private final List<SuiteLab> all = new ArrayList<>();
  private final Deque<SuiteLab> free = new ArrayDeque<>();

  /** A lab for one class: the one with the right nodes if there is one, else one to boot anew. */
  SuiteLab lease(KrgCluster wanted) throws IOException, InterruptedException {
    SuiteLab lab = take(wanted);
    try {
      lab.provide(wanted);
    } catch (IOException | InterruptedException | RuntimeException e) {
      giveBack(lab);
      throw e;
    }
    return lab;
  }

  synchronized void giveBack(SuiteLab lab) {
    free.add(lab);
  }

  private synchronized SuiteLab take(KrgCluster wanted) {
    SuiteLab lab =
        free.stream().max(Comparator.comparing(known -> known.fits(wanted))).orElseGet(this::add);
    free.remove(lab);
    return lab;
  }

  private SuiteLab add() {
    String base = System.getenv().getOrDefault("KRG_LAB", "junit");
    SuiteLab lab = new SuiteLab("%s-%d".formatted(base, all.size() + 1));
    all.add(lab);
    return lab;
  }

  @Override
  public synchronized void close() throws IOException {
    for (SuiteLab lab : all) {
      lab.close();
    }
  }
}
