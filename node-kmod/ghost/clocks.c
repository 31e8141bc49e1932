// SPDX-License-Identifier: GPL-2.0-only
/*
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME of a process go on where they were on its
 * last node: they are those of a time namespace with the difference. In streams
 * and in struct gf_header all times are as the process sees them.
 */
#include <linux/ktime.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/time_namespace.h>
#include "ghost.h"

s64 ghost_clock_offset(int clock)
{
	const struct timens_offsets *offsets = &current->nsproxy->time_ns->offsets;

	switch (clock) {
	case CLOCK_MONOTONIC:
		return timespec64_to_ns(&offsets->monotonic);
	case CLOCK_BOOTTIME:
		return timespec64_to_ns(&offsets->boottime);
	}
	return 0;
}

s64 ghost_shifted(s64 time, s64 by)
{
	s64 sum;

	if (time == KTIME_MAX || check_add_overflow(time, by, &sum))
		return KTIME_MAX;
	return max(sum, 0LL);
}

static int join_new(s64 mono, s64 boot)
{
	struct nsproxy *spaces;
	int err = krg_may_fail(-ENOMEM, krg_sym(unshare_nsproxy_namespaces)(CLONE_NEWTIME, &spaces,
									    NULL, current->fs));

	if (err)
		return err;
	spaces->time_ns_for_children->offsets.monotonic = ns_to_timespec64(mono);
	spaces->time_ns_for_children->offsets.boottime = ns_to_timespec64(boot);
	krg_sym(timens_on_fork)(spaces, current);
	krg_sym(switch_task_namespaces)(current, spaces);
	return 0;
}

int ghost_clocks_load(const struct gf_header *came, const struct gf_header *here, bool home,
		      struct krg_refusal *why)
{
	/* the coarse clock must not go back, and its last tick may be older than the stream */
	s64 coarse = ktime_get_coarse_ns() + ghost_clock_offset(CLOCK_MONOTONIC);
	s64 mono = came->mono_ns - min(here->mono_ns, coarse);
	s64 boot = came->boot_ns - here->boot_ns;
	int err;

	/* at home its clocks went on without it: ahead by what the migrations took */
	if (home && mono <= 0 && boot <= 0)
		return 0;
	err = join_new(mono + ghost_clock_offset(CLOCK_MONOTONIC),
		       boot + ghost_clock_offset(CLOCK_BOOTTIME));
	return err ? ghost_failed(why, err, "its clocks") : 0;
}
