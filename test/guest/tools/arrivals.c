/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arrivals - ordinary UDP sockets that count what a source of dpdk-qsock sent to them.
 *
 *     arrivals FILE PORT...
 *
 * A source's payload begins with a sequence number, 8 bytes, big-endian, from 0. On SIGTERM it takes what
 * still waits, writes a line for each port into FILE, and ends:
 *
 *     PORT packets N bytes N first N last N disorder N
 *
 * bytes are of payload; disorder: how many came with a number that was not above the one before.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORTS_MAX 8

struct counts {
	int port;
	uint64_t packets, bytes, first, last, disorder;
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int open_port(int port)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int room_bytes = 16 << 20, fd = socket(AF_INET6, SOCK_DGRAM, 0); /* IPv4 too */

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room_bytes, sizeof(room_bytes)) != 0) {
		perror("arrivals");
		exit(1);
	}
	return fd;
}

static void take(int fd, struct counts *c)
{
	char data[2048];
	uint64_t number;
	ssize_t len;

	while ((len = recv(fd, data, sizeof(data), MSG_DONTWAIT)) >= 0) {
		if ((size_t)len < sizeof(number))
			continue;
		memcpy(&number, data, sizeof(number));
		number = be64toh(number);
		if (c->packets == 0)
			c->first = number;
		else if (number <= c->last)
			c->disorder++;
		c->last = number;
		c->packets++;
		c->bytes += (uint64_t)len;
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[PORTS_MAX];
	struct counts counts[PORTS_MAX] = {0};
	unsigned int n = argc < 3 ? 0 : (unsigned int)argc - 2, i;
	FILE *out;

	if (n == 0 || n > PORTS_MAX) {
		fprintf(stderr, "usage: arrivals FILE PORT...; at most %d ports\n", PORTS_MAX);
		return 2;
	}
	signal(SIGTERM, stop);
	for (i = 0; i < n; i++) {
		counts[i].port = atoi(argv[i + 2]);
		fds[i] = (struct pollfd){.fd = open_port(counts[i].port), .events = POLLIN};
	}
	out = fopen(argv[1], "w");
	if (out == NULL) {
		perror(argv[1]);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		poll(fds, n, 100);
		for (i = 0; i < n; i++)
			take(fds[i].fd, &counts[i]);
	}
	for (i = 0; i < n; i++) {
		struct counts *c = &counts[i];

		take(fds[i].fd, c);
		fprintf(out,
			"%d packets %" PRIu64 " bytes %" PRIu64 " first %" PRIu64 " last %" PRIu64
			" disorder %" PRIu64 "\n",
			c->port, c->packets, c->bytes, c->first, c->last, c->disorder);
	}
	return fclose(out) == 0 ? 0 : 1;
}
