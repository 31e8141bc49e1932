/* SPDX-License-Identifier: GPL-2.0-only */
/* Calling the services of the Kerrighed kernel modules. */
#ifndef KERRIGHED_SERVICES_H
#define KERRIGHED_SERVICES_H

#include <stddef.h>
#include <uapi/kerrighed/services.h>

#ifdef __cplusplus
extern "C" {
#endif

extern int kerrighed_max_nodes;
extern int kerrighed_max_clusters;

/* The file descriptor of the services, or -1 with errno. */
int open_kerrighed_services(void);
void close_kerrighed_services(int fd);

/* One request; -1 with errno on error. */
int call_opened_kerrighed_services(int fd, int service_id, void *data);
int call_kerrighed_services(int service_id, void *data);

/*
 * Why the last request of this thread was refused: a sentence, or "" when the
 * kernel gave none.
 */
const char *krg_refusal(void);

/* Does the kernel speak this library's ABI? 1: yes; 0: no. */
int check_abi_version(void);

int krg_get_max_nodes(void);
int krg_get_max_clusters(void);

/* Id of the node this runs on, and number of online nodes; -1 with errno. */
int get_node_id(void);
int get_nr_nodes(void);

#ifdef __cplusplus
}
#endif

#endif /* KERRIGHED_SERVICES_H */
