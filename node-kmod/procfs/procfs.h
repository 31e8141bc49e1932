/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder show each other. */
#ifndef KRG_PROCFS_INTERNAL_H
#define KRG_PROCFS_INTERNAL_H

#include <linux/fs.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <kerrighed/capability.h>
#include <kerrighed/hooks.h>
#include <kerrighed/hotplug.h>
#include <kerrighed/proc.h>
#include "symbols.h"
#include "wire.h"

/* fs/proc/: at this position of the root directory PID 0 would be */
#define KRG_TGID_OFFSET	258

/* PIDs below this are the same on every node: init, and what the host has */
#define KRG_PID_FIRST	BIT(KRG_PID_SHIFT)

static inline bool krg_is_our_proc(const struct super_block *sb)
{
	struct pid_namespace *container = READ_ONCE(krg_container);

	return container && proc_pid_ns((struct super_block *)sb) == container;
}

/* Does current want to see only its own node? */
static inline bool krg_sees_local(void)
{
	return krg_cap_usable(current, CAP_SEE_LOCAL_PROC_STAT);
}

/* ask.c: the PID that a path below /proc, or a name in it, begins with; 0: none */
pid_t krg_leading_pid(const char *path);

/* creds.c: with the credentials of current */
struct krg_procfs_ask *krg_ask_new(u32 op, pid_t pid, size_t *len);	/* kvfree(), or NULL */
bool krg_ask_valid(const struct krg_procfs_ask *ask, size_t len);

/* ask.c */
int krg_ask_path(struct krg_procfs_ask *ask, struct dentry *dentry);
ssize_t krg_ask(struct krg_procfs_ask *ask, size_t len, int *node, void *reply, size_t max,
		bool here);
struct krg_rpc_stream *krg_ask_stream(struct krg_procfs_ask *ask, size_t len, int *node);

/* answer.c */
int krg_serve_ask(struct krg_rpc_request *req);
void krg_serve_read(struct krg_rpc_stream *stream, const void *head, size_t len);

/* lap.c: user memory for kernel threads, because files of /proc read into nothing else */
#define KRG_LAP_SIZE	SZ_64K
int krg_lap_init(void);
void krg_lap_exit(void);
char __user *krg_lap_take(void);	/* or ERR_PTR */
void krg_lap_give(char __user *lap);

/* tree.c */
struct dentry *krg_remote_process(struct dentry *dentry);
static inline int krg_inode_node(struct inode *inode)
{
	return (long)READ_ONCE(inode->i_private);
}

static inline void krg_inode_set_node(struct inode *inode, int node)
{
	WRITE_ONCE(inode->i_private, (void *)(long)node);
}

/* buffer.c */
#define KRG_PIECE	KRG_LAP_SIZE	/* bytes that travel at once */
struct krg_buffer {
	char *bytes;
	size_t len, room;
};

void krg_buffer_free(struct krg_buffer *buffer);
int krg_buffer_reserve(struct krg_buffer *buffer, size_t more);
int krg_buffer_read(struct krg_buffer *buffer, struct krg_rpc_stream *stream);
int krg_buffer_send(struct krg_rpc_stream *stream, const void *bytes, s32 len);

/* global.c: files about a whole node */
enum krg_global {
	KRG_GLOBAL_STAT, KRG_GLOBAL_MEMINFO, KRG_GLOBAL_CPUINFO, KRG_GLOBAL_LOADAVG,
	KRG_GLOBAL_UPTIME, KRG_GLOBALS,
};

int krg_global_here(enum krg_global what, struct krg_buffer *buffer);
int krg_global_of(int node, enum krg_global what, struct krg_buffer *buffer);
int krg_global_show(struct seq_file *m, enum krg_global what);

/* nodes.c */
void krg_nodes_init(void);
void krg_nodes_exit(void);

/* boot.c: how much longer the node that is up longest is up than this one. Any context. */
u64 krg_boot_ahead(void);
int krg_boot_init(void);
void krg_boot_exit(void);
int krg_serve_boot(struct krg_rpc_request *req);

/* file.c */
extern const struct file_operations krg_remote_file;

/* list.c */
int krg_list_cluster(struct file *file, struct dir_context *ctx,
		     int (*native)(struct file *file, struct dir_context *ctx));

/* relations.c */
int krg_serve_relations(struct krg_rpc_request *req);
bool krg_relations_of(pid_t pid, struct krg_relations *relations);

/* The process whose directory @file is, if it runs elsewhere; else 0. Any context. */
pid_t krg_remote_directory_of(const struct file *file);

/* tables of hooks */
extern struct krg_hook *krg_root_hooks[], *krg_text_hooks[], *krg_global_hooks[],
	*krg_signal_hooks[];

#endif /* KRG_PROCFS_INTERNAL_H */
