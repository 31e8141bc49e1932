// SPDX-License-Identifier: GPL-2.0-only
/* A ghost comes back as it was; a damaged one gives an error with its reason, or a valid image. */
#include <stdio.h>
#include <stdlib.h>
#include "ghost/format.c"
#include "ghost/format_check.c"
#include "ghost/format_timers.c"

#define RUNS 20000
#define XSTATE 832
#define CODE 0x400000ULL
#define HEAP 0x500000ULL
#define SEGMENT 0x7f0000000000ULL

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s (run %d)\n", __FILE__,	\
				__LINE__, #condition, run);			\
			exit(1);						\
		}								\
	} while (0)

static int run = -1;

struct stream {
	char *bytes;
	size_t len, at, room;
};

static int stream_write(void *ctx, const void *buf, size_t len)
{
	struct stream *s = ctx;

	if (s->len + len > s->room) {
		s->room = 2 * (s->len + len);
		s->bytes = realloc(s->bytes, s->room);
		CHECK(s->bytes);
	}
	memcpy(s->bytes + s->len, buf, len);
	s->len += len;
	return 0;
}

static int stream_read(void *ctx, void *buf, size_t len)
{
	struct stream *s = ctx;

	if (len > s->len - s->at)
		return -EPIPE;
	memcpy(buf, s->bytes + s->at, len);
	s->at += len;
	return 0;
}

/* A section, and the end. */
static void write_pages(struct gf_io *io, const struct gf_run *run_of, u32 count, const char *data)
{
	CHECK(!gf_write_runs(io, run_of, count));
	CHECK(!io->write(io->ctx, data, 3 * GF_PAGE));
	CHECK(!gf_write_end(io));
}

static u32 groups[] = { 4, 100 };
static char xstate[XSTATE] = "xsave";
static char paths[38] = "/bin/sh\0/home\0/tmp/file\0/SYSV0000004d";
static struct gf_file files[] = {
	{ .path = 0, .kind = GF_FILE_REGULAR, .size = 9999, .mtime_nsec = 5 },
	{ .path = 14, .kind = GF_FILE_REGULAR, .pos = 17, .shared = 1 },
	{ .path = 24, .kind = GF_FILE_SEGMENT, .size = 5000, .ino = 32768, .flags = O_RDWR },
};

static struct gf_fd fds[] = { { 0, 1, 0 }, { 7, 1, 1 } };
static struct gf_vma vmas[] = {
	{ .start = CODE, .end = CODE + 4 * GF_PAGE, .kind = GF_VMA_FILE, .prot = 5 },
	{ .start = HEAP, .end = HEAP + 8 * GF_PAGE, .kind = GF_VMA_ANON, .prot = 3 },
	{ .start = SEGMENT, .end = SEGMENT + GF_PAGE, .kind = GF_VMA_FILE, .prot = 3, .file = 2,
	  .flags = GF_VMA_SHARED },
};

static const struct gf_run runs[] = {
	{ CODE, 1, GF_RUN_DATA }, { HEAP, 2, GF_RUN_KEPT }, { HEAP + 2 * GF_PAGE, 2, GF_RUN_DATA },
	{ HEAP + 4 * GF_PAGE, 4, GF_RUN_AWAY },
};

static const struct gf_run early_runs[] = {
	{ CODE, 2, GF_RUN_DATA }, { HEAP + 99 * GF_PAGE, 7, GF_RUN_ZERO },
	{ HEAP, 1, GF_RUN_PLAIN },
};

static const char pages[3 * GF_PAGE] = "contents";

static struct gf_thread_image leader = {
	.self = { .tid = 65900, .comm = "sh", .nice = 5, .blocked = 2 },
	.creds = { .uid = 1000, .cap_permitted = 3, .cap_effective = 1 },
	.regs = { .ip = CODE + 12, .ax = 5 },
	.groups = groups, .ngroups = ARRAY_SIZE(groups),
	.xstate = xstate, .xstate_len = XSTATE,
};

static struct gf_thread_image second = {
	.self = { .tid = 65536 + 300, .comm = "worker", .bound = 1, .cpus = { 5 } },
	.regs = { .ip = CODE + 99 }, .xstate = xstate, .xstate_len = XSTATE,
};

