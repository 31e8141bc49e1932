// SPDX-License-Identifier: Apache-2.0
/*
 * First process of a lab guest: runs commands for the lab, many at once, over
 * one virtio-serial port (see protocol.h), and reaps orphans.
 *
 * One poll loop, no threads. A command's output is read only while the lab
 * has granted credit for it, so a stream nobody takes never holds up others.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "protocol.h"

struct buffer {
	uint8_t *data;
	size_t used, size;
};

struct command {
	struct command *next;
	uint32_t channel;
	pid_t pid;
	int in, out, err;	/* -1 when closed; in == out for a terminal */
	bool exited, reported;
	int status;
	bool in_ending;		/* close the input once in_pending is written */
	bool pty;
	struct buffer in_pending;
	uint32_t credit;
};

static struct command *commands;
static int port;
static struct buffer to_lab, from_lab;

static void fail(const char *what)
{
	fprintf(stderr, "lab agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void append(struct buffer *b, const void *data, size_t len)
{
	if (b->used + len > b->size) {
		b->size = (b->used + len) * 2;
		b->data = realloc(b->data, b->size);
		if (!b->data)
			fail("memory");
	}
	memcpy(b->data + b->used, data, len);
	b->used += len;
}

static void consume(struct buffer *b, size_t len)
{
	memmove(b->data, b->data + len, b->used - len);
	b->used -= len;
}

static void send_frame(uint32_t channel, uint8_t type, const void *payload,
		       uint32_t len)
{
	uint32_t head[2] = { htonl(len), htonl(channel) };

	append(&to_lab, head, sizeof(head));
	append(&to_lab, &type, 1);
	append(&to_lab, payload, len);
}

static void send_number(uint32_t channel, uint8_t type, uint32_t value)
{
	value = htonl(value);
	send_frame(channel, type, &value, sizeof(value));
}

static void flush_to_lab(void)
{
	while (to_lab.used) {
		ssize_t n = write(port, to_lab.data, to_lab.used);

		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			fail("write to the lab");
		}
		consume(&to_lab, n);
	}
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_input(struct command *c)
{
	/* A terminal has one descriptor for both ways: send its EOF key. */
	if (c->pty && c->in >= 0) {
		if (write(c->in, "\004", 1) < 0)
			fprintf(stderr, "lab agent: terminal: %s\n", strerror(errno));
		c->in = -1;
		return;
	}
	close_fd(&c->in);
}

static void write_input(struct command *c)
{
	while (c->in >= 0 && c->in_pending.used) {
		ssize_t n = write(c->in, c->in_pending.data, c->in_pending.used);

		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			close_input(c);	/* nobody reads it any more */
			break;
		}
		consume(&c->in_pending, n);
		send_number(c->channel, FRAME_STDIN_CREDIT, n);
	}
	if (c->in < 0 && c->in_pending.used) {
		send_number(c->channel, FRAME_STDIN_CREDIT, c->in_pending.used);
		c->in_pending.used = 0;
	}
	if (c->in_ending && c->in >= 0)
		close_input(c);
}

/* Returns true if something was read. */
static bool read_output(struct command *c, int *fd, uint8_t type)
{
	static uint8_t data[32 * 1024];
	size_t want = sizeof(data);
	ssize_t n;

	if (*fd < 0)
		return false;
	if (!c->reported) {
		if (c->credit < want)
			want = c->credit;
		if (!want)
			return false;
	}
	n = read(*fd, data, want);
	if (n > 0) {
		/* After the exit was reported, what the children left say is dropped. */
		if (!c->reported) {
			c->credit -= n;
			send_frame(c->channel, type, data, n);
		}
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (*fd == c->in)
		c->in = -1;
	close_fd(fd);
	return false;
}

static void report_exit(struct command *c)
{
	int code = WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status)
					  : WEXITSTATUS(c->status);

	send_number(c->channel, FRAME_EXIT, code);
	c->reported = true;
	if (c->in == c->out)
		c->in = -1;
	close_fd(&c->in);
	c->in_pending.used = 0;
}

/* Reports the exit of a command once all it wrote itself has been sent. */
static void settle(struct command *c)
{
	while (c->credit && (read_output(c, &c->out, FRAME_STDOUT) |
			     read_output(c, &c->err, FRAME_STDERR)))
		;
	if (c->exited && !c->reported && (c->credit || (c->out < 0 && c->err < 0)))
		report_exit(c);
}

static void reap(void)
{
	struct command *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (c = commands; c; c = c->next)
			if (c->pid == pid && !c->exited) {
				c->exited = true;
				c->status = status;
			}
}

static struct command *find(uint32_t channel)
{
	struct command *c;

	for (c = commands; c; c = c->next)
		if (c->channel == channel && !c->reported)
			return c;
	return NULL;
}

static void run_child(const char *dir, char **argv, char **env, int in, int out,
		      int err, bool pty)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	if (pty)
		ioctl(0, TIOCSCTTY, 0);
	if (chdir(dir)) {
		dprintf(2, "%s: %s\n", dir, strerror(errno));
		_exit(126);
	}
	environ = env;
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int open_terminal(struct command *c, unsigned int rows, unsigned int cols)
{
	struct winsize size = { .ws_row = rows, .ws_col = cols };
	int slave;

	c->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (c->out < 0 || grantpt(c->out) || unlockpt(c->out))
		return -1;
	slave = open(ptsname(c->out), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return -1;
	ioctl(c->out, TIOCSWINSZ, &size);
	c->in = c->out;
	return slave;
}

static void set_nonblocking(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Starts a command with its three streams; returns its pid, or -1. */
static pid_t start(struct command *c, uint8_t flags, unsigned int rows,
		   unsigned int cols, const char *dir, char **argv, char **env)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t pid;

	if (c->pty) {
		in[0] = open_terminal(c, rows, cols);
		out[1] = in[0];
		err[1] = in[0];
		if (in[0] < 0)
			return -1;
	} else {
		if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
			return -1;
		if (flags & OPEN_STDIN) {
			if (pipe2(in, O_CLOEXEC))
				return -1;
		} else {
			in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		}
		c->in = in[1];
		c->out = out[0];
		c->err = err[0];
	}
	set_nonblocking(c->in);
	set_nonblocking(c->out);
	set_nonblocking(c->err);
	pid = fork();
	if (pid == 0)
		run_child(dir, argv, env, in[0], out[1], err[1], c->pty);
	close(in[0]);
	if (!c->pty) {
		close(out[1]);
		close(err[1]);
	}
	return pid;
}

static char *next_string(char **pos, char *end)
{
	char *s = *pos, *nul;

	if (s >= end)
		return NULL;
	nul = memchr(s, 0, end - s);
	if (!nul)
		return NULL;
	*pos = nul + 1;
	return s;
}

static void refuse(uint32_t channel, const char *why)
{
	send_frame(channel, FRAME_STDERR, why, strlen(why));
	send_number(channel, FRAME_EXIT, 126);
}

static void open_command(uint32_t channel, uint8_t *payload, uint32_t len)
{
	char *pos = (char *)payload + 5, *end = (char *)payload + len;
	char *dir, *count, *argv[1024], *env[1024];
	struct command *c;
	size_t n, argc, envc = 0;

	if (len < 5) {
		refuse(channel, "lab agent: short OPEN frame\n");
		return;
	}
	dir = next_string(&pos, end);
	count = next_string(&pos, end);
	argc = count ? strtoul(count, NULL, 10) : 0;
	if (!dir || argc < 1 || argc > 1023) {
		refuse(channel, "lab agent: bad OPEN frame\n");
		return;
	}
	for (n = 0; n < argc; n++) {
		argv[n] = next_string(&pos, end);
		if (!argv[n]) {
			refuse(channel, "lab agent: OPEN frame lacks arguments\n");
			return;
		}
	}
	argv[argc] = NULL;
	while (envc < 1023 && (env[envc] = next_string(&pos, end)))
		envc++;
	env[envc] = NULL;

	c = calloc(1, sizeof(*c));
	if (!c)
		fail("memory");
	c->channel = channel;
	c->in = -1;
	c->out = -1;
	c->err = -1;
	c->pty = payload[0] & OPEN_PTY;
	c->credit = STREAM_WINDOW;
	c->next = commands;
	commands = c;
	c->pid = start(c, payload[0], payload[1] << 8 | payload[2],
		       payload[3] << 8 | payload[4], dir, argv, env);
	if (c->pid < 0) {
		static const char why[] = "lab agent: cannot start the command\n";

		send_frame(channel, FRAME_STDERR, why, strlen(why));
		c->exited = true;
		c->status = 126 << 8;
	}
}

static void handle(uint32_t channel, uint8_t type, uint8_t *payload, uint32_t len)
{
	struct command *c;
	uint32_t value;

	if (type == FRAME_OPEN) {
		open_command(channel, payload, len);
		return;
	}
	c = find(channel);
	if (!c)
		return;	/* it ended while the frame was on its way */
	switch (type) {
	case FRAME_STDIN:
		append(&c->in_pending, payload, len);
		write_input(c);
		break;
	case FRAME_STDIN_END:
		c->in_ending = true;
		if (!c->in_pending.used)
			close_input(c);
		break;
	case FRAME_CANCEL:
		if (!c->exited)
			kill(-c->pid, SIGKILL);
		break;
	case FRAME_CREDIT:
		if (len == sizeof(value)) {
			memcpy(&value, payload, sizeof(value));
			c->credit += ntohl(value);
		}
		break;
	}
}

static void read_from_lab(void)
{
	static uint8_t data[64 * 1024];
	ssize_t n = read(port, data, sizeof(data));
	uint32_t len, channel;

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail("read from the lab");
	if (n == 0)
		usleep(100000);	/* the lab is away: the port is always "readable" */
	if (n <= 0)
		return;
	append(&from_lab, data, n);
	while (from_lab.used >= FRAME_HEADER) {
		memcpy(&len, from_lab.data, 4);
		memcpy(&channel, from_lab.data + 4, 4);
		len = ntohl(len);
		if (len > FRAME_MAX) {
			errno = EPROTO;
			fail("frame from the lab");
		}
		if (from_lab.used < FRAME_HEADER + len)
			return;
		handle(ntohl(channel), from_lab.data[8],
		       from_lab.data + FRAME_HEADER, len);
		consume(&from_lab, FRAME_HEADER + len);
	}
}

static void drop_finished(void)
{
	struct command **link = &commands, *c;

	while ((c = *link)) {
		if (c->reported && c->out < 0 && c->err < 0) {
			*link = c->next;
			free(c->in_pending.data);
			free(c);
		} else {
			link = &c->next;
		}
	}
}

static int open_port(void)
{
	char path[300], name[64];
	struct dirent *e;
	DIR *dir = opendir("/sys/class/virtio-ports");
	int fd = -1;

	while (dir && (e = readdir(dir))) {
		FILE *f;

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strcmp(name, PORT_NAME "\n")) {
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return fd;
}

static void add_poll(struct pollfd *fds, size_t *n, int fd, short events)
{
	if (fd >= 0 && events)
		fds[(*n)++] = (struct pollfd){ .fd = fd, .events = events };
}

static void wait_for_work(int signals)
{
	static struct pollfd *fds;
	static size_t room;
	struct command *c;
	size_t n = 0, need = 2;
	bool wants;

	for (c = commands; c; c = c->next)
		need += 3;
	if (need > room) {
		room = need * 2;
		fds = realloc(fds, room * sizeof(*fds));
		if (!fds)
			fail("memory");
	}
	add_poll(fds, &n, signals, POLLIN);
	add_poll(fds, &n, port, POLLIN | (to_lab.used ? POLLOUT : 0));
	for (c = commands; c; c = c->next) {
		wants = c->credit || c->reported;
		add_poll(fds, &n, c->out, wants ? POLLIN : 0);
		add_poll(fds, &n, c->err, wants ? POLLIN : 0);
		add_poll(fds, &n, c->in, c->in_pending.used ? POLLOUT : 0);
	}
	if (poll(fds, n, -1) < 0 && errno != EINTR)
		fail("poll");
}

/*
 * The guest has read an RTC that knows whole seconds. Where a deadline by CLOCK_REALTIME is to
 * move, the clocks of a cluster agree, by NTP; these are set to the time of the host, which it
 * gives to a new file.
 */
static void set_clock(void)
{
	char path[] = "/shared/.clock-XXXXXX";
	struct stat created;
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0 || fstat(fd, &created) || clock_settime(CLOCK_REALTIME, &created.st_mtim))
		fail("the host's time");
	close(fd);
	unlink(path);
}

int main(void)
{
	struct signalfd_siginfo info;
	struct command *c;
	sigset_t mask;
	int signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0)
		fail("signalfd");
	port = open_port();
	if (port < 0)
		fail("virtio-serial port " PORT_NAME);
	set_clock();
	send_frame(0, FRAME_HELLO, "", 0);
	for (;;) {
		flush_to_lab();
		wait_for_work(signals);
		while (read(signals, &info, sizeof(info)) > 0)
			;
		reap();
		read_from_lab();
		for (c = commands; c; c = c->next) {
			write_input(c);
			if (c->reported) {
				read_output(c, &c->out, 0);
				read_output(c, &c->err, 0);
			} else {
				settle(c);
			}
		}
		drop_finished();
	}
}
