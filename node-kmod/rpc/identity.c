// SPDX-License-Identifier: GPL-2.0-only
/* Who this node is: module parameters, else the kernel command line. */
#define pr_fmt(fmt) "krg_rpc: " fmt

#include <linux/module.h>
#include <linux/string.h>
#include "rpc.h"

static int node_id = KRG_NODE_NONE;
module_param(node_id, int, 0444);
MODULE_PARM_DESC(node_id, "id of this node in its cluster, 1 to 127");

static int session_id = -1;
module_param(session_id, int, 0444);
MODULE_PARM_DESC(session_id, "number of the cluster on this network, 1 to 9999");

int krg_node_id(void)
{
	return node_id;
}
EXPORT_SYMBOL_GPL(krg_node_id);

int krg_session_id(void)
{
	return session_id;
}
EXPORT_SYMBOL_GPL(krg_session_id);

/* The number behind "<name>=" on the kernel command line, or @value if it has none. */
static int krg_boot_option(const char *name, int value)
{
	const char *at = krg_var(saved_command_line);
	size_t len = strlen(name);

	while (at) {
		at = skip_spaces(at);
		if (!strncmp(at, name, len) && at[len] == '=') {
			char number[8] = "";

			strscpy(number, at + len + 1, min(sizeof(number),
							  strcspn(at + len + 1, " ") + 1));
			if (kstrtoint(number, 10, &value))
				pr_warn("%s= on the kernel command line is not a number\n", name);
		}
		at = strchr(at, ' ');
	}
	return value;
}

static int krg_check_range(const char *name, int value, int max)
{
	if (value >= 1 && value <= max)
		return 0;
	pr_err("%s must be 1 to %d, not %d: give it as module parameter or on the kernel command line\n",
	       name, max, value);
	return -EINVAL;
}

int krg_identity_init(void)
{
	int err;

	if (node_id == KRG_NODE_NONE)
		node_id = krg_boot_option("node_id", node_id);
	if (session_id == -1)
		session_id = krg_boot_option("session_id", session_id);
	err = krg_check_range("node_id", node_id, KRG_MAX_NODES - 1);
	return err ?: krg_check_range("session_id", session_id, 9999);
}