static struct gf_thread_image third = {
	.self = { .tid = 65901, .comm = "worker", .times = { .runtime = 5 } },
	.regs = { .ip = CODE + 99 }, .xstate = xstate, .xstate_len = XSTATE,
};

#define CPU_CLOCK(tid, kind) ((s32)(~(u32)(tid) << 3 | (kind)))

static struct gf_posix_timer timers[] = {
	{ .id = 0, .clock = CLOCK_REALTIME, .notify = SIGEV_SIGNAL, .signo = 14, .expires_ns = 5,
	  .flags = GF_TIMER_ARMED | GF_TIMER_RELATIVE, .requeue = 2, .overrun = -1 },
	{ .id = 3, .clock = CPU_CLOCK(0, 4 | 2), .clock_tid = 65901, .notify = SIGEV_THREAD_ID,
	  .signo = 64, .tid = 65836, .value = ~0ULL, .flags = GF_TIMER_PENDING, .requeue = 3,
	  .signal_requeue = 3, .signal_overrun = 1, .interval_ns = 1000000 },
	{ .id = 4, .clock = CPU_CLOCK(65900, 1), .clock_tid = 65900, .notify = SIGEV_NONE },
};

static struct gf_thread_image *threads[] = { &leader, &second, &third };

static struct gf_image image = {
	.header = { .magic = GF_MAGIC, .format = GF_FORMAT, .page_size = GF_PAGE,
		    .release = "6.12", .xfeatures = 7, .xstate_size = XSTATE, .mono_ns = 1 },
	.process = { .threads = ARRAY_SIZE(threads), .oom_score_adj = -100,
		     .children = { .utime = 9 }, .maxrss = 77, .next_timer_id = 5 },
	.actions = { .action[3] = { .handler = CODE } },
	.timers = { .real_expires_ns = 1000, .real_interval_ns = 2000, .real_armed = 1 },
	.posix_timers = timers, .nposix_timers = ARRAY_SIZE(timers),
	.fs = { .cwd = 8, .umask = 022 },
	.mm = { .start_code = CODE, .end_code = CODE + 99, .start_brk = HEAP, .brk = HEAP + 1 },
	.threads = threads,
	.paths = paths, .paths_len = sizeof(paths),
	.files = files, .nfiles = ARRAY_SIZE(files),
	.fds = fds, .nfds = ARRAY_SIZE(fds),
	.vmas = vmas, .nvmas = ARRAY_SIZE(vmas),
};

/* As many as a section may have are not too many for @data. 0 at the end, or the first error. */
static int read_pages(struct gf_io *io, const struct gf_image *of, char *data)
{
	struct gf_run got[GF_CHUNK_PAGES];
	u32 pages;
	int n, i, err;

	while ((n = gf_read_runs(io, of, got)) > 0) {
		CHECK(n <= GF_CHUNK_PAGES);
		for (i = 0, pages = 0; i < n; i++) {
			CHECK(got[i].pages && gf_page_range(got[i].addr, got[i].addr + GF_PAGE));
			CHECK(got[i].kind == GF_RUN_DATA ||
			      got[i].kind == (of ? GF_RUN_KEPT : GF_RUN_ZERO) ||
			      got[i].kind == (of ? GF_RUN_AWAY : GF_RUN_PLAIN));
			if (gf_run_has_bytes(&got[i]))
				pages += got[i].pages;
		}
		CHECK(pages <= GF_CHUNK_PAGES);
		err = stream_read(io->ctx, data, pages * GF_PAGE);
		if (err)
			return err;
	}
	return n;
}

/* 0 or the first error; what was read is in @read and @data. */
static int read_all(struct stream *s, struct gf_io *io, struct gf_image *read, char *data)
{
	int err;

	*io = (struct gf_io){ .read = stream_read, .ctx = s };
	s->at = 0;
	memset(read, 0, sizeof(*read));
	err = gf_read(io, read, &image.header);
	return err ?: read_pages(io, read, data);
}

