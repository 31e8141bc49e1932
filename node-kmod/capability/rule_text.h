/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules as text, one a line:
 *
 *	NAME exe=GLOB uid=UID|* effective=SET permitted=SET
 *		inheritable_permitted=SET inheritable_effective=SET
 *
 * exe and uid may be left out (any). A SET is capability names without CAP_,
 * joined by commas, or a number. Empty lines and lines that begin with # count
 * only as lines. No kernel calls here nor in rule_text.c: tests build them for
 * user space.
 */
#ifndef KRG_RULE_TEXT_H
#define KRG_RULE_TEXT_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#define scnprintf snprintf
#endif
#include <uapi/kerrighed/capability.h>

#define KRG_RULE_NAME	64
#define KRG_RULE_EXE	256
#define KRG_RULE_LINE	1024	/* room for one line of canonical text */

struct krg_rule {
	char name[KRG_RULE_NAME];
	char exe[KRG_RULE_EXE];
	bool any_uid;
	__u32 uid;
	krg_cap_t caps;
};

struct krg_rule_error {
	char text[160];		/* "line 3: permitted: there is no capability CAN_FLY" */
};

/**
 * krg_rules_parse() - read a table
 * @text: is cut into pieces
 * @rule: room for @room rules; a text of n lines has at most n
 * Return: number of rules, or -1 with @error.
 */
int krg_rules_parse(char *text, struct krg_rule *rule, int room, __u32 supported,
		    struct krg_rule_error *error);

/* One rule as canonical text with its newline; returns its length. */
int krg_rule_print(char *line, size_t room, const struct krg_rule *rule);

#endif /* KRG_RULE_TEXT_H */
