/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two cores: an application that makes and sends, and a TX core that hands to net_null; beside them the same
 * two cores with a ring between them and nothing else. What two cores cost each other is not ours, and
 * differs from run to run by where the host places them: so each repetition measures all of it in turn, and
 * how long a cache line takes there and back.
 */
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include "perf.h"
#include "sender.h"

#define PIPE_MBUFS 8191u /* so many are under way at most: a backlog would measure memory */
#define PIPE_RING 1024u
#define QUEUE_MIN 64u
#define PINGS 20000u
#define LAP 4096u /* packets */
#define LAPS_MAX 16384u
#define LAPS_MIN 8u

struct pipe {
	const struct perf_world *w;
	struct rte_mempool *pool;
	struct rte_ring *ring;
	unsigned int lcore;
	uint64_t lap;	/* packets */
	uint64_t start; /* of the lap */
	uint32_t nr_laps;
	double laps[LAPS_MAX]; /* ticks */
	bool stop __rte_cache_aligned;
	uint32_t ball __rte_cache_aligned;
};

struct pipe_values {
	struct perf_values ring, ring_one, sockets[SENDER_KINDS], ping;
};

static void pipe_join(struct pipe *pipe)
{
	__atomic_store_n(&pipe->stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(pipe->lcore);
	__atomic_store_n(&pipe->stop, false, __ATOMIC_RELAXED);
}

/* 32 new packets, as soon as the other core has freed so many. */
static void make_burst(struct pipe *pipe, struct rte_mbuf **m)
{
	uint32_t i;

	while (rte_pktmbuf_alloc_bulk(pipe->pool, m, PERF_BURST) != 0)
		rte_pause();
	for (i = 0; i < PERF_BURST; i++)
		perf_write(m[i]);
}

static void laps_start(struct pipe *pipe, uint64_t packets)
{
	uint64_t lap = RTE_MIN(RTE_MAX(LAP, packets / LAPS_MAX), packets / LAPS_MIN);

	pipe->lap = RTE_ALIGN_CEIL(RTE_MAX(lap, PERF_BURST), PERF_BURST);
	pipe->nr_laps = 0;
	pipe->start = rte_rdtsc();
}

static inline void lap_note(struct pipe *pipe, uint64_t done)
{
	uint64_t now;

	if (likely(done % pipe->lap != 0) || pipe->nr_laps == LAPS_MAX)
		return;
	now = rte_rdtsc();
	pipe->laps[pipe->nr_laps++] = (double)(now - pipe->start);
	pipe->start = now;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Wait for the last packet. @return ns a packet, of the middle half of the laps */
static double laps_end(struct pipe *pipe)
{
	uint32_t i, from = pipe->nr_laps / 4, to = pipe->nr_laps - from;
	double sum = 0;

	while (rte_mempool_in_use_count(pipe->pool) > 0)
		rte_pause();
	qsort(pipe->laps, pipe->nr_laps, sizeof(pipe->laps[0]), by_value);
	for (i = from; i < to; i++)
		sum += pipe->laps[i];
	return sum * pipe->w->ns_per_tick / (double)(to - from) / (double)pipe->lap;
}

static int ring_core(void *arg)
{
	struct pipe *pipe = arg;
	struct rte_mbuf *m[PERF_BURST];
	unsigned int n, sent;

	while (!__atomic_load_n(&pipe->stop, __ATOMIC_RELAXED)) {
		n = rte_ring_sc_dequeue_burst(pipe->ring, (void **)m, PERF_BURST, NULL);
		for (sent = 0; sent < n;)
			sent += rte_eth_tx_burst(pipe->w->eth_port_id, 0, m + sent, (uint16_t)(n - sent));
	}
	return 0;
}

static double ring_once(struct pipe *pipe, uint32_t burst, uint64_t packets)
{
	struct rte_mbuf *m[PERF_BURST];
	uint64_t done;
	uint32_t i, n;
	double ns;

	rte_eal_remote_launch(ring_core, pipe, pipe->lcore);
	laps_start(pipe, packets);
	for (done = 0; done < packets; lap_note(pipe, done)) {
		make_burst(pipe, m);
		done += PERF_BURST;
		for (i = 0; i < PERF_BURST; i += n) {
			n = RTE_MIN(burst, PERF_BURST - i);
			n = rte_ring_sp_enqueue_burst(pipe->ring, (void **)&m[i], n, NULL);
		}
	}
	ns = laps_end(pipe);
	pipe_join(pipe);
	return ns;
}

static double sockets_once(struct pipe *pipe, struct perf_port *p, enum sender_kind kind, uint64_t packets)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	uint64_t done;
	uint32_t state = 1;
	uint16_t n;
	double ns;

	if (rte_qsock_tx_launch(p->port, pipe->lcore) != 0)
		return 0;
	laps_start(pipe, packets);
	for (done = 0; done < packets; lap_note(pipe, done)) {
		make_burst(pipe, m);
		done += PERF_BURST;
		sender_choose(p, kind, qs, &state);
		for (n = PERF_BURST; n > 0;)
			n = sender_put(kind, qs, m, n);
	}
	ns = laps_end(pipe);
	rte_qsock_tx_stop(p->port);
	return ns;
}

static int ping_core(void *arg)
{
	struct pipe *pipe = arg;
	uint32_t i;

	for (i = 0; i < PINGS; i++) {
		while (__atomic_load_n(&pipe->ball, __ATOMIC_ACQUIRE) != 2 * i + 1)
			;
		__atomic_store_n(&pipe->ball, 2 * i + 2, __ATOMIC_RELEASE);
	}
	return 0;
}

static double ping_once(struct pipe *pipe)
{
	uint64_t start;
	uint32_t i;

	__atomic_store_n(&pipe->ball, 0, __ATOMIC_RELAXED);
	rte_eal_remote_launch(ping_core, pipe, pipe->lcore);
	start = rte_rdtsc();
	for (i = 0; i < PINGS; i++) {
		__atomic_store_n(&pipe->ball, 2 * i + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&pipe->ball, __ATOMIC_ACQUIRE) != 2 * i + 2)
			;
	}
	start = rte_rdtsc() - start;
	rte_eal_wait_lcore(pipe->lcore);
	return (double)start * pipe->w->ns_per_tick / PINGS;
}

