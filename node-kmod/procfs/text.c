// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc/PID/stat and /proc/PID/status say in the container: the number of the
 * CPU is that of the whole cluster, times are counted from the start of the node that
 * is up longest, as /proc/uptime is, and who runs away from home has the relations
 * it has at home.
 */
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "procfs.h"

/* The container's processes, and our workers, who read for those of other nodes. */
static bool krg_reads_proc(void)
{
	return krg_in_container() || (READ_ONCE(krg_container) && current->flags & PF_KTHREAD);
}

#define KRG_SHOW_ARGS (struct seq_file *m, struct pid_namespace *ns, struct pid *pid,	\
		       struct task_struct *task)
KRG_HOOK_IF(int, proc_tgid_stat, KRG_SHOW_ARGS, krg_reads_proc);
KRG_HOOK_IF(int, proc_tid_stat, KRG_SHOW_ARGS, krg_reads_proc);
KRG_HOOK_IF(int, proc_pid_status, KRG_SHOW_ARGS, krg_reads_proc);

/* What was written since @start, with a NUL at its end, taken out of @m; NULL: leave it. */
static char *krg_take_text(struct seq_file *m, size_t start)
{
	char *text;

	if (seq_has_overflowed(m) || m->count <= start)
		return NULL;
	text = kmemdup_nul(m->buf + start, m->count - start, GFP_KERNEL);
	if (text)
		m->count = start;
	return text;
}

/* Fields of stat, counted from 1 as in proc(5) */
enum {
	KRG_STAT_PPID = 4, KRG_STAT_PGRP, KRG_STAT_SESSION, KRG_STAT_TTY, KRG_STAT_TPGID,
	KRG_STAT_MINFLT = 10, KRG_STAT_CMINFLT, KRG_STAT_MAJFLT, KRG_STAT_CMAJFLT,
	KRG_STAT_UTIME, KRG_STAT_STIME, KRG_STAT_CUTIME, KRG_STAT_CSTIME,
	KRG_STAT_START_TIME = 22, KRG_STAT_EXIT_SIGNAL = 38, KRG_STAT_PROCESSOR,
	KRG_STAT_CGTIME = 44,
};

/*
 * Return: whether home knows this field better. What is counted, home has counted
 * until the process left.
 */
static bool krg_stat_of_home(int field, const struct krg_relations *relations, s64 *value)
{
	switch (field) {
	case KRG_STAT_PPID:
		*value = relations->ppid;
		return true;
	case KRG_STAT_PGRP:
		*value = relations->pgrp;
		return true;
	case KRG_STAT_SESSION:
		*value = relations->session;
		return true;
	case KRG_STAT_TTY:
		*value = relations->tty;
		return true;
	case KRG_STAT_TPGID:
		*value = relations->tty_pgrp;
		return true;
	case KRG_STAT_MINFLT:
		*value += relations->min_flt;
		return true;
	case KRG_STAT_MAJFLT:
		*value += relations->maj_flt;
		return true;
	case KRG_STAT_UTIME:
		*value += relations->utime;
		return true;
	case KRG_STAT_STIME:
		*value += relations->stime;
		return true;
	case KRG_STAT_CMINFLT:
		*value = relations->cmin_flt;
		return true;
	case KRG_STAT_CMAJFLT:
		*value = relations->cmaj_flt;
		return true;
	case KRG_STAT_CUTIME:
		*value = relations->cutime;
		return true;
	case KRG_STAT_CSTIME:
		*value = relations->cstime;
		return true;
	case KRG_STAT_START_TIME:
		*value = relations->start_time;
		return true;
	case KRG_STAT_EXIT_SIGNAL:
		*value = relations->exit_signal;
		return true;
	case KRG_STAT_CGTIME:
		*value = relations->cgtime;
		return true;
	}
	return false;
}

/* In clock ticks. Who sees only its own node sees that one's /proc/uptime. */
static u64 krg_ticks_ahead(void)
{
	return krg_sees_local() ? 0 : krg_sym(nsec_to_clock_t)(krg_boot_ahead());
}

