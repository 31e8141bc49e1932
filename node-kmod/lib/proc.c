// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include <kerrighed/proc.h>
#include <kerrighed/services.h>
#include <uapi/kerrighed/migration.h>

static int request(int service, pid_t pid, int node)
{
	migration_infos_t infos = { .destination_node_id = node, .pid = pid };

	if (node != infos.destination_node_id) {
		errno = EINVAL;
		return -1;
	}
	return call_kerrighed_services(service, &infos);
}

int migrate(pid_t pid, int node)
{
	return request(KSYS_PROCESS_MIGRATION, pid, node);
}

int migrate_self(int node)
{
	return migrate(getpid(), node);
}

int thread_migrate(pid_t tid, int node)
{
	return request(KSYS_THREAD_MIGRATION, tid, node);
}
