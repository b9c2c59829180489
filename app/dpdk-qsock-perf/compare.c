/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else there is, in one run and so on one machine in one mood: the driver alone, librte_sched, the
 * kernel, and the sockets beside them.
 */
#include <rte_ethdev.h>

#include "perf.h"

/* As testpmd's txonly: new mbufs, 64 bytes, tx_burst. */
static double txonly_once(const struct perf_world *w, uint64_t packets)
{
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint64_t done = 0;
	uint32_t i;

	while (done < packets) {
		if (rte_pktmbuf_alloc_bulk(w->pool, m, PERF_BURST) != 0)
			return 0;
		for (i = 0; i < PERF_BURST; i++)
			perf_write(m[i]);
		done += rte_eth_tx_burst(w->eth_port_id, 0, m, PERF_BURST);
	}
	return (perf_cpu_ns() - start) / (double)done;
}

int perf_compare(const struct perf_world *w, const struct perf_options *o)
{
	struct perf_values txonly = {0};
	uint32_t i;

	for (i = 0; i < o->reps; i++)
		perf_add(&txonly, txonly_once(w, o->packets));
	perf_result(&(struct perf_row){.mode = "compare",
				       .what = "net_null, txonly",
				       .unit = PERF_NS_PACKET,
				       .how = "alloc, 64 bytes, tx_burst, bursts of 32: no queue at all",
				       .sockets = 1,
				       .v = &txonly});
	perf_testpmd(o);
	if (perf_e2e_rows(w, o, "compare") != 0)
		return -1;
	for (i = 0; i < o->nr_sockets; i++)
		perf_rtesched(w, o, o->sockets[i], &txonly);
	return perf_kernel(o, "compare");
}
