// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times operations of krg_kddm, for e2e/bench. Open /sys/kernel/debug/kerrighed/kddm_bench,
 * write one of these, and read how many nanoseconds each operation took, one a line; write(2)
 * returns when all are done, and fails with the errno of the first one that failed.
 *
 *	get|grab|remove SET SIZE HOME COUNT	the first COUNT objects of the set with that home;
 *				what is held is put when all are timed; a removal begins with a grab
 *	destroy SET SIZE 0 0	the whole set
 *	call 0 SIZE NODE COUNT	a remote procedure call: a short request, SIZE bytes of answer
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kerrighed/hooks.h>
#include <kerrighed/kddm.h>
#include <kerrighed/rpc.h>

#define ANSWER	SZ_4K
#define COUNT	128		/* at most: all lines fit in an answer */
#define LIMIT	SZ_64K		/* numbers of objects that are looked at */
#define CALL	(KRG_RPC_TEST + 8)

struct bench {
	struct mutex lock;	/* of the rest */
	size_t len;
	char answer[ANSWER];
};

struct bench_request {
	char what[16];
	unsigned int set, size, node, count;
};

static struct dentry *file;

static int serve_call(struct krg_rpc_request *req)
{
	u32 size;

	if (req->len != sizeof(size))
		return -EINVAL;
	memcpy(&size, req->arg, sizeof(size));
	if (size > req->reply_max)
		return -EMSGSIZE;
	memset(req->reply, 1, size);
	req->reply_len = size;
	return 0;
}

static void say(struct bench *b, u64 since)
{
	b->len += scnprintf(b->answer + b->len, ANSWER - b->len, "%llu\n",
			    ktime_get_ns() - since);
}

static int bench_call(struct bench *b, const struct bench_request *r)
{
	u32 size = r->size;
	unsigned int i;
	ssize_t got = 0;
	void *reply;
	u64 since;

	reply = kvmalloc(size, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	for (i = 0; i < r->count && got >= 0; i++) {
		since = ktime_get_ns();
		got = krg_rpc_call(r->node, CALL, &size, sizeof(size), reply, size);
		say(b, since);
	}
	kvfree(reply);
	return min_t(ssize_t, got, 0);
}

/* Return: the next object from @index on whose home is @node; or LIMIT: there is none */
static u64 next_at(u64 set, u64 index, int node)
{
	while (index < LIMIT && krg_object_home(set, index) != node)
		index++;
	return index;
}

static int bench_one(struct bench *b, u64 set, u64 index, const char *what)
{
	u64 since = ktime_get_ns();
	const void *content;
	int err = 0;

	if (!strcmp(what, "get"))
		content = krg_object_get(set, index, 0);
	else
		content = krg_object_grab(set, index, 0);
	if (IS_ERR(content))
		return PTR_ERR(content);
	if (!strcmp(what, "remove"))
		err = krg_object_remove(set, index);
	say(b, since);
	return err;
}

static int bench_objects(struct bench *b, u64 set, const struct bench_request *r)
{
	bool holds = strcmp(r->what, "remove");
	u64 index = 0;
	unsigned int i, done;
	int err = 0;

	for (done = 0; done < r->count; done++) {
		index = next_at(set, index, r->node);
		err = index < LIMIT ? bench_one(b, set, index++, r->what) : -EINVAL;
		if (err)
			break;
	}
	for (i = 0, index = 0; holds && i < done; i++) {
		index = next_at(set, index, r->node);
		krg_object_put(set, index++);
	}
	return err;
}

static int run_bench(struct bench *b, const struct bench_request *r)
{
	u64 set = krg_object_set(KRG_LINKER_MEMORY, KRG_SPACE_TEST, r->size, r->set);

	if (r->count > COUNT || r->size > PAGE_SIZE)
		return -EINVAL;
	if (!strcmp(r->what, "call"))
		return bench_call(b, r);
	if (!strcmp(r->what, "destroy"))
		return krg_objects_destroy(set);
	if (strcmp(r->what, "get") && strcmp(r->what, "grab") && strcmp(r->what, "remove"))
		return -EINVAL;
	return bench_objects(b, set, r);
}

static ssize_t bench_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	struct bench *b = f->private_data;
	struct bench_request r = {};
	char line[80] = "";
	int err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	if (sscanf(line, "%15s %u %u %u %u", r.what, &r.set, &r.size, &r.node, &r.count) != 5)
		return -EINVAL;
	mutex_lock(&b->lock);
	b->len = 0;
	err = run_bench(b, &r);
	mutex_unlock(&b->lock);
	return err ?: count;
}

static ssize_t bench_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct bench *b = f->private_data;
	ssize_t ret;

	mutex_lock(&b->lock);
	ret = simple_read_from_buffer(buf, count, pos, b->answer, b->len);
	mutex_unlock(&b->lock);
	return ret;
}

static int bench_open(struct inode *inode, struct file *f)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return -ENOMEM;
	mutex_init(&b->lock);
	f->private_data = b;
	return 0;
}

static int bench_release(struct inode *inode, struct file *f)
{
	kfree(f->private_data);
	return 0;
}

static const struct file_operations bench_ops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.write = bench_write,
	.read = bench_read,
};

static int __init bench_init(void)
{
	int err = krg_rpc_serve(CALL, serve_call, 0);

	if (!err)
		file = debugfs_create_file("kddm_bench", 0600, krg_debugfs, NULL, &bench_ops);
	return err;
}

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	krg_rpc_withdraw(CALL);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Kerrighed: benchmark of krg_kddm");
MODULE_LICENSE("GPL");
