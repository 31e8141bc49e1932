// SPDX-License-Identifier: GPL-2.0-only
/* krgadm: the cluster and its nodes. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <kerrighed/kerrighed.h>

enum selector { NONE, NODES, COUNT, TOTAL, ALL };

static enum selector selector;
static struct krg_node_set *list;
static int number;

static void usage(FILE *out)
{
	fputs("usage: krgadm [-h|--help] [--version]\n"
	      "       krgadm cluster {status|poweroff|reboot}\n"
	      "       krgadm nodes status [-n|--nodes LIST]\n"
	      "       krgadm nodes {add|del} {-n|--nodes LIST | -c|--count N | -t|--total N | -a|--all}\n"
	      "LIST is node ids and ranges of them: 2,3,6-10\n", out);
}

static int report(int failed)
{
	if (!failed) {
		puts("done");
		return 0;
	}
	printf("fail: %s\n", strerror(errno));
	if (*krg_refusal())
		fprintf(stderr, "krgadm: %s\n", krg_refusal());
	return 1;
}

/* Parse "2,3,6-10". Return: the set, or NULL after a message. */
static struct krg_node_set *parse_list(const char *text)
{
	struct krg_node_set *set = krg_node_set_create();
	const char *at = text;
	char *end;
	long from, to;

	if (!set) {
		perror("krgadm");
		return NULL;
	}
	do {
		from = strtol(at, &end, 10);
		to = from;
		if (end == at)
			goto bad;
		if (*end == '-') {
			at = end + 1;
			to = strtol(at, &end, 10);
			if (end == at || to < from)
				goto bad;
		}
		if (from < 0 || to >= kerrighed_max_nodes) {
			fprintf(stderr, "krgadm: node ids are 0 to %d: %s\n",
				kerrighed_max_nodes - 1, text);
			goto out;
		}
		for (; from <= to; from++)
			krg_node_set_add(set, from);
		at = end + 1;
	} while (*end == ',');
	if (!*end)
		return set;
bad:
	fprintf(stderr, "krgadm: not a list of nodes: %s\n", text);
out:
	krg_node_set_destroy(set);
	return NULL;
}

static void print_set(struct krg_node_set *set)
{
	const char *separator = "";
	int n = -1;

	putchar('[');
	while ((n = krg_node_set_next(set, n)) != -1) {
		printf("%s%d", separator, n);
		separator = ",";
	}
	putchar(']');
}

static struct krg_nodes *get_nodes(void)
{
	struct krg_nodes *nodes = krg_nodes_status();

