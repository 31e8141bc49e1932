#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The kernel runs this on a node that another one adds to the cluster (it is
# /sys/kerrighed/hotplug/cluster_init_helper): starts the container.
KRGINIT_ARGS=
if [ -r /etc/kerrighed/krginit_helper.conf ]; then
	. /etc/kerrighed/krginit_helper.conf
fi
exec "$(dirname "$(readlink -f "$0")")/krgboot" "$@" $KRGINIT_ARGS </dev/null >/dev/console 2>&1
