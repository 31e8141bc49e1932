/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's lists. */
#ifndef SIM_LIST_H
#define SIM_LIST_H

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline void list_add(struct list_head *entry, struct list_head *at)
{
	entry->next = at->next;
	entry->prev = at;
	at->next->prev = entry;
	at->next = entry;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	list_add(entry, head->prev);
}

static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_empty_careful(head) list_empty(head)

static inline void sim_splice(struct list_head *list, struct list_head *prev)
{
	struct list_head *next = prev->next;

	if (list_empty(list))
		return;
	prev->next = list->next;
	list->next->prev = prev;
	next->prev = list->prev;
	list->prev->next = next;
}

static inline void list_splice(struct list_head *list, struct list_head *head)
{
	sim_splice(list, head);
}

static inline void list_splice_tail(struct list_head *list, struct list_head *head)
{
	sim_splice(list, head->prev);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	sim_splice(list, head);
	INIT_LIST_HEAD(list);
}

#define list_entry(at, type, member) container_of(at, type, member)
#define list_first_entry_or_null(head, type, member)				\
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_for_each_entry(at, head, member)					\
	for (at = list_entry((head)->next, typeof(*at), member); &at->member != (head); \
	     at = list_entry(at->member.next, typeof(*at), member))
#define list_for_each_entry_safe(at, then, head, member)			\
	for (at = list_entry((head)->next, typeof(*at), member),		\
	     then = list_entry(at->member.next, typeof(*at), member);		\
	     &at->member != (head);						\
	     at = then, then = list_entry(then->member.next, typeof(*then), member))

#endif /* SIM_LIST_H */
