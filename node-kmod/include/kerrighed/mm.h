/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that processes of several nodes share: the pages of a file of shmem are objects of
 * KDDM, whose number is that of the page. Sequentially consistent, page by page.
 */
#ifndef KRG_MM_H
#define KRG_MM_H

#include <linux/fs.h>
#include <linux/mm.h>

/**
 * krg_shared_begin() - the pages of a file are those of the cluster's memory from now on
 * @file: new, from shmem_kernel_file_setup(); nobody maps it
 * @space: enum krg_object_space
 * @number: of the memory, the same on all nodes. Before a process of any node maps it, all nodes
 *	have begun with it.
 * May sleep. Return: 0; -EEXIST: this node has one with that number; -ENOMEM.
 */
int krg_shared_begin(struct file *file, u8 space, u32 number);

/**
 * krg_shared_end() - undo krg_shared_begin(); nobody here maps the file any more
 * @remove: no node needs its contents any more. They go later. Otherwise this node is in no
 *	cluster, or nobody has ever mapped it.
 * May sleep, but waits for no other node.
 */
void krg_shared_end(struct file *file, bool remove);

/* Is the file one for which krg_shared_begin() was called, and not yet krg_shared_end()? */
bool krg_shared_file(const struct file *file);

/**
 * krg_shared_at() - is memory of the cluster mapped there?
 * @address: in current's memory
 * @write: current may write there
 * @set, @index: get what a page of it is as an object of KDDM
 * May sleep. The page itself is not touched.
 */
bool krg_shared_at(unsigned long address, bool write, u64 *set, u64 *index);

/**
 * krg_shared_ops() - complete the operations of mappings of such files
 * @ops: gets where pages come from; the rest is the caller's
 */
void krg_shared_ops(struct vm_operations_struct *const ops);
/* A mapping of such a file begins. @ops: from krg_shared_ops() */
void krg_shared_map(struct vm_area_struct *vma, const struct vm_operations_struct *ops);

#endif /* KRG_MM_H */
