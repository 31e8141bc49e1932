// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives krg_kddm from user space, for tests. Open /sys/kernel/debug/kerrighed/kddm_test,
 * write one of these, and read what it gave; write(2) returns when it is done, and fails
 * with its errno.
 *
 *	get|grab|find|exists|flush|sync|remove|lost SET OBJECT	gives the content, if any
 *	destroy SET 0		all objects of the set
 *	write SET OBJECT VALUE	adds a value; replace: it is the only one then
 *	hold|wait SET OBJECT	grabs until the file is closed; the same for reading
 *	run SET OBJECTS THREAD	random reads and writes, until "stop SET 0", after which no run of
 *		that set begins (until another one is stopped), or an error; all of
 *		them in order: "r OBJECT VALUE", what it read; "w OBJECT VALUE", what it wrote;
 *		"e OBJECT", it is lost
 *	count SET 0		how many operations of runs there were here
 *	dump SET OBJECTS	of each object "o OBJECT VALUE...", all that was ever written to
 *				it in order, or "e OBJECT"
 *
 * What is written in a run is unique: node << 24 | thread << 20 | number. An object remembers
 * all values that it had, so that a lost write shows; one that is full is only read.
 */
#define pr_fmt(fmt) "krg_kddm_test: " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kerrighed/hooks.h>
#include <kerrighed/kddm.h>
#include <kerrighed/rpc.h>

#define VALUES	(PAGE_SIZE / sizeof(u32) - 2)
#define LINE	24		/* bytes of an answer's line, at most */
#define ANSWER	SZ_4M

struct content {
	u32 count, check;	/* check: sum of all values */
	u32 values[VALUES];
};

struct test {
	struct mutex lock;	/* of the rest */
	char *answer;
	size_t len;
	bool holds;
	u64 set, object;	/* what is held */
};

static struct dentry *file;
static atomic_t operations;
static unsigned int stopped;	/* set */

static u64 set_of(unsigned int number)
{
	return krg_object_set(KRG_LINKER_MEMORY, KRG_SPACE_TEST, sizeof(struct content), number);
}

static __printf(2, 3) void say(struct test *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->len += vscnprintf(t->answer + t->len, ANSWER - t->len, fmt, args);
	va_end(args);
}

static u32 last_of(const struct content *c)
{
	return c->count ? c->values[c->count - 1] : 0;
}

/* Torn or stale by itself? */
static int content_check(const struct content *c)
{
	u32 i, sum = 0;

	if (c->count > VALUES)
		return -EBADMSG;
	for (i = 0; i < c->count; i++)
		sum += c->values[i];
	return sum == c->check ? 0 : -EBADMSG;
}

static void content_add(struct content *c, u32 value)
{
	c->values[c->count++] = value;
	c->check += value;
}

static int test_operation(struct test *t, u64 set, u64 object, u32 value)
{
	bool write = get_random_u32_below(10) < 3;
	struct content *c = write ? krg_object_grab(set, object, 0) :
				    (struct content *)krg_object_get(set, object, 0);
	int err;

	if (c == ERR_PTR(-EIO)) {
		say(t, "e %llu\n", object);
		return 0;
	}
	if (IS_ERR(c))
		return PTR_ERR(c);
	err = content_check(c);
	if (!err && write && c->count < VALUES) {
		content_add(c, value);
		say(t, "w %llu %u\n", object, value);
	} else if (!err) {
		say(t, "r %llu %u\n", object, last_of(c));
	}
	krg_object_put(set, object);
	if (!err && !get_random_u32_below(50))
		err = krg_object_flush(set, object);
	return err;
}

static int test_run(struct test *t, unsigned int set, u64 objects, u64 thread)
{
	u32 value = krg_node_id() << 24 | thread << 20;
	int err = 0;

	while (!err && READ_ONCE(stopped) != set && t->len < ANSWER - LINE) {
		err = test_operation(t, set_of(set), get_random_u32_below(objects), ++value);
		atomic_inc(&operations);
		usleep_range(200, 300);
	}
	return err;
}

static int test_dump(struct test *t, unsigned int set, u64 objects)
{
	const struct content *c;
	u64 object;
	u32 i;
	int err = 0;

	for (object = 0; !err && object < objects; object++) {
		c = krg_object_get(set_of(set), object, 0);
		if (c == ERR_PTR(-EIO)) {
			say(t, "e %llu\n", object);
			continue;
		}
		if (IS_ERR(c))
			return PTR_ERR(c);
		err = content_check(c);
		say(t, "o %llu", object);
		for (i = 0; !err && i < c->count; i++)
			say(t, " %u", c->values[i]);
		say(t, "\n");
		krg_object_put(set_of(set), object);
	}
	return err;
}

