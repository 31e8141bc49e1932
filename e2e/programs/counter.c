// SPDX-License-Identifier: Apache-2.0
/*
 * counter FILE MB [PAUSE_MS]
 *
 * Counts for ever, and looks in each round whether it is still whole: MB
 * megabytes of memory whose checksum it knows, doubles, and all AVX registers,
 * which stay loaded while a loop runs. Then it appends the count as one line
 * to FILE. A failed check appends a line that says what broke and exits with 1.
 * SIGTERM ends it; it prints the total on standard output and exits with 0.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MB (1024 * 1024UL)
#define LANES 4			/* 64-bit words in an AVX register */
#define REGISTERS 16
#define AVX_LOOP 2000000

static volatile sig_atomic_t stopping;
static int file;
static uint64_t count;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static void append(const char *text, size_t len)
{
	ssize_t n = write(file, text, len);

	if (n != (ssize_t)len) {
		fprintf(stderr, "counter: write: %zd of %zu bytes, %s\n", n, len,
			n < 0 ? strerror(errno) : "short");
		exit(1);
	}
}

__attribute__((format(printf, 1, 2), noreturn))
static void broken(const char *format, ...)
{
	char text[256];
	va_list args;
	int len = snprintf(text, sizeof(text), "broken after %" PRIu64 ": ", count);

	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - len - 1, format, args);
	va_end(args);
	strcat(text, "\n");
	fputs(text, stderr);
	append(text, strlen(text));
	exit(1);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* Each word's place counts, so that exchanged pages are seen too. */
static uint64_t checksum(const uint64_t *memory, size_t words)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < words; i++)
		sum += memory[i] * (2 * i + 1);
	return sum;
}

static uint64_t change(uint64_t *memory, size_t words, uint64_t sum)
{
	size_t pages = words / 512, i, at;
	uint64_t new;

	for (i = 0; i < 16; i++) {
		at = mix(count * 16 + i) % pages * 512 + i;
		new = mix(memory[at] + count);
		sum += (new - memory[at]) * (2 * at + 1);
		memory[at] = new;
	}
	return sum;
}

static bool have_avx(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AVX) && (c & bit_OSXSAVE);
}

#define LOAD(n) "vmovdqu " #n "*32(%[in]), %%ymm" #n "\n"
#define STORE(n) "vmovdqu %%ymm" #n ", " #n "*32(%[out])\n"
#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) \
	X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

/* The registers stay loaded, and nothing else runs, while the loop counts down. */
static void check_avx(void)
{
	uint64_t in[REGISTERS * LANES], out[REGISTERS * LANES];
	uint64_t loop = AVX_LOOP;
	int i;

	for (i = 0; i < REGISTERS * LANES; i++)
		in[i] = mix(count * 64 + i);
	memset(out, 0, sizeof(out));
	__asm__ volatile(ALL(LOAD)
			 "1: dec %[loop]\n"
			 "jnz 1b\n"
			 ALL(STORE)
			 "vzeroupper\n"
			 : [loop] "+r" (loop)
			 : [in] "r" (in), [out] "r" (out)
			 : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
			   "xmm13", "xmm14", "xmm15");
	for (i = 0; i < REGISTERS * LANES; i++)
		if (in[i] != out[i])
			broken("register ymm%d, word %d", i / LANES, i % LANES);
}

/* A chain of roundings: one lost bit on the way gives another result. */
static double chain(double x, int steps)
{
	int i;

	for (i = 0; i < steps; i++)
		x = sqrt(x * x + 1.0 / (i + 1)) * 0.999999;
	return x;
}

static void check_doubles(double expected)
{
	double x = chain(1.5, 20000);

	if (memcmp(&x, &expected, sizeof(x)))
		broken("doubles: %a instead of %a", x, expected);
}

static void pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (nanosleep(&time, NULL) && !(errno == EINTR && stopping))
		broken("nanosleep: %s", strerror(errno));
}

static long number(const char *text, long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || end == text || value < 0 || value > max) {
		fprintf(stderr, "counter: '%s' is no number from 0 to %ld\n", text, max);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	uint64_t *memory, sum;
	size_t bytes, words, i;
	long wait = 0;
	double expected;
	char line[32];
	bool avx;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: counter FILE MB [PAUSE_MS]\n");
		return 2;
	}
	bytes = number(argv[2], 65536) * MB;
	if (!bytes)
		bytes = 4096;
	if (argc == 4)
		wait = number(argv[3], 3600000);
	file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (file < 0) {
		fprintf(stderr, "counter: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		fprintf(stderr, "counter: %zu MB: %s\n", bytes / MB, strerror(errno));
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);

	words = bytes / sizeof(*memory);
	for (i = 0; i < words; i++)
		memory[i] = mix(i);
	sum = checksum(memory, words);
	expected = chain(1.5, 20000);
	avx = have_avx();

	while (!stopping) {
		if (checksum(memory, words) != sum)
			broken("checksum of the memory");
		check_doubles(expected);
		if (avx)
			check_avx();
		count++;
		sum = change(memory, words, sum);
		append(line, snprintf(line, sizeof(line), "%" PRIu64 "\n", count));
		if (wait && !stopping)
			pause_ms(wait);
	}
	printf("total %" PRIu64 "\n", count);
	return 0;
}
