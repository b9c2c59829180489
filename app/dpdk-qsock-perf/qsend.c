/* SPDX-License-Identifier: BSD-3-Clause */
/* What a q-call costs its caller, beside sendto(): the TX core is another lcore, the device swallows. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include "perf.h"
#include "qsocket.h"

#define DEV "net_null_qsend"
#define BATCH 256u	/* of a queue of 1024: it is never full */
#define SMALL_BYTES 22u /* so that the frame has 64 bytes */
#define LARGE_BYTES 1400u
#define KERNEL_SENDS 20000u

static char payload[LARGE_BYTES];

/* A network of our own; the neighbours are known, the other end of the veth pair drops what it gets. */
static int network(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)
		return -1;
	return system("ip link set lo up && ip link add pv0 type veth peer name pv1 && ip link set pv0 up &&"
		      "ip link set pv1 up && ip addr add 10.78.0.1/24 dev pv0 &&"
		      "ip neigh replace 10.78.0.2 lladdr 02:00:00:00:00:02 dev pv0 nud permanent") == 0
		       ? 0
		       : -1;
}

static int device(const struct perf_options *o)
{
	struct q_port_ex ex = {
		.size = sizeof(ex),
		.rate_bps = RTE_QSOCK_RATE_MAX_BPS,
		.catchup_ns = 1000000000,
		.linger_ns = 1000000,
		.twin = "qsperf0",
		.devargs = DEV ",no-rx=1", /* it would bring the twin packets without end */
		.work_conserving = 1,
	};
	struct qos_params params = {.dev = DEV};

	snprintf(params.name, sizeof(params.name), "%s", o->scheduler);
	if (qsockinit_ex(&params, &ex) < 0) {
		fprintf(stderr, "dpdk-qsock-perf: qsockinit: %s\n", strerror(errno));
		return -1;
	}
	return system("ip link set qsperf0 up && ip addr add 10.77.0.1/24 dev qsperf0 &&"
		      "ip neigh replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev qsperf0 nud permanent") == 0
		       ? 0
		       : -1;
}

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};

	inet_pton(AF_INET, text, &to.sin_addr);
	return to;
}

static int stream(const struct perf_options *o, int flags)
{
	struct q_dwcs_attr attr = {1, 2, 1, Q_IPG_US | DWCS_NON_DROPPABLE | flags};
	struct qos_params params = {.dev = DEV, .attributes = &attr};

	snprintf(params.name, sizeof(params.name), "%s", o->scheduler);
	return qsocket(AF_INET, SOCK_DGRAM, 0, &params);
}

/* What is measured: how many bytes, and in which way. */
struct way {
	const char *name;
	size_t bytes;
	int flags;   /* of the stream */
	bool to;     /* with an address */
	bool pflags; /* with a deadline */
	bool away;   /* the caller did something else before */
	bool quiet;  /* the TX core rests meanwhile: the caller's own work, without lines that two cores want
		      */
};

static ssize_t send_one(int fd, const struct way *way, const struct sockaddr_in *to)
{
	struct packet_flags pflags = {DWCS_NON_DROPPABLE | Q_DEADLINE_RELATIVE, 1000000000};

	return qsendto(fd, payload, way->bytes, 0, way->to ? (const struct sockaddr *)to : NULL,
		       way->to ? sizeof(*to) : 0, way->pflags ? &pflags : NULL);
}

static void drained(int fd, bool quiet)
{
	struct rte_qsock_port *port = rte_qsock_port_lookup(DEV);
	struct q_info info = {.size = sizeof(info)};
	uint32_t i;

	for (i = 0; quiet && i < 100000; i++)
		rte_qsock_tx_poll(port);
	if (quiet) {
		rte_qsock_tx_stop(port);
		return;
	}
	while (qinfo(fd, &info) == 0 && info.queued != 0)
		usleep(50);
}

/* The first call after a pause reads the options again, and is not counted, but where all calls are such. */
static double batch(int fd, const struct way *way, const struct sockaddr_in *to)
{
	uint64_t start, ticks = 0;
	uint32_t i;

	drained(fd, way->quiet);
	if (way->away) {
		for (i = 0; i < BATCH; i++) {
			rte_delay_us_block(1);
			start = rte_rdtsc_precise();
			send_one(fd, way, to);
			ticks += rte_rdtsc_precise() - start;
		}
		return (double)ticks / BATCH;
	}
	send_one(fd, way, to);
	start = rte_rdtsc_precise();
	for (i = 0; i < BATCH; i++)
		send_one(fd, way, to);
	return (double)(rte_rdtsc_precise() - start) / BATCH;
}

/* The median of many batches: the TSC counts what other processes took, too. */
static double way_once(const struct perf_world *w, int fd, const struct way *way,
		       const struct sockaddr_in *to)
{
	struct perf_values v = {0};
	uint32_t i;

	for (i = 0; i < PERF_REPS_MAX; i++)
		perf_add(&v, batch(fd, way, to) * w->ns_per_tick);
	return perf_median(&v);
}

