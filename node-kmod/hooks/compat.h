/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build for. Nothing of this anywhere else. */
#ifndef KRG_COMPAT_H
#define KRG_COMPAT_H

#include <linux/ftrace.h>
#include <linux/version.h>

#define KRG_KERNEL_SINCE(major, minor) (KERNEL_VERSION(major, minor, 0) <= LINUX_VERSION_CODE)

#if !KRG_KERNEL_SINCE(6, 2)
#define ftrace_regs_set_instruction_pointer(fregs, ip) ftrace_instruction_pointer_set(fregs, ip)
#endif

#endif /* KRG_COMPAT_H */