static void pipe_results(const struct perf_options *o, const struct pipe_values *v, uint32_t sockets)
{
	struct perf_row row = {.mode = "pipe", .unit = PERF_NS_PACKET, .sockets = sockets};
	char what[48];
	uint32_t kind;

	row.what = "floor: one ring to net_null, bursts";
	row.v = &v->ring;
	perf_result(&row);
	row.what = "one ring to net_null, one by one";
	row.v = &v->ring_one;
	row.floor = &v->ring;
	perf_result(&row);
	row.sched = o->scheduler;
	for (kind = 0; kind < SENDER_KINDS; kind++) {
		snprintf(what, sizeof(what), "sockets to net_null, %s", sender_name[kind]);
		row.what = what;
		row.v = &v->sockets[kind];
		perf_result(&row);
	}
	perf_result(&(struct perf_row){.mode = "pipe",
				       .what = "a cache line there and back",
				       .unit = "ns",
				       .sockets = sockets,
				       .v = &v->ping});
}

static int pipe_sockets(struct pipe *pipe, const struct perf_options *o, uint32_t sockets)
{
	struct pipe_values v = {0};
	struct perf_port p = {0};
	uint32_t rep, kind;

	if (perf_port_open(&p, pipe->w, o, sockets, RTE_MAX(QUEUE_MIN, PIPE_MBUFS / sockets), NULL) != 0)
		return -1;
	for (kind = 0; kind < SENDER_KINDS; kind++)
		sockets_once(pipe, &p, kind, o->packets / 4);
	for (rep = 0; rep < o->reps; rep++) {
		perf_add(&v.ping, ping_once(pipe));
		perf_add(&v.ring, ring_once(pipe, PERF_BURST, o->packets));
		perf_add(&v.ring_one, ring_once(pipe, 1, o->packets));
		for (kind = 0; kind < SENDER_KINDS; kind++)
			perf_add(&v.sockets[kind], sockets_once(pipe, &p, kind, o->packets));
	}
	perf_port_close(&p);
	pipe_results(o, &v, sockets);
	return 0;
}

int perf_pipe(const struct perf_world *w, const struct perf_options *o)
{
	static struct pipe pipe;
	uint32_t i;
	int ret = 0;

	if (!perf_two_cores("pipe"))
		return 0;
	pipe.w = w;
	pipe.lcore = rte_get_next_lcore(-1, 1, 0);
	pipe.ring = rte_ring_create("perf_pipe", PIPE_RING, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	pipe.pool = rte_pktmbuf_pool_create("perf_pipe", PIPE_MBUFS, 256, 0, RTE_PKTMBUF_HEADROOM + 128,
					    SOCKET_ID_ANY);
	if (pipe.ring == NULL || pipe.pool == NULL)
		return -1;
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		ret = pipe_sockets(&pipe, o, o->sockets[i]);
	rte_mempool_free(pipe.pool);
	rte_ring_free(pipe.ring);
	return ret;
}
