/* SPDX-License-Identifier: GPL-2.0-only */
/* System V segments of the cluster, for who brings a process from one node to another. */
#ifndef KRG_IPC_H
#define KRG_IPC_H

#include <linux/types.h>

struct file;

/**
 * krg_segment_of() - which segment does a mapping show?
 * @file: that is mapped
 *
 * Does not sleep. Return: its id, on all nodes the same; -1: it is no segment of the cluster's
 */
int krg_segment_of(const struct file *file);

/**
 * krg_segment_open() - what shmat() would map, for a process that has it attached elsewhere
 * @id: of the segment, which may have been removed, but not be gone
 * @flags: O_RDONLY or O_RDWR
 *
 * Nobody's permission is asked: that was done when the process attached it. May wait for the
 * master of segments, until a fatal signal. Return: the file, to be closed by
 * krg_segment_close() after it has been mapped; or ERR_PTR(): -EINVAL: there is no such segment;
 * -EINTR, -EHOSTDOWN, -ENOMEM
 */
struct file *krg_segment_open(int id, int flags);
/* It has been mapped, or will not be. */
void krg_segment_close(struct file *file);

/**
 * krg_undo_expect() - current's process may have used SEM_UNDO
 *
 * So when it ends, where it runs then, semaphores are to hear of it. May sleep.
 * Return: 0, -ENOMEM
 */
int krg_undo_expect(void);
bool krg_undo_expected(void);
/* It does not run here any more, but has not ended. */
void krg_undo_forget(void);

#endif /* KRG_IPC_H */
