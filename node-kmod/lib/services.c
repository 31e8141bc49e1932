// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <kerrighed/services.h>

int kerrighed_max_nodes = 128;
int kerrighed_max_clusters = KERRIGHED_MAX_CLUSTERS;

static __thread char refusal[256];

int check_abi_version(void)
{
	char abi[8] = "";
	ssize_t len = -1;
	int fd;

	fd = open("/sys/kerrighed/abi", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, abi, sizeof(abi) - 1);
		close(fd);
	}
	return len > 0 && !strcmp(abi, KERRIGHED_ABI "\n");
}

/* A program of another ABI must not even begin: its requests would mean something else. */
static void __attribute__((constructor)) init_krg_lib(void)
{
	if (check_abi_version())
		return;
	fputs("kerrighed: tools and kernel version mismatch\n", stderr);
	exit(1);
}

int open_kerrighed_services(void)
{
	return open("/proc/kerrighed/services", O_RDONLY | O_CLOEXEC);
}

void close_kerrighed_services(int fd)
{
	close(fd);
}

int call_opened_kerrighed_services(int fd, int service_id, void *data)
{
	int ret = ioctl(fd, (unsigned int)service_id, data);

	refusal[0] = 0;
	if (ret == -1) {
		int err = errno;
		ssize_t len = pread(fd, refusal, sizeof(refusal) - 1, 0);

		refusal[len > 0 ? len : 0] = 0;
		errno = err;
	}
	return ret;
}

int call_kerrighed_services(int service_id, void *data)
{
	int fd, ret, err;

	fd = open_kerrighed_services();
	if (fd == -1) {
		refusal[0] = 0;
		return -1;
	}
	ret = call_opened_kerrighed_services(fd, service_id, data);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

const char *krg_refusal(void)
{
	return refusal;
}

int krg_get_max_nodes(void)
{
	return kerrighed_max_nodes;
}

int krg_get_max_clusters(void)
{
	return kerrighed_max_clusters;
}

int get_node_id(void)
{
	int id;

	return call_kerrighed_services(KSYS_GET_NODE_ID, &id) ? -1 : id;
}

int get_nr_nodes(void)
{
	int count;

	return call_kerrighed_services(KSYS_GET_NODES_COUNT, &count) ? -1 : count;
}
