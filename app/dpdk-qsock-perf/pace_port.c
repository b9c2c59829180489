/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "pace_port.h"

#define SLOT_NS 704u /* of 64 and 24 bytes at 1 Gbit/s: no fraction */
#define RATE_BPS 1000000000u
#define SLOT_ALONE_NS 1000u /* one socket: no period is shorter than 1 us */
#define RATE_ALONE_BPS 704000000u
#define PERIODS 8u /* different ones */
#define WARM_UP_NS UINT64_C(300000000)

/* ---- the application */

/* Send again what came back. */
static void app_serve(struct pace *p)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	uint32_t i, n = rte_ring_sc_dequeue_burst(p->egress.back, (void **)m, PERF_BURST, NULL);

	for (i = 0; i < n; i++)
		qs[i] = p->port.sockets[m[i]->hash.usr];
	while (n > 0)
		n = rte_qsock_tx_scatter(qs, m, (uint16_t)n);
}

/* Send again what comes back, for so long. */
static void pace_serve(struct pace *p, uint64_t ns)
{
	uint64_t end_ns = rte_qsock_now_ns() + ns;

	while (rte_qsock_now_ns() < end_ns)
		app_serve(p);
}

/* Have the egress count, or not; it does when this returns. An odd phase counts. */
static void pace_phase(struct pace *p, uint32_t phase)
{
	__atomic_store_n(&p->egress.phase, phase, __ATOMIC_RELEASE);
	while (__atomic_load_n(&p->egress.seen, __ATOMIC_ACQUIRE) != phase)
		app_serve(p);
}

void pace_warm_up(struct pace *p, uint64_t ns)
{
	pace_serve(p, RTE_MIN(ns, RTE_MAX(WARM_UP_NS, p->longest_ns)));
}

bool pace_counted(struct pace *p, uint64_t ns, uint32_t rep)
{
	uint32_t i;

	for (i = 0; i < p->port.nr_sockets; i++)
		p->egress.of[i].count = 0;
	pace_phase(p, 2 * rep + 1);
	pace_serve(p, ns);
	pace_phase(p, 2 * rep + 2);
	return p->egress.counts.frames > 1;
}

static struct rte_mbuf *app_packet(struct pace *p, uint32_t socket)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->pool);

	if (m == NULL)
		return NULL;
	m->data_off = 0; /* there is room for the frame alone */
	perf_write(m);
	m->hash.usr = socket;
	return m;
}

/* When a socket begins: those of each period spread over it, so that any second has as many of its frames. */
static double begin_ns(const struct pace *p, uint32_t i)
{
	return (double)p->egress.of[i].ipg_ns * i / p->port.nr_sockets;
}

/* Who begins next; next: the next socket of each period. */
static uint32_t next_to_begin(const struct pace *p, uint32_t *next)
{
	uint32_t k, first = PERIODS;

	for (k = 0; k < PERIODS; k++)
		if (next[k] < p->port.nr_sockets &&
		    (first == PERIODS || begin_ns(p, next[k]) < begin_ns(p, next[first])))
			first = k;
	next[first] += PERIODS;
	return next[first] - PERIODS;
}

/* Sockets begin one after another. */
static int app_fill(struct pace *p)
{
	uint64_t from_ns = rte_qsock_now_ns();
	uint32_t next[PERIODS], n, i, d;

	for (i = 0; i < PERIODS; i++)
		next[i] = i;
	for (n = 0; n < p->port.nr_sockets; n++) {
		uint64_t at_ns;

		i = next_to_begin(p, next);
		at_ns = from_ns + (uint64_t)begin_ns(p, i);
		do
			app_serve(p);
		while (rte_qsock_now_ns() < at_ns);
		for (d = 0; d < p->depth; d++) {
			struct rte_mbuf *m = app_packet(p, i);

			if (m == NULL)
				return -1;
			while (rte_qsock_tx_burst(p->port.sockets[i], &m, 1) == 0)
				rte_pause();
		}
	}
	return 0;
}

/* ---- ports, sockets */

