/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernel takes for the same datagrams, on loopback; nobody reads them, so no receiver is counted. */
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "perf.h"

#define KERNEL_PACKETS 50000u
#define BATCH 64u
#define PAYLOAD_BYTES 22u /* so that the frame has 64 bytes */

static char payload[BATCH * PAYLOAD_BYTES];

/* A socket to ourselves: what nobody reads is dropped at the receiver, after the sender's work. */
static int kernel_socket(struct sockaddr_in *to)
{
	socklen_t len = sizeof(*to);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)to, sizeof(*to)) != 0 ||
	    getsockname(fd, (struct sockaddr *)to, &len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool sendto_some(int fd, struct sockaddr_in *to)
{
	uint32_t i;

	for (i = 0; i < BATCH; i++)
		if (sendto(fd, payload, PAYLOAD_BYTES, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
			return false;
	return true;
}

static bool sendmmsg_some(int fd, struct sockaddr_in *to)
{
	struct iovec iov = {payload, PAYLOAD_BYTES};
	struct mmsghdr msg[BATCH];
	uint32_t i;

	memset(msg, 0, sizeof(msg));
	for (i = 0; i < BATCH; i++)
		msg[i].msg_hdr = (struct msghdr){
			.msg_name = to, .msg_namelen = sizeof(*to), .msg_iov = &iov, .msg_iovlen = 1};
	return sendmmsg(fd, msg, BATCH, 0) == BATCH;
}

/* The kernel cuts one buffer into datagrams; a socket that is set so cannot be used otherwise. */
static bool segment_some(int fd, struct sockaddr_in *to)
{
	return sendto(fd, payload, sizeof(payload), 0, (const struct sockaddr *)to, sizeof(*to)) ==
	       sizeof(payload);
}

static double once(int fd, struct sockaddr_in *to, bool (*some)(int fd, struct sockaddr_in *to))
{
	double start = perf_cpu_ns();
	uint32_t done;

	for (done = 0; done < KERNEL_PACKETS; done += BATCH)
		if (!some(fd, to))
			return 0;
	return (perf_cpu_ns() - start) / done;
}

int perf_kernel(const struct perf_options *o, const char *mode)
{
	static const struct {
		const char *what, *how;
		bool (*some)(int fd, struct sockaddr_in *to);
		int segment;
	} ways[] = {
		{"sendto, loopback", "22 bytes a call; nobody reads", sendto_some, 0},
		{"sendmmsg of 64, loopback", "64 datagrams of 22 bytes a call; nobody reads", sendmmsg_some,
		 0},
		{"UDP_SEGMENT of 64, loopback", "one buffer cut into 64 of 22 bytes: one flow, no pacing",
		 segment_some, PAYLOAD_BYTES},
	};
	struct perf_values v[RTE_DIM(ways)] = {0};
	struct sockaddr_in to[RTE_DIM(ways)];
	int fd[RTE_DIM(ways)];
	uint32_t i, rep;

	for (i = 0; i < RTE_DIM(ways); i++) {
		fd[i] = kernel_socket(&to[i]);
		if (fd[i] < 0) {
			perror("dpdk-qsock-perf: a UDP socket on loopback");
			return -1;
		}
		if (ways[i].segment != 0)
			setsockopt(fd[i], SOL_UDP, UDP_SEGMENT, &ways[i].segment, sizeof(ways[i].segment));
	}
	for (rep = 0; rep < o->reps; rep++)
		for (i = 0; i < RTE_DIM(ways); i++)
			perf_add(&v[i], once(fd[i], &to[i], ways[i].some));
	for (i = 0; i < RTE_DIM(ways); i++) {
		close(fd[i]);
		if (perf_median(&v[i]) == 0)
			fprintf(stderr, "dpdk-qsock-perf: %s: the kernel did not take it: left out\n",
				ways[i].what);
		else
			perf_result(&(struct perf_row){.mode = mode,
						       .what = ways[i].what,
						       .unit = PERF_NS_PACKET,
						       .how = ways[i].how,
						       .sockets = 1,
						       .v = &v[i]});
	}
	return 0;
}
