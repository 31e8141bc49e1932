// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>
#include "sim.h"

static const char *const names[KRG_KDDM_TYPES] = {
	"request", "share", "give", "invalidate", "fetch", "note", "forget", "data", "grant",
	"ack", "fetched", "may drop", "done", "view", "claim", "known", "copy", "reported", "ready",
	"leave", "bye", "bye ack", "destroy", "destroyed",
};

static void fail_waiting(int node)
{
	struct thread *t = nodes[node].threads;
	struct krg_kddm_copy *c;

	while (!t->busy)
		t++;
	if (t->doing == DESTROY)
		fail("a thread of %d waits for ever, destroying set %u", node, t->object / OF_SET);
	c = &nodes[node].copies[t->object];
	fail("a thread of %d waits for ever, doing %d with %u: state %d, wants %d, acks %d, flags %x",
	     node, t->doing, t->object, c->state, c->want, c->acks, c->flags);
}

/* Everything is done: nobody waits, and homes know just what there is. */
void check_rest(void)
{
	int node, object;

	krg_for_each_node(node, &views[epoch]->place.members) {
		struct node *n = &nodes[node];

		if (!n->alive || n->view != epoch || n->core.phase != KRG_KDDM_SERVING)
			fail("%d waits for view %u: has %u, phase %d", node, epoch, n->view,
			     n->core.phase);
		if (!threads_idle(node))
			fail_waiting(node);
		if (n->stopping && !n->left)
			fail("%d cannot leave", node);
		if (n->core.endings)
			fail("%d still destroys set %llu", node,
			     (unsigned long long)n->core.endings->set);
		for (object = 0; object < OBJECTS; object++) {
			struct krg_kddm_copy *c = &n->copies[object];
			int home = views[epoch]->place.home[krg_kddm_slot(&c->key)];
			struct krg_kddm_entry *e = &nodes[home].entries[object];
			bool known = nodes[home].known[object];
			bool has = c->state != KRG_KDDM_INVALID;

			if (c->want || c->writer || c->readers || krg_set_count(c->share_to) ||
			    c->before.type || c->next.type)
				fail("%d has something to do with %d", node, object);
			if (has != (known && krg_set_has(&e->copies, node)))
				fail("home %d is wrong about %d at %d", home, object, node);
			if (c->state == KRG_KDDM_EXCLUSIVE && !e->exclusive)
				fail("home %d shares %d, which %d owns", home, object, node);
		}
	}
}

static void report(u32 history)
{
	u64 messages = 0, views_messages = 0, ends_messages = 0;
	u64 copies = 0, entries = 0, objects = 0;
	int i, object, node;

	for (i = 0; i < KRG_KDDM_TYPES; i++)
		*(i < KRG_KDDM_VIEW ? &messages : i < KRG_KDDM_DESTROY ? &views_messages :
		  &ends_messages) += sent[i];
	for (object = 0; object < OBJECTS; object++) {
		u64 before = entries;

		for (node = 1; node < NODES; node++) {
			if (!nodes[node].in)
				continue;
			entries += nodes[node].known[object];
			copies += nodes[node].copies[object].state != KRG_KDDM_INVALID;
		}
		objects += entries != before;
	}
	printf("operations %llu, failed for a death %llu, events in the history %u\n",
	       (unsigned long long)operations, (unsigned long long)failed, history);
	printf("views %u: joins %llu, leaves %llu, deaths %llu, put out %llu\n", epoch,
	       (unsigned long long)joins, (unsigned long long)leaves,
	       (unsigned long long)deaths, (unsigned long long)outs);
	printf("remote: %llu, messages of one %.2f, of a view %.0f; longest %llu us\n",
	       (unsigned long long)sent[KRG_KDDM_REQUEST],
	       (double)messages / sent[KRG_KDDM_REQUEST], (double)views_messages / epoch,
	       (unsigned long long)longest);
	printf("destroyed: %llu sets, messages of one %.0f\n", (unsigned long long)destructions,
	       destructions ? (double)ends_messages / destructions : 0);
	printf("bytes: message %zu, copy %zu, entry %zu, of an object in the cluster %.0f\n",
	       sizeof(struct krg_kddm_msg), sizeof(struct krg_kddm_copy),
	       sizeof(struct krg_kddm_entry),
	       objects ? (double)(copies * sizeof(struct krg_kddm_copy) +
				  entries * sizeof(struct krg_kddm_entry)) / objects : 0);
	for (i = 0; i < KRG_KDDM_TYPES; i++)
		printf("%s%s %llu", i ? ", " : "messages: ", names[i],
		       (unsigned long long)sent[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	int option, count = 127, together = 3;
	u64 seed = 1;
	u32 history;

	wanted_operations = 1000000;
	while ((option = getopt(argc, argv, "n:o:s:d:e:k")) != -1) {
		switch (option) {
		case 'n':
			count = atoi(optarg);
			break;
		case 'o':
			wanted_operations = strtoull(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			together = atoi(optarg);
			break;
		case 'e':
			destroy_every = atoi(optarg);
			break;
		case 'k':
			ignore_nonsense = true;
			break;
		default:
			count = 0;
		}
	}
	if (count < 2 || count >= NODES || together < 1 || !destroy_every || optind != argc) {
		fprintf(stderr, "usage: sim [-n 2..127] [-o operations] [-s seed] [-d deaths at once] [-e operations of a destruction] [-k]\n");
		return 2;
	}
	sim_seed(seed);
	fate_start(count, together);
	run();
	history = history_check();
	check_rest();
	report(history);
	return 0;
}
