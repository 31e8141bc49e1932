// SPDX-License-Identifier: GPL-2.0-only
#include "sum.h"
#ifdef __KERNEL__
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#endif

/* Without the newline. */
static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return *line ? line + 1 : line;
}

static size_t key_length(const char *line)
{
	return strcspn(line, "\n ");
}

static bool same_key(const char *a, const char *b)
{
	size_t length = key_length(a);

	return length == key_length(b) && !memcmp(a, b, length);
}

/* Return: the line of @text with the key of @like, or NULL. */
static const char *find_line(const char *text, const char *like)
{
	for (; *text; text = next_line(text))
		if (same_key(text, like))
			return text;
	return NULL;
}

static size_t copy_line(char *out, const char *line)
{
	size_t length = line_length(line);

	memcpy(out, line, length);
	out[length] = '\n';
	return length + 1;
}

static bool is_amount(const char *line)
{
	return !same_key(line, "btime") && !same_key(line, "Hugepagesize:");
}

/* A word of a line, and the spaces before it. */
struct word {
	const char *start;
	size_t spaces, length;		/* length 0: the line is over */
	bool number;
	unsigned long long value;
};

static struct word next_word(const char *at)
{
	struct word word = { .start = at, .spaces = strspn(at, " "), .number = true };
	const char *c = at + word.spaces;

	for (; *c && *c != ' ' && *c != '\n'; c++) {
		word.number &= *c >= '0' && *c <= '9';
		word.value = word.value * 10 + (*c - '0');
	}
	word.length = c - at - word.spaces;
	return word;
}

static size_t copy_word(char *out, const struct word *word)
{
	memcpy(out, word->start, word->spaces + word->length);
	return word->spaces + word->length;
}

static size_t put_sum(char *out, const struct word *like, unsigned long long value)
{
	char digits[24];
	size_t length = sprintf(digits, "%llu", value);
	size_t width = like->spaces + like->length, spaces = like->spaces ? 1 : 0;

	if (width > length + spaces)
		spaces = width - length;
	memset(out, ' ', spaces);
	memcpy(out + spaces, digits, length);
	return spaces + length;
}

static size_t sum_line(char *out, const char *a, const char *b)
{
	struct word x, y;
	size_t n = 0;

	for (;;) {
		x = next_word(a);
		y = next_word(b);
		if (!x.length && !y.length)
			break;
		if (x.length && y.length && x.number && y.number)
			n += put_sum(out + n, &x, x.value + y.value);
		else
			n += copy_word(out + n, x.length ? &x : &y);
		a += x.spaces + x.length;
		b += y.spaces + y.length;
	}
	out[n++] = '\n';
	return n;
}

size_t krg_sum_lines(char *out, const char *a, const char *b)
{
	const char *match, *from = b;
	size_t n = 0;

	for (; *a; a = next_line(a)) {
		match = find_line(from, a);
		if (!match) {
			n += copy_line(out + n, a);
			continue;
		}
		for (; from < match; from = next_line(from))
			n += copy_line(out + n, from);
		n += is_amount(a) ? sum_line(out + n, a, match) : copy_line(out + n, a);
		from = next_line(match);
	}
	for (; *from; from = next_line(from))
		n += copy_line(out + n, from);
	out[n] = 0;
	return n;
}

static unsigned int leading_number(const char *text)
{
	return next_word(text).value;
}

void krg_split_stat(const char *text, unsigned int first, char *rest, char *cpus)
{
	const char *numbers;

	for (; *text; text = next_line(text)) {
		if (strncmp(text, "cpu", 3) || text[3] < '0' || text[3] > '9') {
			rest += copy_line(rest, text);
			continue;
		}
		numbers = text + key_length(text);
		cpus += sprintf(cpus, "cpu%u", first + leading_number(text + 3));
		cpus += copy_line(cpus, numbers);
	}
	*rest = 0;
	*cpus = 0;
}

size_t krg_number_cpus(char *out, const char *text, unsigned int first)
{
	static const char key[] = "processor\t: ";
	size_t n = 0;

	for (; *text; text = next_line(text)) {
		if (strncmp(text, key, sizeof(key) - 1))
			n += copy_line(out + n, text);
		else
			n += sprintf(out + n, "%s%u\n", key,
				     first + leading_number(text + sizeof(key) - 1));
	}
	out[n] = 0;
	return n;
}

bool krg_add_load(struct krg_load *sum, const char *text)
{
	unsigned long long load[3], part[3], running, total;
	int i, last;

	if (sscanf(text, "%llu.%llu %llu.%llu %llu.%llu %llu/%llu %d", &load[0], &part[0], &load[1],
		   &part[1], &load[2], &part[2], &running, &total, &last) != 9)
		return false;
	if (!sum->total)
		sum->last_pid = last;
	for (i = 0; i < 3; i++)
		sum->hundredths[i] += load[i] * 100 + part[i];
	sum->running += running;
	sum->total += total;
	return true;
}

bool krg_add_idle(unsigned long long *hundredths, const char *text)
{
	unsigned long long up, part, idle, idle_part;

	if (sscanf(text, "%llu.%llu %llu.%llu", &up, &part, &idle, &idle_part) != 4)
		return false;
	*hundredths += idle * 100 + idle_part;
	return true;
}
