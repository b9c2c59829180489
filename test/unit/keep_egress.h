/* SPDX-License-Identifier: BSD-3-Clause */
/* An egress that keeps what it is given, for a test to look at. Included by one file a test. */
#ifndef KEEP_EGRESS_H
#define KEEP_EGRESS_H

#include <rte_common.h>

#include "rte_qsock_egress.h"

static struct rte_mbuf *sent[4096];
static uint32_t n_sent;

static uint16_t keep_tx(struct rte_qsock_egress *e, struct rte_mbuf **pkts, uint16_t n)
{
	(void)e;
	for (uint16_t i = 0; i < n; i++)
		if (n_sent < RTE_DIM(sent))
			sent[n_sent++] = pkts[i];
		else
			rte_pktmbuf_free(pkts[i]);
	return n;
}

static uint64_t keep_rate(const struct rte_qsock_egress *e)
{
	(void)e;
	return UINT64_C(10000000000);
}

static uint32_t keep_max(const struct rte_qsock_egress *e)
{
	(void)e;
	return 1518;
}

static void keep_free(struct rte_qsock_egress *e)
{
	(void)e;
}

static const struct rte_qsock_egress_ops keep_ops = {.name = "keep",
						     .tx_burst = keep_tx,
						     .rate_bps = keep_rate,
						     .max_frame_bytes = keep_max,
						     .free = keep_free};
static struct rte_qsock_egress keep = {.ops = &keep_ops};

#endif
