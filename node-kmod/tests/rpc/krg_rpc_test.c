// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives krg_rpc from user space, for tests. Write one of
 *
 *	echo NODE COUNT SIZE	that many calls, their answers compared
 *	order NODE COUNT	casts, received in the order they were sent
 *	stream NODE BYTES	sends a stream, compares both ends' checksums
 *	hang NODE		a call that is never answered
 *	swallow NODE		a stream that is never read
 *
 * to /sys/kernel/debug/kerrighed/rpc_test; write(2) returns when it is done,
 * and fails with the errno of the first call that failed.
 */
#define pr_fmt(fmt) "krg_rpc_test: " fmt

#include <linux/crc32.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <kerrighed/hooks.h>
#include <kerrighed/rpc.h>

enum {
	ECHO = KRG_RPC_TEST, COUNT_CAST, COUNTED, CHECKSUM, HANG, SWALLOW
};

static bool unloading;
static DECLARE_WAIT_QUEUE_HEAD(unload);
static atomic_t expected;		/* number of the next cast */
static atomic_t disorder;
static struct dentry *file;

static int serve_echo(struct krg_rpc_request *req)
{
	size_t i;
	u8 *reply = req->reply;

	if (req->len > req->reply_max)
		return -EMSGSIZE;
	memcpy(reply, req->arg, req->len);
	for (i = 0; i < req->len; i++)
		reply[i] = ~reply[i];
	req->reply_len = req->len;
	return 0;
}

static int serve_cast(struct krg_rpc_request *req)
{
	u32 n;

	if (req->len != sizeof(n))
		return -EINVAL;
	memcpy(&n, req->arg, sizeof(n));
	if (!n)
		atomic_set(&expected, 0);
	if (atomic_fetch_inc(&expected) != n)
		atomic_inc(&disorder);
	return 0;
}

/* How many casts came, or -EILSEQ when their order was wrong. */
static int serve_counted(struct krg_rpc_request *req)
{
	u32 n = atomic_read(&expected);

	if (atomic_xchg(&disorder, 0))
		return -EILSEQ;
	if (req->reply_max < sizeof(n))
		return -EMSGSIZE;
	memcpy(req->reply, &n, sizeof(n));
	req->reply_len = sizeof(n);
	return 0;
}

static int serve_hang(struct krg_rpc_request *req)
{
	wait_event_idle(unload, READ_ONCE(unloading) || !krg_rpc_reachable(req->from));
	return -ECANCELED;
}

static void serve_swallow(struct krg_rpc_stream *stream, const void *head, size_t len)
{
	while (!READ_ONCE(unloading) && krg_rpc_reachable(krg_rpc_peer(stream)))
		msleep(100);
}

static void serve_checksum(struct krg_rpc_stream *stream, const void *head, size_t len)
{
	u8 *buf = kvmalloc(SZ_64K, GFP_KERNEL);
	u64 left = 0;
	u32 crc = 0;

	if (buf && len == sizeof(left)) {
		memcpy(&left, head, sizeof(left));
		while (left) {
			size_t n = min_t(u64, left, SZ_64K);

			if (krg_rpc_read(stream, buf, n))
				break;
			crc = crc32_le(crc, buf, n);
			left -= n;
		}
	}
	if (!left)
		krg_rpc_write(stream, &crc, sizeof(crc));
	kvfree(buf);
}

static int test_echo(int node, u64 count, u64 size)
{
	u8 *arg, *reply;
	int err = -ENOMEM;
	u64 i, k;

	if (size > KRG_RPC_MAX)
		return -EMSGSIZE;
	arg = kvmalloc(size + 1, GFP_KERNEL);
	reply = kvmalloc(size + 1, GFP_KERNEL);
	for (i = 0; arg && reply && i < count; i++) {
		memset(arg, i, size);
		err = krg_rpc_call(node, ECHO, arg, size, reply, size);
		if (err < 0)
			break;
		err = err == size ? 0 : -EBADMSG;
		for (k = 0; !err && k < size; k++)
			if (reply[k] != (u8)~arg[k])
				err = -EBADMSG;
		if (err)
			break;
	}
	kvfree(arg);
	kvfree(reply);
	return err;
}