static int way_measure(const struct perf_world *w, const struct perf_options *o, const struct way *way)
{
	const struct sockaddr_in to = address("10.77.0.2");
	struct perf_values v = {0};
	int fd = stream(o, way->flags);
	uint32_t i;

	if (fd < 0 || (!way->to && connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)) {
		fprintf(stderr, "dpdk-qsock-perf: qsocket: %s\n", strerror(errno));
		return -1;
	}
	if (way->quiet)
		rte_qsock_tx_stop(rte_qsock_port_lookup(DEV));
	for (i = 0; i < o->reps; i++)
		perf_add(&v, way_once(w, fd, way, &to));
	if (way->quiet)
		rte_qsock_tx_launch(rte_qsock_port_lookup(DEV), rte_get_next_lcore(-1, 1, 0));
	qclose(fd);
	perf_result(&(struct perf_row){.mode = "qsend",
				       .what = way->name,
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = 1,
				       .v = &v});
	return 0;
}

static struct rte_ring *ring;
static bool ring_stop;

static int ring_core(void *arg)
{
	struct rte_mbuf *m[PERF_BURST];
	unsigned int n;

	(void)arg;
	while (!__atomic_load_n(&ring_stop, __ATOMIC_RELAXED)) {
		n = rte_ring_sc_dequeue_burst(ring, (void **)m, PERF_BURST, NULL);
		rte_pktmbuf_free_bulk(m, n);
	}
	return 0;
}

static double ring_batch(const struct perf_world *w)
{
	struct rte_mbuf *m;
	uint64_t start;
	uint32_t i;

	while (!rte_ring_empty(ring))
		rte_pause();
	start = rte_rdtsc_precise();
	for (i = 0; i < BATCH; i++) {
		m = rte_pktmbuf_alloc(w->pool);
		if (m == NULL)
			continue;
		perf_write(m);
		rte_ring_sp_enqueue(ring, m);
	}
	return (double)(rte_rdtsc_precise() - start) / BATCH * w->ns_per_tick;
}

/* What is not ours: an mbuf, 64 bytes written, from core to core by a ring and nothing else. */
static int ring_measure(const struct perf_world *w, const struct perf_options *o)
{
	struct perf_values v = {0}, batches;
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	uint32_t i, n;

	ring = rte_ring_create("qsend", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		return -1;
	rte_eal_remote_launch(ring_core, NULL, lcore);
	for (i = 0; i < o->reps; i++) {
		batches.count = 0;
		for (n = 0; n < PERF_REPS_MAX; n++)
			perf_add(&batches, ring_batch(w));
		perf_add(&v, perf_median(&batches));
	}
	while (!rte_ring_empty(ring))
		rte_pause();
	__atomic_store_n(&ring_stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(lcore);
	rte_ring_free(ring);
	perf_result(&(struct perf_row){.mode = "qsend",
				       .what = "bare ring, 64 B frame",
				       .unit = PERF_NS_PACKET,
				       .sockets = 1,
				       .v = &v});
	return 0;
}

static void kernel_measure(const struct perf_options *o, const char *name, size_t bytes)
{
	const struct sockaddr_in to = address("10.78.0.2");
	struct perf_values v = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint32_t i, n;
	double start;

	for (i = 0; i < o->reps; i++) {
		start = perf_cpu_ns();
		for (n = 0; n < KERNEL_SENDS; n++)
			sendto(fd, payload, bytes, 0, (const struct sockaddr *)&to, sizeof(to));
		perf_add(&v, (perf_cpu_ns() - start) / KERNEL_SENDS);
	}
	close(fd);
	perf_result(&(struct perf_row){
		.mode = "qsend", .what = name, .unit = PERF_NS_PACKET, .sockets = 1, .v = &v});
}

int perf_qsend(const struct perf_world *w, const struct perf_options *o)
{
	static const struct way ways[] = {
		{.name = "qsend, TX core at rest", .bytes = SMALL_BYTES, .quiet = true},
		{.name = "qsendto, TX core at rest", .bytes = SMALL_BYTES, .to = true, .quiet = true},
		{.name = "qsendto, 1400 B, TX core at rest", .bytes = LARGE_BYTES, .to = true, .quiet = true},
		{.name = "qsend, 64 B frame", .bytes = SMALL_BYTES},
		{.name = "qsendto, 64 B frame", .bytes = SMALL_BYTES, .to = true},
		{.name = "qsendto, with packet_flags", .bytes = SMALL_BYTES, .to = true, .pflags = true},
		{.name = "qsendto, Q_FIXED", .bytes = SMALL_BYTES, .to = true, .flags = Q_FIXED},
		{.name = "qsendto, 1400 B", .bytes = LARGE_BYTES, .to = true},
		{.name = "qsendto after a pause", .bytes = SMALL_BYTES, .to = true, .away = true},
		{.name = "qsendto after a pause, Q_FIXED",
		 .bytes = SMALL_BYTES,
		 .to = true,
		 .away = true,
		 .flags = Q_FIXED},
	};
	unsigned int i;
	int ret = 0;

	if (rte_lcore_count() < 2 || network() != 0) {
		fprintf(stderr,
			"dpdk-qsock-perf: qsend needs root, a network namespace and two lcores: left out\n");
		return 0;
	}
	if (ring_measure(w, o) != 0 || device(o) != 0)
		return -1;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]) && ret == 0; i++)
		ret = way_measure(w, o, &ways[i]);
	kernel_measure(o, "sendto, veth, 64 B frame", SMALL_BYTES);
	kernel_measure(o, "sendto, veth, 1400 B", LARGE_BYTES);
	qsockfini(DEV);
	return ret;
}
