/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/qs_share.h"
#include "core/qs_txcore.h"

static uint64_t scaled(uint64_t value, uint64_t by, uint64_t of)
{
	return (uint64_t)((unsigned __int128)value * by / of);
}

/*
 * The time that the link was idle and that may be made up was worth bytes at the old rate: it is worth no
 * more at the new one.
 */
static void share_set(struct qs_pace *pace, uint64_t rate_bps)
{
	uint64_t old_bps = pace->link.rate_bps, idle_ns;

	if (rate_bps > old_bps && pace->free_ns < pace->clock_ns) {
		idle_ns = RTE_MIN(pace->clock_ns - pace->free_ns, pace->catchup_ns);
		pace->free_ns = pace->clock_ns - scaled(idle_ns, old_bps, rate_bps);
	}
	qs_link_rate_set(&pace->link, rate_bps);
}

int qs_share_run(struct rte_qsock_port *port, struct qs_share *share)
{
	const struct qs_port_totals *t = &port->tx.totals;
	const struct qs_lanes *lanes = &port->lanes;
	uint32_t i, n = __atomic_load_n(&lanes->count, __ATOMIC_ACQUIRE);

	share->clock_ns = qs_txcore_go_on(port, 0);
	share->free_ns = port->tx.pace.free_ns;
	share->busy_ns = port->tx.pace.busy_ns;
	share->sent = t->ends.on_time + t->ends.late;
	share->dropped = t->left - t->rare.base_left - share->sent;
	share->waiting = qs_sched_queued(port->tx.sched);
	for (i = 0; i < n; i++)
		share->waiting += qs_ring_end(&lanes->lane[i]->put) - lanes->lane[i]->take;
	if (share->rate_bps != 0) {
		share_set(&port->tx.pace, share->rate_bps);
		qs_egress_rate(port);
	}
	return 0;
}
