// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.Test;

/** The four sets of a process: inheritance, checks and errnos of the contract, and match rules. */
@KrgCluster(nodes = 3)
class CapabilityIT {
  private static final String RULES = "/proc/kerrighed/capability_rules";

  @Test
  void aShellOfTheContainerHasTheSetsOfItsInit(Cluster cluster) throws Exception {
    assertThat(cluster.node(1).sh("krgcapset --show").orFail().stdout())
        .isEqualTo(
            """
            Permitted Capabilities: 01067
            \tCHANGE_KERRIGHED_CAP, CAN_MIGRATE, DISTANT_FORK, CHECKPOINTABLE, USE_REMOTE_MEMORY, SEE_LOCAL_PROC_STAT
            Effective Capabilities: 01
            \tCHANGE_KERRIGHED_CAP
            Inheritable Permitted Capabilities: 01067
            \tCHANGE_KERRIGHED_CAP, CAN_MIGRATE, DISTANT_FORK, CHECKPOINTABLE, USE_REMOTE_MEMORY, SEE_LOCAL_PROC_STAT
            Inheritable Effective Capabilities: 01
            \tCHANGE_KERRIGHED_CAP
            """);
  }

  @Test
  void forkTakesTheInheritableSetsAndExecChangesNothing(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    String child =
        node.sh("krgcapset -k $$ -i -DISTANT_FORK -d +CAN_MIGRATE; sh -c 'krgcapset -k $$ -s'")
            .orFail()
            .stdout();
    assertThat(child)
        .contains(
            "Permitted Capabilities: 01063\n",
            "Effective Capabilities: 03\n",
            "Inheritable Permitted Capabilities: 01063\n",
            "Inheritable Effective Capabilities: 03\n");
    assertThat(
            node.sh("krgcapset -k $$ -e +CAN_MIGRATE; exec sh -c 'krgcapset -k $$ -s'")
                .orFail()
                .stdout())
        .contains("\nEffective Capabilities: 03\n", "\nInheritable Effective Capabilities: 01\n");
  }

  @Test
  void eachCheckHasItsErrno(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    for (String sets : new String[] {"-p 0 -e 1", "-p 1 -i 3", "-i 1 -d 3"}) {
      refused(node.sh("krgcapset -f -k $$ " + sets), "Invalid argument", "have to be in");
    }
    refused(
        node.sh("krgcapset -k $$ -p 0x23f"),
        "Function not implemented",
        "capabilities 0x8 are not supported");
    refused(node.sh("krgcapset -k 4194303 -s"), "No such process", "there is no process 4194303");
    refused(node.host("krgcapset -s"), "Operation not permitted", "not in the Kerrighed container");
    refused(
        node.shAs("nobody", "krgcapset -k 1 -d 3"),
        "Operation not permitted",
        "the process is another user's");
    refused(
        node.sh("krgcapset -f -k $$ -e 0; krgcapset -k $$ -e 1"),
        "Operation not permitted",
        "CHANGE_KERRIGHED_CAP is not effective in the process");
  }

  @Test
  void permittedOnlyShrinks(Cluster cluster) throws Exception {
    assertThat(
            cluster
                .node(1)
                .sh(
                    "krgcapset -k $$ -i 3 -p 3 || exit; krgcapset -k $$ -p 0x237 || exit;"
                        + " krgcapset -k $$ -s")
                .orFail()
                .stdout())
        .startsWith("Permitted Capabilities: 03\n");
  }

  @Test
  void rulesGiveProgramsTheirSets(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    node.host("mkdir -p /shared/bin && cp /bin/sleep /shared/bin/ruled").orFail();
    String rule =
        "movable exe=/shared/bin/* uid=* effective=CAN_MIGRATE permitted=0x237"
            + " inheritable_permitted=0x3 inheritable_effective=CAN_MIGRATE";
    node.host("echo '%s' >%s".formatted(rule, RULES)).orFail();
    String canonical =
        "movable exe=/shared/bin/* uid=* effective=0x2 permitted=0x237"
            + " inheritable_permitted=0x3 inheritable_effective=0x2\n";
    assertThat(node.host("cat " + RULES).stdout()).isEqualTo(canonical);
    int pid = node.spawn("/shared/bin/ruled 100000", "/dev/null");
    HomeProcess.await(
        "the exec",
        () ->
            node.sh("krgcapset -k %d -s".formatted(pid))
                .stdout()
                .contains("\nEffective Capabilities: 02\n"));
    node.sh("kill %d".formatted(pid)).orFail();

    String bad = "%s\\nworse exe=/x uid=* effective=CAN_FLY\\n".formatted(rule);
    CommandResult result =
        node.host(
            "exec 3<>%s; printf '%s' >&3 && exit 1; cat <&3; cat %s".formatted(RULES, bad, RULES));
    assertThat(result.stdout()).contains("line 2", "effective", "CAN_FLY").endsWith(canonical);
    node.host(": >%s; printf '\\n' >%s".formatted(RULES, RULES)).orFail();
    assertThat(node.host("cat " + RULES).stdout()).isEmpty();
  }

  private static void refused(CommandResult result, String errno, String sentence) {
    assertThat(result.exit()).as("%s", result).isEqualTo(1);
    assertThat(result.stderr()).startsWith("krgcapset: capabilities: " + errno + "\n");
    assertThat(result.stderr()).contains(sentence);
  }
}
