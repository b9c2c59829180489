/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * receiver - an ordinary receiver: kernel UDP sockets, one CSV line a packet.
 *
 *     receiver --port 5004 [--port 5006 ...] --csv FILE [--seconds 60]
 *
 * Times are the kernel's own receive stamps, so that a sleepy receiver does not spoil what it
 * measures. They are CLOCK_REALTIME; the offset to CLOCK_MONOTONIC, the senders' clock, is
 * written at the start and at the end, and whoever reads the file interpolates. It ends on
 * SIGTERM or SIGINT, or when the time is over.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "stamp.h"

#define PORTS_MAX 8
#define BUFFER_BYTES (8 << 20) /* a second of 10 Mbit/s many times over: nothing is lost here */

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* The offset, read between two looks at the other clock; the tightest of some tries counts. */
static void write_offset(FILE *csv, const char *when)
{
	uint64_t best_ns = UINT64_MAX, at_ns = 0, offset_ns = 0;

	for (int i = 0; i < 20; i++) {
		uint64_t before_ns = stamp_now_ns(CLOCK_MONOTONIC);
		uint64_t real_ns = stamp_now_ns(CLOCK_REALTIME);
		uint64_t took_ns = stamp_now_ns(CLOCK_MONOTONIC) - before_ns;

		if (took_ns < best_ns) {
			best_ns = took_ns;
			at_ns = before_ns + took_ns / 2;
			offset_ns = real_ns - at_ns;
		}
	}
	fprintf(csv, "#%s,%llu,%llu\n", when, (unsigned long long)at_ns, (unsigned long long)offset_ns);
}

static int open_port(const char *text)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int on = 1, bytes = BUFFER_BYTES, fd;
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*end != '\0' || port == 0 || port > 65535) {
		fprintf(stderr, "receiver: port '%s': 1 .. 65535\n", text);
		exit(2);
	}
	at.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
		fprintf(stderr, "receiver: port %lu: %s\n", port, strerror(errno));
		exit(1);
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

/* Everything that waits in one socket. */
static void receive(int fd, const char *port, FILE *csv)
{
	for (;;) {
		char data[2048], control[128];
		struct iovec iov = {data, sizeof(data)};
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control,
				     .msg_controllen = sizeof(control)};
		ssize_t len_bytes = recvmsg(fd, &msg, MSG_DONTWAIT);
		struct timespec ts = {0};
		struct stamp s;

		if (len_bytes < 0)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c))
			if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
				memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		if (!stamp_read(data, (size_t)len_bytes, &s))
			continue;
		fprintf(csv, "%s,%lld%09ld,%zd,%u,%u,%c,%u,%u,%llu,%llu\n", port, (long long)ts.tv_sec,
			ts.tv_nsec, len_bytes, s.seq, s.frame, s.type, s.index, s.count,
			(unsigned long long)s.made_ns, (unsigned long long)s.deadline_ns);
	}
}

int main(int argc, char **argv)
{
	const char *ports[PORTS_MAX], *path = NULL;
	struct pollfd fds[PORTS_MAX];
	unsigned int n = 0;
	uint64_t end_ns = stamp_now_ns(CLOCK_MONOTONIC) + UINT64_C(60000000000);
	FILE *csv;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--port") == 0 && n < PORTS_MAX)
			ports[n++] = argv[i + 1];
		else if (i + 1 < argc && strcmp(argv[i], "--csv") == 0)
			path = argv[i + 1];
		else if (i + 1 < argc && strcmp(argv[i], "--seconds") == 0)
			end_ns =
				stamp_now_ns(CLOCK_MONOTONIC) + strtoull(argv[i + 1], NULL, 10) * 1000000000u;
		else
			n = PORTS_MAX + 1;
	}
	if (n == 0 || n > PORTS_MAX || path == NULL) {
		fprintf(stderr,
			"usage: receiver --port N [--port N ...] --csv FILE [--seconds N]; at most %d "
			"ports\n",
			PORTS_MAX);
		return 2;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	csv = fopen(path, "w");
	if (csv == NULL) {
		fprintf(stderr, "receiver: %s: %s\n", path, strerror(errno));
		return 1;
	}
	for (unsigned int i = 0; i < n; i++)
		fds[i] = (struct pollfd){.fd = open_port(ports[i]), .events = POLLIN};
	fputs("port,recv_realtime_ns,bytes,seq,frame,type,index,count,made_ns,deadline_ns\n", csv);
	write_offset(csv, "start");
	printf("ready\n");
	fflush(stdout);
	while (!stopped && stamp_now_ns(CLOCK_MONOTONIC) < end_ns) {
		if (poll(fds, n, 100) <= 0)
			continue;
		for (unsigned int i = 0; i < n; i++)
			receive(fds[i].fd, ports[i], csv);
	}
	write_offset(csv, "end");
	return fclose(csv) == 0 ? 0 : 1;
}
