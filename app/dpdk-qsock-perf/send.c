/* SPDX-License-Identifier: BSD-3-Clause */
/* What the sender pays: rte_qsock_tx_burst(), beside sendto() and sendmmsg() on loopback. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "perf.h"

#define RING_PACKETS 1024
#define KERNEL_PACKETS 50000
#define KERNEL_BATCH 64
#define PAYLOAD_BYTES 22 /* so that the frame has 64 bytes */

/* Fill the ring, timed, in bursts of n; empty it, not timed. */
static double burst_once(const struct perf_world *w, struct perf_port *p, uint16_t n, uint64_t packets,
			 bool own)
{
	struct rte_mbuf *m[RING_PACKETS];
	uint64_t done = 0, ticks = 0, start;
	unsigned int i;

	while (done < packets) {
		if (rte_pktmbuf_alloc_bulk(w->pool, m, RING_PACKETS) != 0)
			return 0;
		for (i = 0; i < RING_PACKETS; i++)
			perf_write(m[i]);
		start = rte_rdtsc_precise();
		for (i = 0; i < RING_PACKETS; i += n)
			rte_qsock_tx_burst(p->sockets[0], &m[i], n);
		ticks += rte_rdtsc_precise() - start;
		for (i = 0; i < RING_PACKETS;)
			i += rte_qsock_tx_poll(p->port);
		/* Without an owner the sender takes the way of a thread that is not the TX core. */
		if (!own)
			rte_qsock_tx_stop(p->port);
		done += RING_PACKETS;
	}
	return (double)ticks * w->ns_per_tick / (double)done;
}

static int send_native(const struct perf_world *w, const struct perf_options *o)
{
	static const struct {
		const char *name;
		uint16_t burst;
		bool own;
	} kinds[] = {
		{"rte_qsock_tx_burst, 32", 32, false},
		{"rte_qsock_tx_burst, 1", 1, false},
		{"rte_qsock_tx_burst, 1, own TX core", 1, true},
	};
	struct perf_port p = {0};
	unsigned int k, i;

	if (perf_port_open(&p, w, o, 1, RING_PACKETS, NULL) != 0)
		return -1;
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct perf_values v = {0};

		burst_once(w, &p, kinds[k].burst, o->packets / 4, kinds[k].own);
		for (i = 0; i < o->reps; i++)
			perf_add(&v, burst_once(w, &p, kinds[k].burst, o->packets / 4, kinds[k].own));
		perf_result(&(struct perf_row){.mode = "send",
					       .what = kinds[k].name,
					       .sched = o->scheduler,
					       .unit = PERF_NS_PACKET,
					       .sockets = 1,
					       .v = &v});
	}
	perf_port_close(&p);
	return 0;
}

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

static double sendto_once(int fd, const struct sockaddr_in *to)
{
	static const char payload[PAYLOAD_BYTES];
	double start = perf_cpu_ns();
	unsigned int i;

	for (i = 0; i < KERNEL_PACKETS; i++)
		if (sendto(fd, payload, sizeof(payload), 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
			break;
	return i == 0 ? 0 : (perf_cpu_ns() - start) / i;
}

static double sendmmsg_once(int fd, struct sockaddr_in *to)
{
	static char payload[PAYLOAD_BYTES];
	struct iovec iov = {payload, sizeof(payload)};
	struct mmsghdr msg[KERNEL_BATCH];
	unsigned int i, done = 0;
	double start;

	memset(msg, 0, sizeof(msg));
	for (i = 0; i < KERNEL_BATCH; i++) {
		msg[i].msg_hdr.msg_name = to;
		msg[i].msg_hdr.msg_namelen = sizeof(*to);
		msg[i].msg_hdr.msg_iov = &iov;
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	start = perf_cpu_ns();
	while (done < KERNEL_PACKETS) {
		int n = sendmmsg(fd, msg, KERNEL_BATCH, 0);

		if (n <= 0)
			break;
		done += (unsigned int)n;
	}
	return done == 0 ? 0 : (perf_cpu_ns() - start) / done;
}

static int send_kernel(const struct perf_options *o)
{
	struct perf_values one = {0}, many = {0};
	struct sockaddr_in to;
	int fd = kernel_socket(&to);
	unsigned int i;

	if (fd < 0) {
		perror("dpdk-qsock-perf: a UDP socket on loopback");
		return -1;
	}
	for (i = 0; i < o->reps; i++) {
		perf_add(&one, sendto_once(fd, &to));
		perf_add(&many, sendmmsg_once(fd, &to));
	}
	close(fd);
	perf_result(&(struct perf_row){
		.mode = "send", .what = "sendto, loopback", .unit = PERF_NS_PACKET, .sockets = 1, .v = &one});
	perf_result(&(struct perf_row){.mode = "send",
				       .what = "sendmmsg of 64, loopback",
				       .unit = PERF_NS_PACKET,
				       .sockets = 1,
				       .v = &many});
	return 0;
}

int perf_send(const struct perf_world *w, const struct perf_options *o)
{
	return send_native(w, o) != 0 || send_kernel(o) != 0 ? -1 : 0;
}
