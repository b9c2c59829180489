/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * End to end on one core: an mbuf from the pool, 64 bytes written, the lane, the decision, tx_burst into
 * net_null. Beside it the floor: the same without sockets, one ring for all, in bursts of 32.
 */
#include <stdio.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "perf.h"
#include "sender.h"

#define DRY_POLLS 10000000u /* without buffers: then they do not come back */

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

/* 32 packets go between two polls. */
static __rte_always_inline double e2e_once(const struct perf_world *w, struct perf_port *p,
					   enum sender_kind kind, uint64_t packets, uint64_t *refused)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	uint32_t state = 1, dry = 0, i;
	uint16_t left;

	while (done < packets) {
		if (unlikely(rte_pktmbuf_alloc_bulk(w->pool, m, PERF_BURST) != 0)) {
			if (++dry > DRY_POLLS)
				return 0;
			done += rte_qsock_tx_poll(p->port);
			continue;
		}
		for (i = 0; i < PERF_BURST; i++)
			perf_write(m[i]);
		sender_choose(p, kind, qs, &state);
		left = sender_put(kind, qs, m, PERF_BURST);
		if (unlikely(left > 0)) {
			rte_pktmbuf_free_bulk(m, left);
			*refused += left;
		}
		done += rte_qsock_tx_poll(p->port);
	}
	return (perf_cpu_ns() - start) / (double)done;
}

/* A device may be slower than we are: what it holds comes back. */
double perf_e2e_once(const struct perf_world *w, struct perf_port *p, uint64_t packets)
{
	uint64_t refused = 0;

	return e2e_once(w, p, SENDER_SCATTER, packets, &refused);
}

static __rte_always_inline void e2e_kind(const struct perf_world *w, const struct perf_options *o,
					 const char *mode, struct perf_port *p, enum sender_kind kind,
					 struct rte_ring *ring, struct perf_values *floor)
{
	struct perf_values v = {0};
	uint64_t refused = 0;
	char name[40];
	uint32_t i;

	e2e_once(w, p, kind, o->packets / 4, &refused);
	for (i = 0; i < o->reps; i++) {
		/* In turn, so that both see the same machine. */
		perf_add(floor, floor_once(w, ring, o->packets));
		perf_add(&v, e2e_once(w, p, kind, o->packets, &refused));
	}
	snprintf(name, sizeof(name), "socket to net_null, %s%s", sender_name[kind],
		 o->histogram ? ", hist." : "");
	perf_result(&(struct perf_row){.mode = mode,
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

static int e2e_sockets(const struct perf_world *w, const struct perf_options *o, const char *mode,
		       uint32_t nr_sockets, struct rte_ring *ring, struct perf_values *floor)
{
	struct perf_port p = {0};

	if (perf_port_open(&p, w, o, nr_sockets, nr_sockets > 4096 ? 64 : 256, NULL) != 0)
		return -1;
	e2e_kind(w, o, mode, &p, SENDER_ONE, ring, floor);
	e2e_kind(w, o, mode, &p, SENDER_SCATTER, ring, floor);
	e2e_kind(w, o, mode, &p, SENDER_BURST, ring, floor);
	perf_port_close(&p);
	return 0;
}

int perf_e2e_rows(const struct perf_world *w, const struct perf_options *o, const char *mode)
{
	struct rte_ring *ring =
		rte_ring_create("perf_floor", 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	uint32_t i;
	int ret = 0;

	if (ring == NULL)
		return -1;
	for (i = 0; i < o->nr_sockets && ret == 0; i++) {
		struct perf_values floor = {0};

		ret = e2e_sockets(w, o, mode, o->sockets[i], ring, &floor);
		perf_result(&(struct perf_row){.mode = mode,
					       .what = "floor: one ring to net_null",
					       .unit = PERF_NS_PACKET,
					       .sockets = o->sockets[i],
					       .v = &floor});
	}
	rte_ring_free(ring);
	return ret;
}

int perf_e2e(const struct perf_world *w, const struct perf_options *o)
{
	return perf_e2e_rows(w, o, "e2e");
}
