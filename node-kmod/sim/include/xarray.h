/* SPDX-License-Identifier: GPL-2.0-only */
/* An xarray as the kernel's: a tree of nodes with 64 slots, so that it can be counted like one. */
#ifndef SIM_XARRAY_H
#define SIM_XARRAY_H

#define XA_FLAGS_LOCK_IRQ 0

struct xarray {
	void *head;
	unsigned int height;		/* levels of nodes below head */
	unsigned int nodes;		/* that exist */
};

#define DEFINE_XARRAY(name) struct xarray name
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name
#define xa_init(xa) memset(xa, 0, sizeof(*(xa)))
void xa_destroy(struct xarray *xa);
void *xa_load(const struct xarray *xa, unsigned long index);
void *sim_xa_store(struct xarray *xa, unsigned long index, void *entry);
/* The first entry at or behind *@index, which it updates; or NULL. */
void *sim_xa_find(const struct xarray *xa, unsigned long *index);

#define xa_for_each(xa, index, entry)						\
	for ((index) = 0; ((entry) = sim_xa_find(xa, &(index))); (index)++)
static inline int sim_xa_insert(struct xarray *xa, unsigned long index, void *entry)
{
	if (xa_load(xa, index))
		return -EBUSY;
	sim_xa_store(xa, index, entry);
	return 0;
}

#define xa_insert(xa, index, entry, gfp) sim_xa_insert(xa, index, entry)
#define xa_insert_irq(xa, index, entry, gfp) sim_xa_insert(xa, index, entry)
#define xa_store_irq(xa, index, entry, gfp) sim_xa_store(xa, index, entry)
#define xa_erase(xa, index) sim_xa_store(xa, index, NULL)
#define __xa_erase(xa, index) sim_xa_store(xa, index, NULL)
#define xa_mk_value(value) ((void *)((unsigned long)(value) << 1 | 1))
#define xa_to_value(entry) ((unsigned long)(entry) >> 1)
#define xa_err(entry) 0
#define xa_lock(xa) do { } while (0)
#define xa_unlock(xa) do { } while (0)
#define xa_lock_irqsave(xa, flags) ((void)(flags = 0))
#define xa_unlock_irqrestore(xa, flags) ((void)(flags))

#endif /* SIM_XARRAY_H */