	if (!nodes) {
		fprintf(stderr, "krgadm: status of the nodes: %s\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	return nodes;
}

/* How many of the listed nodes are not there yet. */
static int missing(struct krg_nodes *nodes)
{
	int n = -1, count = 0;

	while ((n = krg_node_set_next(list, n)) != -1)
		count += nodes->nodes[n] < HOTPLUG_NODE_PRESENT;
	return count;
}

/* How many of the nodes to wait for are there, and how many shall be. */
static int arrived(struct krg_nodes *nodes, int *wanted)
{
	switch (selector) {
	case COUNT:
		*wanted = number;
		return krg_nodes_num_present(nodes);
	case TOTAL:
		*wanted = number - krg_nodes_num_online(nodes);
		return krg_nodes_num_present(nodes);
	case NODES:
		*wanted = krg_node_set_weight(list);
		return *wanted - missing(nodes);
	default:
		*wanted = 0;
		return 0;
	}
}

/* Wait until the nodes to be added are there. Return: the states then. */
static struct krg_nodes *wait_present(void)
{
	struct krg_nodes *nodes = get_nodes();
	int have, wanted, n = -1;

	have = arrived(nodes, &wanted);
	if (have >= wanted)
		return nodes;
	for (;;) {
		if (selector == NODES) {
			printf("\rWaiting for nodes to join...   ");
			for (n = -1; (n = krg_node_set_next(list, n)) != -1;)
				printf(" %d:%d", n, nodes->nodes[n] >= HOTPLUG_NODE_PRESENT);
		} else {
			printf("\rWaiting for %d nodes to join... %4d/%-4d", wanted, have, wanted);
		}
		fflush(stdout);
		if (have >= wanted)
			break;
		sleep(1);
		krg_nodes_destroy(nodes);
		nodes = get_nodes();
		have = arrived(nodes, &wanted);
	}
	puts(" done");
	return nodes;
}

static int nodes_add(void)
{
	struct krg_nodes *nodes = wait_present();
	struct krg_node_set *set = krg_nodes_get_present(nodes);
	int n, wanted;

	arrived(nodes, &wanted);
	for (n = -1; (n = krg_node_set_next(set, n)) != -1;) {
		if (selector == NODES ? !krg_node_set_contains(list, n) :
		    selector != ALL && wanted-- <= 0)
			krg_node_set_remove(set, n);
	}
	if (!krg_node_set_weight(set)) {
		puts("No present node to add.");
		return 0;
	}
	printf("Adding nodes ");
	print_set(set);
	printf("... ");
	fflush(stdout);
	return report(krg_nodes_add(set));
}

static int nodes_del(void)
{
	struct krg_nodes *nodes = get_nodes();
	struct krg_node_set *set = krg_nodes_get_online(nodes);
	int self = get_node_id(), online = krg_nodes_num_online(nodes);
	int wanted = selector == TOTAL ? online - number : number;
	int n;

	krg_node_set_remove(set, self);
	if (selector == NODES) {
		for (n = -1; (n = krg_node_set_next(list, n)) != -1;) {
			if (n == self) {
				puts("Unable to suppress current node.");
				return 1;
			}
			if (!krg_nodes_is_online(nodes, n)) {
				printf("Unable to suppress node %d (must be 'online').\n", n);
				return 1;
			}
		}
		set = list;
	} else if (selector != ALL) {
		if (wanted >= online) {
			puts("Not enough nodes to remove. Aborting.");
			return 1;
		}
		for (n = -1; (n = krg_node_set_next(set, n)) != -1;)
			if (wanted-- <= 0)
				krg_node_set_remove(set, n);
	}
	if (!krg_node_set_weight(set)) {
		puts("No online node to remove.");
		return 0;
	}
	printf("Removing nodes ");
	print_set(set);
	printf("... ");
	fflush(stdout);
	return report(krg_nodes_remove(set));
}

static int nodes_status(void)
{
	struct krg_nodes *nodes = get_nodes();
	int n;

	for (n = -1; (n = krg_nodes_nextnode(nodes, n)) != -1;)
		if (nodes->nodes[n] >= HOTPLUG_NODE_PRESENT &&
		    (!list || krg_node_set_contains(list, n)))
			printf("%d:%s\n", n, krg_status_str(nodes->nodes[n]));
	return 0;
}

static int cluster(const char *action)
{
	struct krg_clusters *clusters;

	if (!action || !strcmp(action, "status")) {
		clusters = krg_cluster_status();
		if (!clusters) {
			puts("status: error");
			return 1;
		}
		if (krg_clusters_is_up(clusters, 0))
			printf("status: up on %d nodes\n", get_nr_nodes());
		else
			puts("status: down");
		return 0;
	}
	if (!strcmp(action, "poweroff") || !strcmp(action, "reboot")) {
		int reboot = !strcmp(action, "reboot");
		int failed;

		printf(reboot ? "Rebooting cluster... " : "Shutting down cluster... ");
		fflush(stdout);
		failed = reboot ? krg_cluster_reboot(0) : krg_cluster_shutdown(0);
		if (failed)
			printf("fail (%s)\n", strerror(errno));
		else
			puts("done");
		return failed ? 1 : 0;
	}
	usage(stderr);
	return 1;
}

static int nodes(const char *action)
{
	if (action && !strcmp(action, "status") && (selector == NONE || selector == NODES))
		return nodes_status();
	if (action && selector != NONE && !strcmp(action, "add"))
		return nodes_add();
	if (action && selector != NONE && !strcmp(action, "del"))
		return nodes_del();
	usage(stderr);
	return 1;
}

static void select_by(enum selector by)
{
	if (selector != NONE) {
		fputs("Only one of --all, --count, --total or --nodes option is supported. Aborting.\n",
		      stderr);
		exit(EXIT_FAILURE);
	}
	selector = by;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "count", required_argument, NULL, 'c' },
		{ "total", required_argument, NULL, 't' }, { "all", no_argument, NULL, 'a' }, {}
	};
	char *nodes_arg = NULL, *end;
	int option;

	while ((option = getopt_long(argc, argv, "hn:c:t:a", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			usage(stdout);
			return 0;
		case 'V':
			puts("krgadm " KRG_VERSION);
			return 0;
		case 'n':
			select_by(NODES);
			nodes_arg = optarg;
			break;
		case 'c':
		case 't':
			select_by(option == 'c' ? COUNT : TOTAL);
			number = strtol(optarg, &end, 10);
			if (end == optarg || *end || number < 0) {
				fprintf(stderr, "krgadm: not a number of nodes: %s\n", optarg);
				return 1;
			}
			break;
		case 'a':
			select_by(ALL);
			break;
		default:
			usage(stderr);
			return 1;
		}
	}
	if (optind == argc) {
		usage(stdout);
		return 0;
	}
	if (krg_check_hotplug()) {
		fprintf(stderr, "Kerrighed is not running: %s\n", strerror(errno));
		return 1;
	}
	if (nodes_arg) {
		list = parse_list(nodes_arg);
		if (!list)
			return 1;
	}
	if (!strcmp(argv[optind], "cluster"))
		return cluster(argv[optind + 1]);
	if (!strcmp(argv[optind], "nodes"))
		return nodes(argv[optind + 1]);
	usage(stderr);
	return 1;
}