static void test_round_trip(const struct stream *good, char *data)
{
	struct stream again = {}, s = *good;
	struct gf_io io, out = { .write = stream_write, .ctx = &again };
	struct gf_image read;

	CHECK(!read_all(&s, &io, &read, data) && s.at == s.len);
	CHECK(!memcmp(data, pages, sizeof(pages)));
	CHECK(read.nvmas == image.nvmas && read.nfds == image.nfds);
	CHECK(read.process.threads == ARRAY_SIZE(threads));
	CHECK(read.threads[0]->regs.ip == CODE + 12 && read.threads[1]->self.cpus[0] == 5);
	CHECK(!strcmp(read.threads[2]->self.comm, "worker"));
	CHECK(read.threads[2]->self.times.runtime == 5);
	CHECK(read.nposix_timers == ARRAY_SIZE(timers) && read.posix_timers[1].tid == 65836);
	CHECK(read.process.children.utime == 9 && read.process.maxrss == 77);
	CHECK(!gf_write(&out, &read));
	write_pages(&out, runs, ARRAY_SIZE(runs), data);
	CHECK(again.len == good->len && !memcmp(again.bytes, good->bytes, good->len));
	gf_image_free(&read);
	free(again.bytes);
}

static void test_damage(const struct stream *good, char *data)
{
	int refused = 0, cut = 0, err, changes;
	struct gf_image read;
	struct gf_io io;

	for (run = 0; run < RUNS; run++) {
		/* half of the changes where the numbers are, not the pages */
		size_t range = run & 1 ? good->len : good->len - sizeof(pages);
		struct stream s = { .len = run % 4 ? good->len : rand() % good->len };

		s.bytes = malloc(s.len ?: 1);
		CHECK(s.bytes);
		memcpy(s.bytes, good->bytes, s.len);
		for (changes = run % 4 ? 1 + rand() % 3 : 0; changes; changes--)
			s.bytes[rand() % range] ^= 1 << rand() % 8;
		err = read_all(&s, &io, &read, data);
		CHECK(err == 0 || err == -EINVAL || err == -EPIPE);
		CHECK((err == -EINVAL) == (io.fault.section && io.fault.field));
		CHECK(run % 4 || err);
		refused += err == -EINVAL;
		cut += err == -EPIPE;
		gf_image_free(&read);
		free(s.bytes);
	}
	CHECK(refused > RUNS / 10 && cut > RUNS / 10 && refused + cut < RUNS);
}

/* What is wrong with the stream of @image as it is now? */
static void expect_fault(const char *section, const char *field, char *data)
{
	struct stream s = {};
	struct gf_io io = { .write = stream_write, .ctx = &s };
	struct gf_image read;

	CHECK(!gf_write(&io, &image) && !gf_write_end(&io));
	CHECK(read_all(&s, &io, &read, data) == -EINVAL);
	CHECK(!strcmp(io.fault.section, section) && !strcmp(io.fault.field, field));
	gf_image_free(&read);
	free(s.bytes);
}

static void test_threads(char *data)
{
	const s32 tid = third.self.tid;

	third.self.tid = second.self.tid;
	expect_fault("thread", "order", data);
	third.self.tid = leader.self.tid;
	expect_fault("thread", "tid", data);
	third.self.tid = -1;
	expect_fault("thread", "order", data);
	third.self.tid = tid;
	third.self.times.nivcsw = 1ULL << 60;
	expect_fault("thread", "times", data);
	third.self.times.nivcsw = 0;
	image.process.ended.stime = ~0ULL;
	expect_fault("process", "times", data);
	image.process.ended.stime = 0;
	image.process.threads = 0;
	expect_fault("process", "threads", data);
	image.process.threads = ARRAY_SIZE(threads);
	third.xstate_len = XSTATE - 1;
	expect_fault("xstate", "length", data);
	third.xstate_len = XSTATE;
}

