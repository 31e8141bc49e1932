// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logs to standard error; under systemd with the prefixes that journald takes as levels. */
final class LogSetup {
  /** Held, because java.util.logging forgets the level of a logger that nobody holds. */
  private static final Logger OURS = Logger.getLogger("io.kerrighed");

  private static final Logger CLIENT = Logger.getLogger("io.fabric8");

  private LogSetup() {}

  /**
   * @param verbose also tells the details
   * @param journal is standard error connected to journald?
   */
  static void apply(boolean verbose, boolean journal) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFormatter(new Lines(journal));
    root.addHandler(handler);
    root.setLevel(Level.WARNING);
    OURS.setLevel(verbose ? Level.FINE : Level.INFO);
    // It repeats every failure that the agent reports in its own words.
    CLIENT.setLevel(verbose ? Level.INFO : Level.SEVERE);
  }

  private static final class Lines extends Formatter {
    private final boolean journal;

    Lines(boolean journal) {
      this.journal = journal;
    }

    @Override
    public String format(LogRecord record) {
      StringBuilder line = new StringBuilder();
      if (journal) {
        line.append('<').append(priority(record.getLevel())).append('>');
      } else {
        line.append(record.getInstant()).append(' ').append(record.getLevel()).append(' ');
      }
      line.append(formatMessage(record)).append('\n');
      if (record.getThrown() != null) {
        StringWriter trace = new StringWriter();
        record.getThrown().printStackTrace(new PrintWriter(trace));
        line.append(trace);
      }
      return line.toString();
    }

    /** As in syslog(3). */
    private static int priority(Level level) {
      if (level.intValue() >= Level.SEVERE.intValue()) {
        return 3;
      }
      if (level.intValue() >= Level.WARNING.intValue()) {
        return 4;
      }
      return level.intValue() >= Level.INFO.intValue() ? 6 : 7;
    }
  }
}
