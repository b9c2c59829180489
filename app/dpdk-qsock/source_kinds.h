/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the thread and the kinds of sources share.
 */
#ifndef DQ_SOURCE_KINDS_H
#define DQ_SOURCE_KINDS_H

#include <qs_source.h>

#include "pools.h"
#include "replay.h"
#include "sender.h"
#include "source.h"

struct dq_source {
	struct qs_stream_config conf;
	struct dq_sender sender;
	struct qs_source times;	   /* cbr, poisson, onoff; greedy: its start */
	struct dq_replay *replay;  /* pcap */
	struct rte_mempool *pool;  /* greedy: one of its own */
	struct dq_list former;	   /* greedy: those of the sources whose place it took */
	uint64_t greedy_period_ns; /* greedy: time between two looks at its pool */
	uint64_t began_ns;	   /* CLOCK_MONOTONIC */
	uint64_t next_ns;	   /* CLOCK_MONOTONIC; RTE_QSOCK_NEVER: not running */
	enum dq_source_state state;
};

/** Be at the beginning, with times from began_ns on; but nothing before skip_ns after it. false: it cannot.
 */
bool dq_source_rewind(struct dq_source *src, uint64_t began_ns, uint64_t skip_ns);

/** Send what is due, at most a bounded number of packets; sets next_ns and state. */
void dq_source_send(struct dq_source *src, uint64_t now_ns);

#endif