static int test_order(int node, u64 count)
{
	u32 i, n = 0;
	int err = 0;

	for (i = 0; !err && i < count; i++)
		err = krg_rpc_cast(node, COUNT_CAST, &i, sizeof(i));
	/* another service, so it does not wait for them by itself */
	while (!err && n < count) {
		err = krg_rpc_call(node, COUNTED, NULL, 0, &n, sizeof(n));
		err = min(err, 0);
		cond_resched();
	}
	return err ?: n == count ? 0 : -EBADMSG;
}

static int test_stream(int node, u64 bytes, unsigned int service)
{
	struct krg_rpc_stream *stream;
	u32 crc = 0, theirs, *buf;
	int err = 0, i;
	u64 left;

	buf = kvmalloc(SZ_64K, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	stream = krg_rpc_open(node, service, &bytes, sizeof(bytes));
	if (IS_ERR(stream)) {
		kvfree(buf);
		return PTR_ERR(stream);
	}
	for (left = bytes; !err && left;) {
		/* sizes that do not divide a message */
		size_t n = min_t(u64, left, SZ_64K - 7 * (left % 13));

		for (i = 0; i < SZ_64K / 4; i++)
			buf[i] = left * 2654435761u + i;
		crc = crc32_le(crc, (u8 *)buf, n);
		err = krg_rpc_write(stream, buf, n);
		left -= n;
	}
	if (!err)
		err = krg_rpc_flush(stream);
	if (!err)
		err = krg_rpc_read(stream, &theirs, sizeof(theirs));
	if (!err && theirs != crc)
		err = -EBADMSG;
	krg_rpc_close(stream);
	kvfree(buf);
	return err;
}

static int run_test(const char *what, int node, u64 a, u64 b)
{
	if (!strcmp(what, "echo"))
		return test_echo(node, a, b);
	if (!strcmp(what, "order"))
		return test_order(node, a);
	if (!strcmp(what, "stream"))
		return test_stream(node, a, CHECKSUM);
	if (!strcmp(what, "hang"))
		return krg_rpc_call(node, HANG, NULL, 0, NULL, 0);
	if (!strcmp(what, "swallow"))
		return test_stream(node, SZ_1G, SWALLOW);
	return -EINVAL;
}

static ssize_t test_write(struct file *f, const char __user *buf, size_t count, loff_t *pos)
{
	char line[64] = "", what[16];
	u64 a = 0, b = 0;
	int node, err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	if (sscanf(line, "%15s %d %llu %llu", what, &node, &a, &b) < 2)
		return -EINVAL;
	err = run_test(what, node, a, b);
	return err ?: count;
}

static const struct file_operations test_ops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = test_write,
};

static void withdraw(void)
{
	unsigned int service;

	WRITE_ONCE(unloading, true);
	wake_up_all(&unload);
	for (service = ECHO; service <= SWALLOW; service++)
		krg_rpc_withdraw(service);
}

static int __init test_init(void)
{
	int err;

	err = krg_rpc_serve(ECHO, serve_echo, KRG_RPC_CONCURRENT);
	if (!err)
		err = krg_rpc_serve(COUNT_CAST, serve_cast, 0);
	if (!err)
		err = krg_rpc_serve(COUNTED, serve_counted, 0);
	if (!err)
		err = krg_rpc_serve(HANG, serve_hang, KRG_RPC_CONCURRENT);
	if (!err)
		err = krg_rpc_accept(CHECKSUM, serve_checksum);
	if (!err)
		err = krg_rpc_accept(SWALLOW, serve_swallow);
	if (err) {
		withdraw();
		return err;
	}
	file = debugfs_create_file("rpc_test", 0200, krg_debugfs, NULL, &test_ops);
	return 0;
}

static void __exit test_exit(void)
{
	debugfs_remove(file);
	withdraw();
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("Kerrighed: test of krg_rpc");
MODULE_LICENSE("GPL");