static int open_port(struct pace *p, const struct pace_setup *s)
{
	const uint32_t n = s->sockets;
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = "pace",
		.scheduler = s->scheduler,
		.precedence = s->precedence,
		.work_conserving = s->work_conserving,
		.egress = &p->egress.head,
		.rate_bps = n > 1 ? RATE_BPS : RATE_ALONE_BPS,
		.catchup_ns = s->catchup_ns,
		.stall_ns = PACE_STALL_NS,
		.max_sockets = n,
		.max_packets = 2 * RTE_MAX(n, PACE_BACKLOG),
		.socket_id = SOCKET_ID_ANY,
	};

	p->egress.head.ops = &pace_egress_ops;
	p->egress.slot_ns = n > 1 ? SLOT_NS : SLOT_ALONE_NS;
	p->egress.catchup_ns = s->catchup_ns;
	p->egress.count_only = s->count_only;
	p->port.nr_sockets = n;
	p->port.port = rte_qsock_port_create(&conf);
	p->egress.port = p->port.port;
	return p->port.port != NULL ? 0 : -1;
}

/* Different periods, 1 .. 2 times the shortest. */
static int open_sockets(struct pace *p, const struct pace_setup *s)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = true};
	struct rte_qsock_info info;
	double sum = 0;
	uint32_t i;

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.droppable = false;
	conf.stream.oln = s->windows ? 1 : 0;
	conf.stream.old = s->windows ? 2 : 0;
	conf.stream.queue_packets = p->depth + PERF_BURST;
	for (i = 0; i < s->sockets; i++)
		sum += 1.0 / (1 + (double)(i % PERIODS) / PERIODS);
	for (i = 0; i < s->sockets; i++) {
		conf.stream.ipg_ns = (uint64_t)ceil(p->egress.slot_ns * sum / s->load *
						    (1 + (double)(i % PERIODS) / PERIODS));
		p->port.sockets[i] = rte_qsock_open(p->port.port, &conf);
		if (p->port.sockets[i] == NULL || rte_qsock_info_get(p->port.sockets[i], &info) != 0)
			return -1;
		p->egress.of[i] = (struct paced){.ipg_ns = conf.stream.ipg_ns, .id = info.id};
		p->load_pps += 1e9 / (double)conf.stream.ipg_ns;
		p->longest_ns = RTE_MAX(p->longest_ns, conf.stream.ipg_ns);
	}
	return 0;
}

static int make(struct pace *p, const struct pace_setup *s)
{
	const uint32_t n = s->sockets, packets = n * p->depth;

	p->egress.of = calloc(n, sizeof(*p->egress.of));
	p->port.sockets = calloc(n, sizeof(*p->port.sockets));
	p->pool = rte_pktmbuf_pool_create("perf_pace", packets, 0, 0, PERF_FRAME_BYTES, SOCKET_ID_ANY);
	p->egress.back = rte_ring_create("perf_pace", rte_align32pow2(packets + 1), SOCKET_ID_ANY,
					 RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (p->egress.of == NULL || p->port.sockets == NULL || p->pool == NULL || p->egress.back == NULL ||
	    open_port(p, s) != 0)
		return -1;
	return open_sockets(p, s);
}

int pace_start(struct pace *p, const struct pace_setup *s)
{
	int ret;

	p->depth = RTE_MAX(1u, RTE_MIN(s->depth_max, PACE_BACKLOG / s->sockets));
	if (make(p, s) != 0 || rte_qsock_tx_launch(p->port.port, rte_get_next_lcore(-1, 1, 0)) != 0)
		return -1;
	/* Who began first would be far ahead of the others where it may send at any time. */
	__atomic_store_n(&p->egress.hold, s->work_conserving, __ATOMIC_RELAXED);
	ret = app_fill(p);
	__atomic_store_n(&p->egress.hold, false, __ATOMIC_RELAXED);
	return ret;
}

void pace_end(struct pace *p)
{
	struct rte_mbuf *m;

	if (p->port.port != NULL) {
		rte_qsock_tx_stop(p->port.port);
		rte_qsock_port_free(p->port.port);
	}
	while (p->egress.back != NULL && rte_ring_sc_dequeue(p->egress.back, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(p->egress.back);
	rte_mempool_free(p->pool);
	free(p->port.sockets);
	free(p->egress.of);
	memset(p, 0, sizeof(*p));
}
