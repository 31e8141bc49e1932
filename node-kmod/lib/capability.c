// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <kerrighed/capability.h>
#include <kerrighed/services.h>

int krg_capset(krg_cap_t *caps)
{
	return call_kerrighed_services(KSYS_SET_CAP, caps);
}

int krg_capget(krg_cap_t *caps)
{
	return call_kerrighed_services(KSYS_GET_CAP, caps);
}

int krg_father_capset(krg_cap_t *caps)
{
	return call_kerrighed_services(KSYS_SET_FATHER_CAP, caps);
}

int krg_father_capget(krg_cap_t *caps)
{
	return call_kerrighed_services(KSYS_GET_FATHER_CAP, caps);
}

int krg_pid_capset(pid_t pid, krg_cap_t *caps)
{
	krg_cap_pid_t desc = { .pid = pid, .caps = caps };

	return call_kerrighed_services(KSYS_SET_PID_CAP, &desc);
}

int krg_pid_capget(pid_t pid, krg_cap_t *caps)
{
	krg_cap_pid_t desc = { .pid = pid, .caps = caps };

	return call_kerrighed_services(KSYS_GET_PID_CAP, &desc);
}

int krg_cap_get_supported(int *set)
{
	return call_kerrighed_services(KSYS_GET_SUPPORTED_CAP, set);
}

int krg_cap_geteffective(const krg_cap_t *caps)
{
	return caps->effective;
}

int krg_cap_getpermitted(const krg_cap_t *caps)
{
	return caps->permitted;
}

int krg_cap_getinheritable_permitted(const krg_cap_t *caps)
{
	return caps->inheritable_permitted;
}

int krg_cap_getinheritable_effective(const krg_cap_t *caps)
{
	return caps->inheritable_effective;
}

const char *krg_cap_name(int cap)
{
	static const char *const name[CAP_SIZE] = {
		"CHANGE_KERRIGHED_CAP", "CAN_MIGRATE", "DISTANT_FORK", "FORK_DELAY",
		"CHECKPOINTABLE", "USE_REMOTE_MEMORY", "USE_INTRA_CLUSTER_KERSTREAMS",
		"USE_INTER_CLUSTER_KERSTREAMS", "USE_WORLD_VISIBLE_KERSTREAMS",
		"SEE_LOCAL_PROC_STAT", "DEBUG", "SYSCALL_EXIT_HOOK",
	};

	return cap >= 0 && cap < CAP_SIZE ? name[cap] : NULL;
}
