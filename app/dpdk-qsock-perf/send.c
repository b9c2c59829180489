/* SPDX-License-Identifier: BSD-3-Clause */
/* What the sender pays: rte_qsock_tx_burst(), beside what the kernel takes on loopback. */

#include <rte_cycles.h>

#include "perf.h"

#define RING_PACKETS 1024

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

int perf_send(const struct perf_world *w, const struct perf_options *o)
{
	return send_native(w, o) != 0 || perf_kernel(o, "send") != 0 ? -1 : 0;
}
