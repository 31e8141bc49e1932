// SPDX-License-Identifier: Apache-2.0
import java.io.FileWriter;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

/**
 * {@code zoo-mill FILE DIRECTORY}: a Java machine whose threads make and check garbage while its
 * collector and compiler work. Says what the other programs of the zoo say (zoo.h).
 */
public final class Mill {
  private static final int OK = 42;
  private static final long PID = ProcessHandle.current().pid();
  private static volatile boolean stopping;
  private static Path file;
  private static long checksum;

  private interface Work {
    void turn(long number) throws Exception;
  }

  private record Tree(Tree left, Tree right) {
    static Tree of(int depth) {
      return depth == 0 ? new Tree(null, null) : new Tree(of(depth - 1), of(depth - 1));
    }

    int count() {
      return left == null ? 1 : 1 + left.count() + right.count();
    }
  }

  public static void main(String[] args) throws Exception {
    file = Path.of(args[0]);
    Files.createDirectories(Path.of(args[1]));
    BlockingQueue<Long> handed = new LinkedBlockingQueue<>(16);
    AtomicLong taken = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    threads.add(start("trees", number -> must(Tree.of(11).count() == 4095, "trees")));
    threads.add(start("maps", Mill::maps));
    threads.add(start("numbers", Mill::numbers));
    threads.add(
        start(
            "giver",
            number -> {
              boolean given = false;
              while (!stopping && !given) {
                given = handed.offer(number, 50, TimeUnit.MILLISECONDS);
              }
            }));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(threads)));
    say("ready");
    long time = System.nanoTime();
    for (long round = 1; ; round++) {
      for (int i = 0; i < 8; i++) {
        Long next = handed.take();
        must(next == taken.getAndIncrement(), "numbers come in their order");
      }
      if (round % 8 == 0) {
        System.gc();
      }
      must(System.nanoTime() >= time, "time stepped back");
      time = System.nanoTime();
      must(ProcessHandle.current().pid() == PID, "another process");
      say("round " + round);
    }
  }

  /** SIGTERM came: all threads end well, then the machine. */
  private static void end(List<Thread> threads) {
    stopping = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      say("ok");
      Runtime.getRuntime().halt(OK);
    } catch (Exception e) {
      broken(e);
    }
  }

  private static Thread start(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                for (long number = 0; !stopping; number++) {
                  work.turn(number);
                  must(Thread.currentThread().getName().equals(name), "another thread");
                  Thread.sleep(10);
                }
              } catch (Throwable e) {
                broken(e);
              }
            },
            name);
    thread.start();
    return thread;
  }

  private static void maps(long number) {
    Map<String, byte[]> map = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      byte[] value = new byte[200];
      value[i % 200] = (byte) i;
      map.put(number + "-" + i, value);
    }
    CRC32 crc = new CRC32();
    for (int i = 0; i < 500; i++) {
      byte[] value = map.remove(number + "-" + i);
      must(value != null && value[i % 200] == (byte) i, "maps");
      crc.update(value);
    }
    if (number == 0) {
      checksum = crc.getValue();
    }
    must(crc.getValue() == checksum, "checksums");
  }

  private static void numbers(long number) {
    BigInteger big = BigInteger.TWO.pow(521).subtract(BigInteger.ONE);
    BigInteger base = BigInteger.valueOf(number + 3);
    must(base.modPow(big.subtract(BigInteger.ONE), big).equals(BigInteger.ONE), "Fermat");
    double sum = 0;
    for (int i = 59; i >= 0; i--) {
      sum += Math.scalb(1.0, -i);
    }
    must(sum == 2 - Math.scalb(1.0, -59), "doubles");
  }

  private static void must(boolean condition, String what) {
    if (!condition) {
      broken(new IllegalStateException(what));
    }
  }

  private static void broken(Throwable e) {
    try {
      say("broken: " + e);
    } catch (IOException again) {
      e.addSuppressed(again);
    }
    Runtime.getRuntime().halt(1);
  }

  private static synchronized void say(String line) throws IOException {
    // not by a channel of java.nio: those keep a socket open
    try (FileWriter out = new FileWriter(file.toFile(), true)) {
      out.write(line + "\n");
    }
  }
}
