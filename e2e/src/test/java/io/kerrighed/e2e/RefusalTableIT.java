// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Each reason of {@code node-kmod/ghost/refusals.h} is provoked by {@code e2e/programs/immobile.c},
 * is told with its errno and sentence, and harms nobody.
 */
@KrgCluster(nodes = 2)
class RefusalTableIT {
  private static final Path REFUSALS =
      Path.of(System.getProperty("lab.repository", ".."), "node-kmod/ghost/refusals.h");
  private static final Pattern REASON =
      Pattern.compile("(?m)^REFUSAL\\((\\w+), (\\w+), \"([^\"]*)\",");
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final Map<String, String> ERRORS =
      Map.of(
          "EPERM", "Operation not permitted",
          "EBUSY", "Device or resource busy",
          "ENOSYS", "Function not implemented",
          "ENOENT", "No such file or directory",
          "ESTALE", "Stale file handle",
          "ENOMEM", "Cannot allocate memory",
          "EMFILE", "Too many open files",
          "EINVAL", "Invalid argument");

  /** Why a reason cannot be provoked with the lab's nodes, or where it is. */
  private static final Map<String, String> ELSEWHERE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("NOT_A_PROCESS", "kernel threads have no PID in the container"),
              Map.entry("INIT", "epm refuses it before"),
              Map.entry("EXITING", "a race: between two looks"),
              Map.entry("TRACED", "CAN_MIGRATE is off while a debugger is attached: RefusalIT"),
              Map.entry("LEADER_ENDED", "RefusalIT"),
              Map.entry("THREAD_FILES", "RefusalIT"),
              Map.entry("THREAD_FS", "RefusalIT"),
              Map.entry("TRACING", "CAN_MIGRATE is off for a debugger"),
              Map.entry("NESTED_CONTAINER", "a container in the container has no CAN_MIGRATE"),
              Map.entry("CONFINED", "needs an AppArmor profile"),
              Map.entry("SHADOW_STACK", "no emulated processor has it"),
              Map.entry("AMX", "no emulated processor has it"),
              Map.entry("NO_XSAVE", "every emulated processor has it"),
              Map.entry("COMPAT", "needs a 32-bit compiler"),
              Map.entry("SPECULATION", "no emulated processor has anything to switch"),
              Map.entry("BINARY_FORMAT", "Debian's kernels run nothing but ELF programs"),
              Map.entry("MAP_SPECIAL", "no driver of the lab makes one"),
              Map.entry("MM_TAGGED", "no emulated processor has linear address masking"),
              Map.entry("SCHED_POLICY", "no kernel here has one that cannot move"),
              Map.entry("ARRIVE_KIND", "a file replaced between two looks"),
              Map.entry("ARRIVE_NOT_SHARED", "needs nodes with different mounts"),
              Map.entry("ARRIVE_MAP", "needs a node without memory"),
              Map.entry("ARRIVE_PAGE", "needs a node without memory"),
              Map.entry("ARRIVE_FD", "needs a node without memory"),
              Map.entry("ARRIVE_XSTATE", "format_test: streams that nobody writes"),
              Map.entry("ARRIVE_SCHED", "needs nodes with different deadline bandwidth"),
              Map.entry("ARRIVE_TIMER", "needs a node without memory"),
              Map.entry("ARRIVE_STREAM", "format_test: streams that nobody writes")));

  /** Prints for each a line "= NAME", then what migrate says, then whether it lives. */
  private static final String PROVOKE_ALL =
      """
      krgcapset -k $$ -e +CAN_MIGRATE -p +CAN_MIGRATE -i +CAN_MIGRATE -d +CAN_MIGRATE || exit 1
      for reason in $(immobile list); do
        immobile $reason /shared/$reason.pid </dev/null >/shared/$reason.out 2>&1 &
      done
      for reason in $(immobile list); do
        echo "= $reason"
        until [ -e /shared/$reason.pid ] || [ -s /shared/$reason.out ]; do sleep 0.1; done
        cat /shared/$reason.out
        pid=$(cat /shared/$reason.pid) || continue
        migrate $pid 2 && echo "it has moved"
        kill -0 $pid && echo alive
      done 2>&1
      """;

  private record Reason(String error, Pattern sentence) {}

  @Test
  void eachReasonIsToldAndHarmsNobody(Cluster cluster) throws Exception {
    Map<String, Reason> reasons = reasons();
    Node node = cluster.node(1);
    List<String> provoked = node.host("immobile list").orFail().stdout().lines().toList();
    TreeSet<String> known = new TreeSet<>(ELSEWHERE.keySet());
    provoked.forEach(reason -> known.add(reason.toUpperCase()));
    assertThat(known).as("provoked, or excused").isEqualTo(new TreeSet<>(reasons.keySet()));

    String said = node.sh(PROVOKE_ALL, LIMIT).orFail().stdout();
    SoftAssertions all = new SoftAssertions();
    for (String one : said.split("(?m)^= ")) {
      if (!one.isEmpty()) {
        List<String> lines = one.lines().toList();
        Reason expected = reasons.get(lines.get(0).toUpperCase());
        all.assertThat(lines).as(one).hasSize(4).endsWith("alive");
        all.assertThat(lines).as(one).element(1).isEqualTo("migrate: " + expected.error());
        all.assertThat(one.lines().skip(2).findFirst().orElse(""))
            .as(one)
            .matches(expected.sentence());
      }
    }
    all.assertAll();
    assertThat(said.lines().filter("alive"::equals)).hasSameSizeAs(provoked);
  }

  /** By name: the error as {@code migrate} prints it, and its second line. */
  private static Map<String, Reason> reasons() throws IOException {
    Map<String, Reason> reasons = new LinkedHashMap<>();
    Matcher matcher = REASON.matcher(Files.readString(REFUSALS));
    while (matcher.find()) {
      String sentence =
          Pattern.quote(matcher.group(3)).replaceAll("%(d|s|lx|llx|llu|u)", "\\\\E.+\\\\Q");
      reasons.put(
          matcher.group(1),
          new Reason(
              ERRORS.get(matcher.group(2)), Pattern.compile("migrate: (node \\d+: )?" + sentence)));
    }
    return reasons;
  }
}
