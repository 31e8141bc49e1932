/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel in user space, as far as the modules rpc, hotplug (membership), proc and epm
 * need it. The build includes it before each of their files, whose own includes of
 * <linux/...> are empty. What they call has the kernel's names and meaning; what is the
 * simulator's own begins with sim_.
 *
 * Nothing is preempted: a fiber runs until it waits. So spinlocks and RCU have nothing to do.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include "base.h"
#include "list.h"
#include "xarray.h"
#include "sync.h"
#include "socket.h"
#include "task.h"

#endif /* SIM_KERNEL_H */
