// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/kerrighed/capability_rules: which programs of which users get which sets
 * when they start. One write replaces the table; what is wrong with one that was
 * refused is read from the same open file, otherwise reading gives the table.
 */
#define pr_fmt(fmt) "krg_capability: " fmt

#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/glob.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kerrighed/hooks.h>
#include <kerrighed/hotplug.h>
#include "capability.h"
#include "rule_text.h"

#define TEXT_MAX (256 << 10)

struct rule {
	struct krg_rule rule;
	atomic_long_t matched;		/* processes that got it */
};

struct table {
	struct rcu_head rcu;
	int count;
	struct rule rule[];
};

struct path_room {
	char path[PATH_MAX];
};

static struct table __rcu *table;
static DEFINE_MUTEX(table_lock);	/* of who replaces it */
static struct dentry *debug_dir;
static struct path_room __percpu *path_room;

static bool matches(const struct krg_rule *rule, const char *exe, uid_t uid)
{
	return (rule->any_uid || rule->uid == uid) && glob_match(rule->exe, exe);
}

/* Tracepoint: may not sleep. The new program has its credentials already. */
static void executed(void *data, struct task_struct *task, pid_t old_pid,
		     struct linux_binprm *bprm)
{
	uid_t uid = from_kuid(&init_user_ns, current_uid());
	struct table *now;
	char *exe;
	int i;

	if (!krg_in_container())
		return;
	preempt_disable();		/* for this CPU's room */
	rcu_read_lock();
	now = rcu_dereference(table);
	if (!now)
		goto out;
	exe = d_path(&bprm->file->f_path, this_cpu_ptr(path_room)->path, PATH_MAX);
	if (IS_ERR(exe))
		goto out;
	for (i = 0; i < now->count; i++) {
		struct rule *r = &now->rule[i];

		if (!matches(&r->rule, exe, uid))
			continue;
		if (krg_cap_update(current, &r->rule.caps, NULL))
			pr_warn_ratelimited("no memory for the capabilities of process %d\n",
					    task_pid_nr(current));
		else
			atomic_long_inc(&r->matched);
		break;
	}
out:
	rcu_read_unlock();
	preempt_enable();
}

/* What one open file remembers of its last write. */
struct rules_file {
	struct krg_rule_error error;
};

static int count_lines(const char *text)
{
	int n = 1;

	while ((text = strchr(text, '\n'))) {
		n++;
		text++;
	}
	return n;
}

static struct table *parse(char *text, struct krg_rule_error *error)
{
	int i, n, room = count_lines(text);
	struct krg_rule *rules = kvcalloc(room, sizeof(*rules), GFP_KERNEL);
	struct table *new = NULL;

	if (!rules)
		return ERR_PTR(-ENOMEM);
	n = krg_rules_parse(text, rules, room, KRG_CAP_SUPPORTED, error);
	if (n < 0) {
		new = ERR_PTR(-EINVAL);
		goto out;
	}
	new = kvzalloc(struct_size(new, rule, n), GFP_KERNEL);
	if (!new) {
		new = ERR_PTR(-ENOMEM);
		goto out;
	}
	new->count = n;
	for (i = 0; i < n; i++)
		new->rule[i].rule = rules[i];
out:
	kvfree(rules);
	return new;
}

static void replace(struct table *new)
{
	struct table *old;

	mutex_lock(&table_lock);
	old = rcu_replace_pointer(table, new, lockdep_is_held(&table_lock));
	mutex_unlock(&table_lock);
	if (old)
		kvfree_rcu(old, rcu);
}

static ssize_t rules_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct seq_file *seq = file->private_data;
	struct rules_file *f = seq->private;
	struct table *new;
	char *text;

	f->error.text[0] = '\0';
	if (count > TEXT_MAX) {
		scnprintf(f->error.text, sizeof(f->error.text), "longer than %d bytes", TEXT_MAX);
		return -EFBIG;
	}
	text = kvzalloc(count + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (copy_from_user(text, buf, count)) {
		kvfree(text);
		return -EFAULT;
	}
	if (strlen(text) < count) {
		kvfree(text);
		scnprintf(f->error.text, sizeof(f->error.text), "not text: it has a NUL byte");
		return -EINVAL;
	}
	new = parse(text, &f->error);
	kvfree(text);
	if (IS_ERR(new))
		return PTR_ERR(new);
	replace(new);
	*pos = 0;
	return count;
}

static int rules_show(struct seq_file *seq, void *data)
{
	struct rules_file *f = seq->private;
	char *line = kmalloc(KRG_RULE_LINE, GFP_KERNEL);
	struct table *now;
	int i;

	if (!line)
		return -ENOMEM;
	if (f->error.text[0])
		seq_printf(seq, "%s\n", f->error.text);
	rcu_read_lock();
	now = rcu_dereference(table);
	for (i = 0; now && !f->error.text[0] && i < now->count; i++) {
		krg_rule_print(line, KRG_RULE_LINE, &now->rule[i].rule);
		seq_puts(seq, line);
	}
	rcu_read_unlock();
	kfree(line);
	return 0;
}

static int rules_open(struct inode *inode, struct file *file)
{
	struct rules_file *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int err;

	if (!f)
		return -ENOMEM;
	err = single_open(file, rules_show, f);
	if (err)
		kfree(f);
	return err;
}

static int rules_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;

	kfree(seq->private);
	return single_release(inode, file);
}

static const struct proc_ops rules_ops = {
	.proc_open = rules_open,
	.proc_read = seq_read,
	.proc_write = rules_write,
	.proc_lseek = seq_lseek,
	.proc_release = rules_release,
};

static int matched_show(struct seq_file *seq, void *data)
{
	struct table *now;
	int i;

	rcu_read_lock();
	now = rcu_dereference(table);
	for (i = 0; now && i < now->count; i++)
		seq_printf(seq, "%s %ld\n", now->rule[i].rule.name,
			   atomic_long_read(&now->rule[i].matched));
	rcu_read_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(matched);

int krg_rules_init(void)
{
	int err;

	path_room = alloc_percpu(struct path_room);
	if (!path_room)
		return -ENOMEM;
	err = krg_probe("sched_process_exec", executed);
	if (err)
		goto out_room;
	if (!proc_create("capability_rules", 0600, krg_procdir, &rules_ops)) {
		err = -ENOMEM;
		goto out_probe;
	}
	debug_dir = debugfs_create_dir("capability", krg_debugfs);
	debugfs_create_file("matched", 0400, debug_dir, NULL, &matched_fops);
	return 0;
out_probe:
	krg_unprobe("sched_process_exec", executed);
out_room:
	free_percpu(path_room);
	return err;
}

void krg_rules_exit(void)
{
	debugfs_remove(debug_dir);
	remove_proc_entry("capability_rules", krg_procdir);
	krg_unprobe("sched_process_exec", executed);
	kvfree(rcu_dereference_protected(table, true));
	free_percpu(path_room);
}
