// SPDX-License-Identifier: GPL-2.0-only
/* A set of semaphores at its keeper. Rules and limits are those of semop(2) and semctl(2). */
#include <linux/ipc.h>
#include <linux/timekeeping.h>
#include <uapi/linux/sem.h>
#include "keep.h"

struct krg_undo {
	struct list_head list;
	pid_t pid;
	s16 add[];			/* to each, when the process ends */
};

struct krg_sems {
	u64 count;
	struct list_head undos;
	s64 operated;
	struct krg_sem sem[];
};

struct krg_sems *krg_sems_new(u64 count)
{
	struct krg_sems *sems = kvzalloc(struct_size(sems, sem, count), GFP_KERNEL_ACCOUNT);

	if (!sems)
		return NULL;
	sems->count = count;
	INIT_LIST_HEAD(&sems->undos);
	return sems;
}

void krg_sems_free(struct krg_sems *sems)
{
	struct krg_undo *undo, *next;

	if (!sems)
		return;
	list_for_each_entry_safe(undo, next, &sems->undos, list)
		kvfree(undo);
	kvfree(sems);
}

static struct krg_undo *krg_undo_find(const struct krg_sems *sems, pid_t pid)
{
	struct krg_undo *undo;

	list_for_each_entry(undo, &sems->undos, list)
		if (undo->pid == pid)
			return undo;
	return NULL;
}

static struct krg_undo *krg_undo_get(struct krg_sems *sems, pid_t pid)
{
	struct krg_undo *undo = krg_undo_find(sems, pid);

	if (undo)
		return undo;
	undo = kvzalloc(struct_size(undo, add, sems->count), GFP_KERNEL_ACCOUNT);
	if (!undo)
		return NULL;
	undo->pid = pid;
	list_add_tail(&undo->list, &sems->undos);
	return undo;
}

static int krg_sem_apply(struct krg_sems *sems, struct krg_undo *undo, const struct sembuf *op)
{
	struct krg_sem *sem = &sems->sem[op->sem_num];
	int value = sem->value + op->sem_op, add;

	if (value < 0 || (!op->sem_op && sem->value))
		return op->sem_flg & IPC_NOWAIT ? -EAGAIN : KRG_KEEP_PARKED;
	if (value > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		add = undo->add[op->sem_num] - op->sem_op;
		if (add < -SEMAEM - 1 || add > SEMAEM)
			return -ERANGE;
		undo->add[op->sem_num] = add;
	}
	sem->value = value;
	return 0;
}

static void krg_sem_revert(struct krg_sems *sems, struct krg_undo *undo, const struct sembuf *op)
{
	sems->sem[op->sem_num].value -= op->sem_op;
	if (op->sem_flg & SEM_UNDO)
		undo->add[op->sem_num] += op->sem_op;
}

/* All of them or none. */
static int krg_sems_apply(struct krg_sems *sems, struct krg_undo *undo, const struct sembuf *ops,
			  u32 count)
{
	int result = 0;
	u32 i;

	for (i = 0; i < count && !result; i++)
		result = krg_sem_apply(sems, undo, &ops[i]);
	if (!result)
		return 0;
	for (i--; i--;)
		krg_sem_revert(sems, undo, &ops[i]);
	return result;
}

static bool krg_sems_undoable(const struct sembuf *ops, u32 count)
{
	while (count--)
		if (ops[count].sem_flg & SEM_UNDO)
			return true;
	return false;
}

int krg_sems_try(struct krg_sems *sems, const struct krg_keep_wire *ask, struct krg_outcome *out)
{
	const struct sembuf *ops = (const struct sembuf *)ask->data;
	struct krg_undo *undo = NULL;
	int result;
	u32 i;

	for (i = 0; i < ask->count; i++)
		if (ops[i].sem_num >= sems->count)
			return -EFBIG;
	if (krg_sems_undoable(ops, ask->count)) {
		undo = krg_undo_get(sems, ask->pid);
		if (!undo)
			return -ENOMEM;
	}
	result = krg_sems_apply(sems, undo, ops, ask->count);
	if (result)
		return result;
	for (i = 0; i < ask->count; i++) {
		sems->sem[ops[i].sem_num].pid = ask->pid;
		out->changed |= ops[i].sem_op;
	}
	sems->operated = ktime_get_real_seconds();
	return 0;
}

bool krg_sems_waits(const struct krg_sems *sems, const struct krg_keep_wire *ask, u32 number,
		    bool zero)
{
	const struct sembuf *ops = (const struct sembuf *)ask->data, *op;
	u32 i, before;
	int value;

	for (i = 0; i < ask->count; i++) {
		op = &ops[i];
		value = sems->sem[op->sem_num].value;
		for (before = 0; before < i; before++)
			if (ops[before].sem_num == op->sem_num)
				value += ops[before].sem_op;
		if (value + op->sem_op < 0 || (!op->sem_op && value))
			return op->sem_num == number && zero == !op->sem_op;
	}
	return false;
}

