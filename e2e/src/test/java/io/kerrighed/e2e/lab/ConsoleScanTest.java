// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleScanTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[   12.3] BUG: kernel NULL pointer dereference, address: 0000000000000008",
        "[   12.3] BUG: sleeping function called from invalid context at mm/slab.h:330",
        "[   12.3] WARNING: CPU: 0 PID: 77 at kernel/fork.c:1000 copy_process+0x1/0x2",
        "[   12.3] Oops: 0002 [#1] PREEMPT SMP NOPTI",
        "[   12.3] Call Trace:",
        "[   12.3] INFO: task krginit:123 blocked for more than 30 seconds.",
        "[   12.3] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:55]",
        "[   12.3] rcu: INFO: rcu_preempt self-detected stall on CPU",
        "[   12.3] rcu: rcu_preempt kthread starved for 2502 jiffies!",
        "[   12.3] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "[   12.3] general protection fault, probably for non-canonical address",
        "[   12.3] Kernel panic - not syncing: Fatal exception",
        "[   12.3] list_add corruption. next->prev should be prev",
        "[   12.3] refcount_t: underflow; use-after-free.",
        "[   12.3] BUG: Bad page state in process counter  pfn:01234",
        "[   12.3] BUG: Bad rss-counter state mm:00000000 type:MM_ANONPAGES val:3",
        "[   12.3] BUG: scheduling while atomic: migrate/99/0x00000002",
        "[   12.3] unregister_netdevice: waiting for lo to become free. Usage count = 2",
        "[   12.3] WARNING: suspicious RCU usage",
        "[   12.3] krg_epm: Unknown symbol krg_rpc_call (err -2)",
        "[   12.3] UBSAN: array-index-out-of-bounds in kernel/x.c",
        "[   12.3] BUG kmalloc-64 (Tainted: G           O      ): Poison overwritten",
      })
  void findsComplaints(String line) {
    assertThat(ConsoleScan.complains(line)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[    0.1] rcu: Preemptible hierarchical RCU implementation.",
        "[    0.1] rcu: Hierarchical RCU implementation.",
        "[    0.1] rcu: \tRCU event tracing is enabled.",
        "[    0.1] rcu: \tRCU restricting CPUs from NR_CPUS=8192 to nr_cpu_ids=1.",
        "[    0.1] \tTrampoline variant of Tasks RCU enabled.",
        "[    0.1] \tRude variant of Tasks RCU enabled.",
        "[    0.1] \tTracing variant of Tasks RCU enabled.",
        "[    0.1] rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.",
        "[    0.1] rcu: Adjusting geometry for rcu_fanout_leaf=16, nr_cpu_ids=1",
        "[    0.1] RCU Tasks: Setting shift to 0 and lim to 1 rcu_task_cb_adjust=1.",
        "[    0.1] RCU Tasks Rude: Setting shift to 0 and lim to 1 rcu_task_cb_adjust=1.",
        "[    0.1] RCU Tasks Trace: Setting shift to 0 and lim to 1 rcu_task_cb_adjust=1.",
        "[    0.1] rcu: srcu_init: Setting srcu_struct sizes based on contention.",
        "[    0.1] rcu: Hierarchical SRCU implementation.",
        "[    0.1] rcu: \tMax phase no-delay instances is 1000.",
        "[    0.1] acpi PNP0A03:00: fail to add MMCONFIG information",
        "[    9.9] krg_hotplug: node 2 is online",
        "[    9.9] Loading iSCSI transport class; debug is on",
      })
  void leavesHealthyLinesAlone(String line) {
    assertThat(ConsoleScan.complains(line)).isFalse();
  }

  @Test
  void keepsTheOrder() {
    assertThat(ConsoleScan.complaints(List.of("one", "BUG: a", "two", "Oops: b")))
        .containsExactly("BUG: a", "Oops: b");
  }
}
