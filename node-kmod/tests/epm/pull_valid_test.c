// SPDX-License-Identifier: GPL-2.0-only
/* What another node may ask for: whole pages of user memory, each once, as many as fit. */
#include <stdio.h>
#include <stdlib.h>
#include "../../epm/pull.h"

static int cases;

static void expect(bool valid, const struct krg_pull *pull, const char *what)
{
	cases++;
	if (krg_pull_valid(pull) == valid)
		return;
	fprintf(stderr, "pull_valid_test: %s is %s\n", what, valid ? "refused" : "taken");
	exit(1);
}

int main(void)
{
	static const struct {
		__u64 addr;
		bool valid;
		const char *what;
	} one[] = {
		{ 0x1000, true, "a page" },
		{ 0, true, "page 0" },
		{ KRG_PULL_END - 4096, true, "the last page" },
		{ KRG_PULL_END, false, "a page behind the last" },
		{ 0x1001, false, "half a page" },
		{ 0xffffffff81000000, false, "a page of the kernel" },
	};
	struct krg_pull pull = {};
	int i, j;

	expect(true, &pull, "nothing");
	pull.count = 1;
	for (i = 0; i < 6; i++) {
		pull.addr[0] = one[i].addr;
		expect(one[i].valid, &pull, one[i].what);
	}
	for (i = 0; i < KRG_PULL_PAGES; i++) {
		pull.addr[i] = (i + 1) * 4096;
		pull.count = i + 1;
		expect(true, &pull, "some pages");
		for (j = 0; j < i; j++) {
			pull.addr[i] = pull.addr[j];
			expect(false, &pull, "a page twice");
		}
		pull.addr[i] = (i + 1) * 4096;
	}
	pull.count = KRG_PULL_PAGES + 1;
	expect(false, &pull, "more than fits");
	pull.count = -1;
	expect(false, &pull, "a huge number of pages");
	pull.count = 0;
	pull.came = 1;
	for (i = 0; i < 6; i++) {
		pull.came_addr[0] = one[i].addr;
		expect(one[i].valid, &pull, one[i].what);
	}
	pull.came = KRG_PULL_PAGES + 1;
	expect(false, &pull, "more than can have come");
	printf("pull_valid_test: %d cases passed\n", cases);
	return 0;
}