static void test_segments(char *data)
{
	struct gf_file *segment = &files[2];
	struct gf_vma *vma = &vmas[2];

	segment->flags = O_RDONLY;
	expect_fault("vmas", "prot", data);
	segment->flags = O_RDWR | O_APPEND;
	expect_fault("files", "flags", data);
	segment->flags = O_RDWR;
	segment->ino = 1U << 31;
	expect_fault("files", "ino", data);
	segment->ino = 32768;
	vma->flags = 0;
	expect_fault("vmas", "flags", data);
	vma->flags = GF_VMA_SHARED;
	vma->file = 1;
	expect_fault("vmas", "prot", data);
	vma->file = 2;
	fds[1].file = 2;
	expect_fault("fds", "file", data);
	fds[1].file = 1;
}

/* What is wrong with the interval timers when @bad takes their place? */
static void expect_bad_interval(struct gf_timers bad, const char *field, char *data)
{
	const struct gf_timers good = image.timers;

	image.timers = bad;
	expect_fault("timers", field, data);
	image.timers = good;
}

static void test_interval_timers(char *data)
{
	expect_bad_interval((struct gf_timers){ .real_expires_ns = -1 }, "real_expires_ns", data);
	expect_bad_interval((struct gf_timers){ .real_interval_ns = 1ULL << 63 },
			    "real_interval_ns", data);
	expect_bad_interval((struct gf_timers){ .real_armed = 2 }, "real_armed", data);
	expect_bad_interval((struct gf_timers){ .cpu[1].left_ns = 1ULL << 63 }, "left_ns", data);
	expect_bad_interval((struct gf_timers){ .cpu[1].interval_ns = 1ULL << 63 }, "interval_ns",
			    data);
}

/* What is wrong with timer @i when @bad takes its place? */
static void expect_bad_timer(u32 i, struct gf_posix_timer bad, const char *field, char *data)
{
	const struct gf_posix_timer good = timers[i];

	timers[i] = bad;
	expect_fault("posix_timers", field, data);
	timers[i] = good;
}

