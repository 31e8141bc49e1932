// SPDX-License-Identifier: GPL-2.0-only
/* How a program says what it found, and what nearly all of them need. */
#include "zoo.h"
#include <stdarg.h>

volatile sig_atomic_t stopping;
static char out[4096];

void say_to(const char *name)
{
	int fd;

	snprintf(out, sizeof(out), "%s", name);
	fd = open(out, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		_exit(3);
	close(fd);
}

void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int len, fd;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	fd = open(out, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, line, len) != len)
		_exit(3);
	close(fd);
}

void say_ready(void)
{
	say("ready");
}

void say_round(void)
{
	static uint64_t round;

	say("round %" PRIu64, ++round);
}

void say_broken(const char *what, const char *file, int line)
{
	const char *slash = strrchr(file, '/');
	int error = errno;

	say("broken: %s (%s:%d, process %d, thread %d, %s)", what, slash ? slash + 1 : file, line,
	    getpid(), gettid(), strerror(error));
	_exit(1);
}

double seconds(clockid_t clock)
{
	struct timespec t;

	MUST(!clock_gettime(clock, &t));
	return t.tv_sec + t.tv_nsec / 1e9;
}

double now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

void nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (!stopping && nanosleep(&t, &t))
		MUST(errno == EINTR);
}

uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void work(unsigned int turns)
{
	uint64_t x = turns, i;

	for (i = 0; i < turns * 1000ULL; i++) {
		x = mix(x);
		asm volatile("" : "+r"(x));
	}
}

void ignore(int signal)
{
	(void)signal;
}

void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	MUST(!sigaction(signal, &action, NULL));
}
