// SPDX-License-Identifier: GPL-2.0-only
/* Threads that allocate, grow, hand over and free: each block holds what was written. */
#include "../zoo.h"
#include <malloc.h>
#include <pthread.h>

#define THREADS 3
#define BLOCKS 300

struct block {
	unsigned char *at;
	size_t len;
	unsigned char byte;
};

static struct block shared[16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int rounds[THREADS];

static size_t any_length(uint64_t random)
{
	return random & 15 ? 1 + random / 16 % 2000 : 100000 + random / 16 % 200000;
}

static void check(const struct block *block)
{
	if (!block->at)
		return;
	MUST(malloc_usable_size(block->at) >= block->len);
	for (size_t i = 0; i < block->len; i++)
		MUST(block->at[i] == block->byte);
}

static void change(struct block *block, uint64_t random)
{
	size_t len = any_length(random);

	check(block);
	if (random >> 50 & 1) {
		free(block->at);
		block->at = random >> 51 & 1 ? malloc(len) : aligned_alloc(64, len);
		MUST(!(random >> 51 & 1) || (uintptr_t)block->at % 16 == 0);
	} else {
		block->at = realloc(block->at, len);
		if (block->at && block->len)
			MUST(block->at[0] == block->byte);
	}
	MUST(block->at);
	block->len = len;
	block->byte = random >> 40;
	memset(block->at, block->byte, len);
}

static void *life(void *arg)
{
	struct block block[BLOCKS] = { 0 }, swap;
	int me = (int)(intptr_t)arg, i, which;
	uint64_t random = me;

	while (!stopping) {
		for (i = 0; i < 200; i++) {
			random = mix(random + 0x9e3779b97f4a7c15ULL);
			change(&block[random / 7 % BLOCKS], random);
		}
		/* another thread frees it */
		which = random % 16;
		MUST(!pthread_mutex_lock(&lock));
		swap = shared[which];
		shared[which] = block[0];
		block[0] = swap;
		MUST(!pthread_mutex_unlock(&lock));
		for (i = 0; i < BLOCKS; i++)
			check(&block[i]);
		rounds[me]++;
		nap(20);
	}
	return NULL;
}

void program(void)
{
	pthread_t thread[THREADS];
	int i, before[THREADS];

	for (i = 0; i < THREADS; i++)
		MUST(!pthread_create(&thread[i], NULL, life, (void *)(intptr_t)i));
	say_ready();
	while (!stopping) {
		memcpy(before, (void *)rounds, sizeof(before));
		for (i = 0; i < THREADS; i++)
			while (rounds[i] == before[i] && !stopping)
				nap(10);
		say_round();
	}
	for (i = 0; i < THREADS; i++)
		MUST(!pthread_join(thread[i], NULL));
}