#define BAD_TIMER(i, member, bad)						\
	do {									\
		struct gf_posix_timer t = timers[i];				\
										\
		t.member = bad;							\
		expect_bad_timer(i, t, #member, data);				\
	} while (0)

static void test_posix_timers(char *data)
{
	enum { ARMED, PENDING, NONE };	/* what they are */

	run = -1;
	BAD_TIMER(ARMED, id, -1);
	BAD_TIMER(PENDING, clock, CLOCK_BOOTTIME_ALARM);
	BAD_TIMER(ARMED, clock_tid, 65900);
	BAD_TIMER(ARMED, flags, 8);
	BAD_TIMER(ARMED, notify, SIGEV_THREAD_ID | SIGEV_NONE);
	BAD_TIMER(ARMED, notify, -1);
	BAD_TIMER(ARMED, signo, 0);
	BAD_TIMER(ARMED, signo, 65);
	BAD_TIMER(ARMED, tid, 65900);
	BAD_TIMER(ARMED, expires_ns, -1);
	BAD_TIMER(ARMED, interval_ns, 1ULL << 63);
	/* its signal would start what runs already */
	BAD_TIMER(ARMED, requeue, 3);
	BAD_TIMER(ARMED, overrun, -2);
	BAD_TIMER(ARMED, overrun_last, 1LL << 60);
	BAD_TIMER(PENDING, flags, GF_TIMER_RELATIVE);
	BAD_TIMER(PENDING, clock, CPU_CLOCK(0, 4 | 3));
	BAD_TIMER(PENDING, clock, CPU_CLOCK(65900, 4 | 2));
	BAD_TIMER(PENDING, clock_tid, 65902);
	BAD_TIMER(PENDING, clock_tid, 0);
	BAD_TIMER(PENDING, tid, 1);
	BAD_TIMER(PENDING, signal_requeue, 2);
	BAD_TIMER(PENDING, signal_overrun, -1);
	BAD_TIMER(NONE, clock, CPU_CLOCK(65901, 1));
	timers[NONE].clock = CPU_CLOCK(0, 1);
	BAD_TIMER(NONE, clock_tid, 65901);
	timers[NONE].clock = CPU_CLOCK(65900, 1);
	BAD_TIMER(NONE, flags, GF_TIMER_PENDING);
	timers[PENDING].id = timers[NONE].id;
	expect_fault("posix_timers", "order", data);
	timers[PENDING].id = 3;
	timers[ARMED].notify = SIGEV_NONE;
	expect_fault("posix_timers", "flags", data);
	timers[ARMED].notify = SIGEV_SIGNAL;
	image.process.next_timer_id = 1U << 31;
	expect_fault("process", "next_timer_id", data);
	image.process.next_timer_id = 5;
}

/* As many threads as are said, but too many. */
static void test_too_many_threads(char *data)
{
	static struct gf_thread_image *many[GF_THREADS_MAX + 1];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = &third;
	image.threads = many;
	image.process.threads = ARRAY_SIZE(many);
	expect_fault("process", "threads", data);
	image.threads = threads;
	image.process.threads = ARRAY_SIZE(threads);
}

/* What is wrong with these pages, of a process (@of) or sent early? */
static void expect_bad_run(const struct gf_image *of, struct gf_run bad, const char *field,
			   char *data)
{
	struct stream s = {};
	struct gf_io io = { .write = stream_write, .read = stream_read, .ctx = &s };

	CHECK(!gf_write_runs(&io, &bad, 1) && !gf_write_end(&io));
	CHECK(read_pages(&io, of, data) == -EINVAL);
	CHECK(!strcmp(io.fault.section, "pages") && !strcmp(io.fault.field, field));
	free(s.bytes);
}

/* Pages that are sent early belong to no mapping yet; nothing else may be wrong with them. */
static void test_runs(char *data)
{
	const struct gf_run far = { GF_USER_END - GF_PAGE, 2, GF_RUN_ZERO };
	struct stream s = {};
	struct gf_io io = { .write = stream_write, .read = stream_read, .ctx = &s };

	run = -1;
	write_pages(&io, early_runs, ARRAY_SIZE(early_runs), pages);
	CHECK(!read_pages(&io, NULL, data) && s.at == s.len);
	CHECK(!memcmp(data, pages, sizeof(pages)));
	free(s.bytes);
	expect_bad_run(NULL, far, "addr", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP + 1, 1, GF_RUN_ZERO }, "addr", data);
	expect_bad_run(NULL, (struct gf_run){ -GF_PAGE, 2, GF_RUN_ZERO }, "addr", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, 0, GF_RUN_ZERO }, "run", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, GF_CHUNK_PAGES + 1, GF_RUN_ZERO }, "run", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, GF_CHUNK_PAGES + 1, GF_RUN_DATA }, "pages",
		       data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, 1, GF_RUN_KEPT }, "kind", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, 1, 0 }, "kind", data);
	expect_bad_run(&image, (struct gf_run){ HEAP, 1, GF_RUN_ZERO }, "kind", data);
	expect_bad_run(&image, (struct gf_run){ HEAP, 1, GF_RUN_PLAIN }, "kind", data);
	expect_bad_run(&image, (struct gf_run){ HEAP, 9, GF_RUN_KEPT }, "addr", data);
	expect_bad_run(&image, (struct gf_run){ HEAP, -1, GF_RUN_KEPT }, "addr", data);
	expect_bad_run(NULL, (struct gf_run){ HEAP, 1, GF_RUN_AWAY }, "kind", data);
	expect_bad_run(&image, (struct gf_run){ HEAP, 9, GF_RUN_AWAY }, "addr", data);
	expect_bad_run(&image, (struct gf_run){ CODE, 1, GF_RUN_AWAY }, "addr", data);
}

int main(void)
{
	struct stream good = {};
	struct gf_io io = { .write = stream_write, .ctx = &good };
	char *data = malloc(GF_CHUNK_PAGES * GF_PAGE);

	srand(1);
	CHECK(data && !gf_write(&io, &image));
	write_pages(&io, runs, ARRAY_SIZE(runs), pages);
	test_round_trip(&good, data);
	test_threads(data);
	test_segments(data);
	test_interval_timers(data);
	test_posix_timers(data);
	test_too_many_threads(data);
	test_damage(&good, data);
	test_runs(data);
	free(good.bytes);
	free(data);
	return 0;
}