/* Return: 0, an error, or 1: it is held on */
static int test_hold(struct test *t, const char *what, u64 set, u64 object)
{
	const struct content *c;
	int err;

	if (!strcmp(what, "find"))
		c = krg_object_find(set, object) ?: ERR_PTR(-ENOENT);
	else if (!strcmp(what, "grab") || !strcmp(what, "hold"))
		c = krg_object_grab(set, object, 0);
	else if (!strcmp(what, "exists"))
		c = krg_object_get(set, object, KRG_OBJECT_FIND);
	else
		c = krg_object_get(set, object, 0);
	if (IS_ERR(c))
		return PTR_ERR(c);
	say(t, "%u\n", last_of(c));
	err = content_check(c);
	if (strcmp(what, "hold") && strcmp(what, "wait")) {
		krg_object_put(set, object);
	} else {
		t->holds = true;
		t->set = set;
		t->object = object;
	}
	return err;
}

static int test_write_value(u64 set, u64 object, u32 value)
{
	struct content *c = krg_object_grab(set, object, 0);

	if (IS_ERR(c))
		return PTR_ERR(c);
	if (c->count < VALUES)
		content_add(c, value);
	krg_object_put(set, object);
	return 0;
}

static int test_replace(u64 set, u64 object, u32 value)
{
	struct content *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int err = -ENOMEM;

	if (c) {
		content_add(c, value);
		err = krg_object_write(set, object, c);
	}
	kfree(c);
	return err;
}

static int test_remove(u64 set, u64 object)
{
	struct content *c = krg_object_grab(set, object, 0);

	return IS_ERR(c) ? PTR_ERR(c) : krg_object_remove(set, object);
}

static int run_test(struct test *t, const char *what, unsigned int set, u64 a, u64 b)
{
	if (!strcmp(what, "run"))
		return a && a <= U32_MAX && b < 16 ? test_run(t, set, a, b) : -EINVAL;
	if (!strcmp(what, "dump"))
		return test_dump(t, set, a);
	if (!strcmp(what, "stop") || !strcmp(what, "count")) {
		if (!strcmp(what, "stop"))
			WRITE_ONCE(stopped, set);
		say(t, "%d\n", atomic_read(&operations));
		return 0;
	}
	if (!strcmp(what, "flush"))
		return krg_object_flush(set_of(set), a);
	if (!strcmp(what, "sync"))
		return krg_object_sync(set_of(set), a);
	if (!strcmp(what, "remove"))
		return test_remove(set_of(set), a);
	if (!strcmp(what, "destroy"))
		return krg_objects_destroy(set_of(set));
	if (!strcmp(what, "lost"))
		return krg_object_remove_lost(set_of(set), a);
	if (!strcmp(what, "write"))
		return test_write_value(set_of(set), a, b);
	if (!strcmp(what, "replace"))
		return test_replace(set_of(set), a, b);
	return test_hold(t, what, set_of(set), a);
}

static ssize_t test_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	struct test *t = f->private_data;
	char line[80] = "", what[16];
	u64 a = 0, b = 0;
	unsigned int set;
	int err = -EBUSY;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	if (sscanf(line, "%15s %u %llu %llu", what, &set, &a, &b) < 3)
		return -EINVAL;
	mutex_lock(&t->lock);
	if (!t->holds) {
		t->len = 0;
		err = run_test(t, what, set, a, b);
	}
	mutex_unlock(&t->lock);
	return err ?: count;
}

static ssize_t test_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct test *t = f->private_data;
	ssize_t ret;

	mutex_lock(&t->lock);
	ret = simple_read_from_buffer(buf, count, pos, t->answer, t->len);
	mutex_unlock(&t->lock);
	return ret;
}

static int test_open(struct inode *inode, struct file *f)
{
	struct test *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	mutex_init(&t->lock);
	t->answer = kvmalloc(ANSWER, GFP_KERNEL);
	if (!t->answer) {
		kfree(t);
		return -ENOMEM;
	}
	f->private_data = t;
	return 0;
}

static int test_release(struct inode *inode, struct file *f)
{
	struct test *t = f->private_data;

	if (t->holds)
		krg_object_put(t->set, t->object);
	kvfree(t->answer);
	kfree(t);
	return 0;
}

static const struct file_operations test_ops = {
	.owner = THIS_MODULE,
	.open = test_open,
	.release = test_release,
	.write = test_write,
	.read = test_read,
};

static int __init test_init(void)
{
	file = debugfs_create_file("kddm_test", 0600, krg_debugfs, NULL, &test_ops);
	return 0;
}

static void __exit test_exit(void)
{
	debugfs_remove(file);
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("Kerrighed: test of krg_kddm");
MODULE_LICENSE("GPL");