/* @relations: NULL if it is no body */
static void krg_put_stat(struct seq_file *m, char *text, const struct krg_relations *relations)
{
	char *name_end = strrchr(text, ')'), *rest, *word;
	int field = 3;
	s64 value;

	if (!name_end || name_end[1] != ' ') {
		seq_puts(m, text);
		return;
	}
	seq_write(m, text, name_end + 1 - text);
	for (rest = strim(name_end + 2); (word = strsep(&rest, " ")); field++) {
		/* some fields are unsigned and do not fit: they are left alone */
		if (kstrtos64(word, 10, &value))
			seq_printf(m, " %s", word);
		else if (field == KRG_STAT_PROCESSOR)
			seq_printf(m, " %lld", value + (s64)krg_node_id() * CONFIG_NR_CPUS);
		else if (relations && krg_stat_of_home(field, relations, &value))
			seq_printf(m, " %lld", value);
		else if (field == KRG_STAT_START_TIME)
			seq_printf(m, " %lld", value + krg_ticks_ahead());
		else
			seq_printf(m, " %s", word);
	}
	seq_putc(m, '\n');
}

static void krg_stat_correct(struct seq_file *m, size_t start, pid_t process)
{
	struct krg_relations relations;
	char *text = krg_take_text(m, start);

	if (!text)
		return;
	krg_put_stat(m, text, krg_relations_of(process, &relations) ? &relations : NULL);
	kfree(text);
}

static int krg_hook_proc_tgid_stat KRG_SHOW_ARGS
{
	size_t start = m->count;
	int ret;

	krg_hook_enter(proc_tgid_stat);
	ret = krg_orig(proc_tgid_stat)(m, ns, pid, task);
	if (!ret && ns == READ_ONCE(krg_container))
		krg_stat_correct(m, start, task_tgid_nr_ns(task, ns));
	krg_hook_exit(proc_tgid_stat);
	return ret;
}

static int krg_hook_proc_tid_stat KRG_SHOW_ARGS
{
	size_t start = m->count;
	int ret;

	krg_hook_enter(proc_tid_stat);
	ret = krg_orig(proc_tid_stat)(m, ns, pid, task);
	if (!ret && ns == READ_ONCE(krg_container))
		krg_stat_correct(m, start, task_tgid_nr_ns(task, ns));
	krg_hook_exit(proc_tid_stat);
	return ret;
}

static void krg_put_status(struct seq_file *m, char *text, const struct krg_relations *relations)
{
	char *line;

	while ((line = strsep(&text, "\n")) && text) {
		if (str_has_prefix(line, "PPid:"))
			seq_printf(m, "PPid:\t%d\n", relations->ppid);
		else if (str_has_prefix(line, "NSpgid:"))
			seq_printf(m, "NSpgid:\t%d\n", relations->pgrp);
		else if (str_has_prefix(line, "NSsid:"))
			seq_printf(m, "NSsid:\t%d\n", relations->session);
		else
			seq_printf(m, "%s\n", line);
	}
}

static int krg_hook_proc_pid_status KRG_SHOW_ARGS
{
	struct krg_relations relations;
	size_t start = m->count;
	char *text;
	int ret;

	krg_hook_enter(proc_pid_status);
	ret = krg_orig(proc_pid_status)(m, ns, pid, task);
	if (!ret && ns == READ_ONCE(krg_container) &&
	    krg_relations_of(task_tgid_nr_ns(task, ns), &relations)) {
		text = krg_take_text(m, start);
		if (text)
			krg_put_status(m, text, &relations);
		kfree(text);
	}
	krg_hook_exit(proc_pid_status);
	return ret;
}

struct krg_hook *krg_text_hooks[] = {
	&krg_hook_of_proc_tgid_stat, &krg_hook_of_proc_tid_stat, &krg_hook_of_proc_pid_status,
	NULL
};
