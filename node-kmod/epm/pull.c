// SPDX-License-Identifier: GPL-2.0-only
/* Post-copy at the destination: fetches what stayed at the source, whenever ghost/ asks for it. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include "epm.h"
#include "pull.h"

static_assert(KRG_PULL_PAGES == KRG_AWAY_BATCH);
static_assert(KRG_PULL_PAGES * PAGE_SIZE <= KRG_RPC_MAX);

struct krg_puller {
	int source;
	u64 incarnation;		/* of .source, when the pages were left there */
	struct krg_pull pull;		/* the next call; one at a time */
	char answer[KRG_PULL_PAGES * PAGE_SIZE];
};

/* Return: bytes of @answer, or -errno; -EHOSTDOWN: the source has died. */
static ssize_t krg_pull_call(const struct krg_puller *puller, const struct krg_pull *pull,
			     void *answer, size_t len)
{
	/* numbers begin anew when it has started anew: this would be about another process */
	if (krg_rpc_incarnation(puller->source) != puller->incarnation)
		return -EHOSTDOWN;
	return krg_rpc_call(puller->source, KRG_RPC_EPM_PULL, pull, sizeof(*pull), answer, len);
}

static int krg_pull_fetch(void *priv, const u64 *addr, unsigned int count, struct page **page)
{
	struct krg_puller *puller = priv;
	struct krg_pull *pull = &puller->pull;
	size_t len = count * PAGE_SIZE;
	unsigned int i;
	ssize_t got;

	pull->count = count;
	memcpy(pull->addr, addr, count * sizeof(*addr));
	got = krg_pull_call(puller, pull, puller->answer, len);
	if (got < 0)
		return got;
	if (got != len)
		return -EPROTO;
	for (i = 0; i < count; i++)
		memcpy(page_address(page[i]), puller->answer + i * PAGE_SIZE, PAGE_SIZE);
	pull->came = count;
	memcpy(pull->came_addr, addr, count * sizeof(*addr));
	return 0;
}

static void krg_pull_over(void *priv)
{
	const struct krg_puller *puller = priv;
	const struct krg_pull pull = { .id = puller->pull.id };

	while (krg_pull_call(puller, &pull, NULL, 0) == -ENOMEM)
		schedule_timeout_idle(HZ / 10);
}

static const struct krg_away_ops krg_pull_ops = {
	.fetch = krg_pull_fetch, .over = krg_pull_over,
};

struct krg_away *krg_pull_new(int source, u32 id)
{
	struct krg_puller *puller = kvzalloc(sizeof(*puller), GFP_KERNEL);
	struct krg_away *away;

	if (!puller)
		return NULL;
	puller->source = source;
	puller->incarnation = krg_rpc_incarnation(source);
	puller->pull.id = id;
	away = krg_away_new(&krg_pull_ops, puller);
	if (!away)
		kvfree(puller);
	return away;
}
