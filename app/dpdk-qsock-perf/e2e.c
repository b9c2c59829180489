/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * End to end on one core: an mbuf from the pool, 64 bytes written, the lane, the decision, tx_burst into
 * net_null. Beside it the floor: the same without sockets, one ring for all, in bursts of 32.
 */
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "perf.h"

static double floor_once(const struct perf_world *w, struct rte_ring *ring, uint64_t packets)
{
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	unsigned int i, n;

	while (done < packets) {
		if (rte_pktmbuf_alloc_bulk(w->pool, m, PERF_BURST) != 0)
			return 0;
		for (i = 0; i < PERF_BURST; i++)
			perf_write(m[i]);
		rte_ring_sp_enqueue_burst(ring, (void **)m, PERF_BURST, NULL);
		n = rte_ring_sc_dequeue_burst(ring, (void **)m, PERF_BURST, NULL);
		done += rte_eth_tx_burst(w->eth_port_id, 0, m, (uint16_t)n);
	}
	return (perf_cpu_ns() - start) / (double)done;
}

/* Packets to sockets in an order that no prefetcher guesses, the same in every repetition. */
static inline uint32_t next_socket(uint32_t *state, uint32_t nr_sockets)
{
	*state = *state * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)*state * nr_sockets) >> 32);
}

/** How a burst of 32 is handed over; each packet to another socket, at random, but in the last. */
enum e2e_way {
	E2E_ONE_BY_ONE, /* 32 calls */
	E2E_SCATTER,	/* one call */
	E2E_BURST,	/* one call, all on one socket */
};
static const char *const e2e_names[] = {"one by one", "scattered", "bursts"};

/* @return packets that were refused: they stand in front of m */
static inline uint16_t e2e_send(enum e2e_way way, struct rte_qsock **qs, struct rte_mbuf **m)
{
	uint16_t i, refused = 0;

	if (way == E2E_SCATTER)
		return rte_qsock_tx_scatter(qs, m, PERF_BURST);
	if (way == E2E_BURST) {
		i = rte_qsock_tx_burst(qs[0], m, PERF_BURST);
		refused = PERF_BURST - i;
		memmove(m, m + i, refused * sizeof(*m));
		return refused;
	}
	for (i = 0; i < PERF_BURST; i++)
		if (unlikely(rte_qsock_tx_burst(qs[i], &m[i], 1) != 1))
			m[refused++] = m[i];
	return refused;
}

static __rte_always_inline double e2e_once(const struct perf_world *w, struct perf_port *p, enum e2e_way way,
					   uint64_t packets, uint64_t *refused)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	uint32_t state = 1, i;
	uint16_t left;

	while (done < packets) {
		if (rte_pktmbuf_alloc_bulk(w->pool, m, PERF_BURST) != 0)
			return 0;
		for (i = 0; i < PERF_BURST; i++) {
			if (i == 0 || way != E2E_BURST)
				qs[i] = p->sockets[next_socket(&state, p->nr_sockets)];
			perf_write(m[i]);
		}
		left = e2e_send(way, qs, m);
		if (unlikely(left > 0)) {
			rte_pktmbuf_free_bulk(m, left);
			*refused += left;
		}
		done += rte_qsock_tx_poll(p->port);
	}
	return (perf_cpu_ns() - start) / (double)done;
}

static __rte_always_inline void e2e_way(const struct perf_world *w, const struct perf_options *o,
					struct perf_port *p, enum e2e_way way, struct rte_ring *ring,
					struct perf_values *floor)
{
	struct perf_values v = {0};
	uint64_t refused = 0;
	char name[40];
	uint32_t i;

	e2e_once(w, p, way, o->packets / 4, &refused);
	for (i = 0; i < o->reps; i++) {
		/* In turn, so that both see the same machine. */
		perf_add(floor, floor_once(w, ring, o->packets));
		perf_add(&v, e2e_once(w, p, way, o->packets, &refused));
	}
	snprintf(name, sizeof(name), "socket to net_null, %s%s", e2e_names[way],
		 o->histogram ? ", hist." : "");
	perf_result(&(struct perf_row){.mode = "e2e",
				       .what = name,
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = p->nr_sockets,
				       .v = &v,
				       .floor = floor});
	if (refused > 0)
		fprintf(stderr, "dpdk-qsock-perf: %u sockets: %lu packets refused\n", p->nr_sockets,
			(unsigned long)refused);
}

static int e2e_sockets(const struct perf_world *w, const struct perf_options *o, uint32_t nr_sockets,
		       struct rte_ring *ring, struct perf_values *floor)
{
	struct perf_port p = {0};

	if (perf_port_open(&p, w, o, nr_sockets, nr_sockets > 4096 ? 64 : 256, NULL) != 0)
		return -1;
	e2e_way(w, o, &p, E2E_ONE_BY_ONE, ring, floor);
	e2e_way(w, o, &p, E2E_SCATTER, ring, floor);
	e2e_way(w, o, &p, E2E_BURST, ring, floor);
	perf_port_close(&p);
	return 0;
}

int perf_e2e(const struct perf_world *w, const struct perf_options *o)
{
	struct rte_ring *ring =
		rte_ring_create("perf_floor", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	uint32_t i;
	int ret = 0;

	if (ring == NULL)
		return -1;
	for (i = 0; i < o->nr_sockets && ret == 0; i++) {
		struct perf_values floor = {0};

		ret = e2e_sockets(w, o, o->sockets[i], ring, &floor);
		perf_result(&(struct perf_row){.mode = "e2e",
					       .what = "floor: one ring to net_null",
					       .unit = PERF_NS_PACKET,
					       .sockets = o->sockets[i],
					       .v = &floor});
	}
	rte_ring_free(ring);
	return ret;
}