s64 krg_sems_operated(const struct krg_sems *sems)
{
	return sems->operated;
}

static int krg_sems_set(struct krg_sems *sems, const struct krg_keep_wire *ask)
{
	const u16 *values = (const u16 *)ask->data;
	struct krg_undo *undo;
	u32 i;

	if (ask->number > sems->count || ask->count > sems->count - ask->number)
		return -EINVAL;
	for (i = 0; i < ask->count; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	for (i = 0; i < ask->count; i++) {
		sems->sem[ask->number + i] = (struct krg_sem) {
			.value = values[i], .pid = ask->pid,
		};
		list_for_each_entry(undo, &sems->undos, list)
			undo->add[ask->number + i] = 0;
	}
	return 0;
}

int krg_sems_do(struct krg_sems *sems, const struct krg_keep_wire *ask,
		struct krg_answer_wire *answer, size_t room, struct krg_outcome *out)
{
	u16 *values = (u16 *)answer->data;
	u64 i;

	switch (ask->op) {
	case KRG_KEEP_VALUES:
		if (room < sems->count * sizeof(*values))
			return -EPROTO;
		for (i = 0; i < sems->count; i++)
			values[i] = sems->sem[i].value;
		answer->count = sems->count * sizeof(*values);
		return 0;
	case KRG_KEEP_VALUE:
		if (ask->count >= sems->count)
			return -EINVAL;
		answer->type = ask->number == KRG_SEM_PID ? sems->sem[ask->count].pid :
							    sems->sem[ask->count].value;
		return 0;
	case KRG_KEEP_SET_VALUES:
		out->changed = true;
		return krg_sems_set(sems, ask);
	}
	return -EPROTO;
}

bool krg_sems_exit(struct krg_sems *sems, pid_t pid)
{
	struct krg_undo *undo = krg_undo_find(sems, pid);
	u64 i;

	if (!undo)
		return false;
	for (i = 0; i < sems->count; i++) {
		if (!undo->add[i])
			continue;
		sems->sem[i].value = clamp(sems->sem[i].value + undo->add[i], 0, SEMVMX);
		sems->sem[i].pid = pid;
	}
	sems->operated = ktime_get_real_seconds();
	list_del(&undo->list);
	kvfree(undo);
	return true;
}

pid_t krg_sems_next_undo(const struct krg_sems *sems, pid_t pid)
{
	struct krg_undo *undo;
	pid_t next = 0;

	list_for_each_entry(undo, &sems->undos, list)
		if (undo->pid > pid && (!next || undo->pid < next))
			next = undo->pid;
	return next;
}

size_t krg_sems_save(const struct krg_sems *sems, struct krg_keep_wire *to)
{
	to->op = KRG_HAND_VALUES;
	to->count = min_t(u64, KRG_KEEP_MAX / sizeof(*sems->sem), sems->count - to->number);
	memcpy(to->data, sems->sem + to->number, to->count * sizeof(*sems->sem));
	return to->count * sizeof(*sems->sem);
}

size_t krg_sems_save_undo(const struct krg_sems *sems, struct krg_keep_wire *to)
{
	const struct krg_undo *undo = krg_undo_find(sems, to->pid);

	to->op = KRG_HAND_UNDO;
	to->count = min_t(u64, KRG_KEEP_MAX / sizeof(*undo->add), sems->count - to->number);
	memcpy(to->data, undo->add + to->number, to->count * sizeof(*undo->add));
	return to->count * sizeof(*undo->add);
}

int krg_sems_load(struct krg_sems *sems, const struct krg_keep_wire *from)
{
	const struct krg_sem *values = (const struct krg_sem *)from->data;
	struct krg_undo *undo;
	u32 i;

	if (from->number > sems->count || from->count > sems->count - from->number)
		return -EPROTO;
	if (from->op == KRG_HAND_VALUES) {
		for (i = 0; i < from->count; i++)
			if (values[i].value > SEMVMX)
				return -EPROTO;
		memcpy(sems->sem + from->number, values, from->count * sizeof(*values));
		return 0;
	}
	undo = krg_undo_get(sems, from->pid);
	if (!undo)
		return -ENOMEM;
	memcpy(undo->add + from->number, from->data, from->count * sizeof(*undo->add));
	return 0;
}

void krg_sems_load_stat(struct krg_sems *sems, const struct krg_keep_stat *stat)
{
	sems->operated = stat->operated_at;
}
