/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A run, written down for the simulator. A NULL record records nothing, so that calls need no condition.
 */
#ifndef QS_RECORD_H
#define QS_RECORD_H

#include <stddef.h>

#include "rte_qsock.h"

struct qs_record;
struct rte_qsock_port;

static inline struct qs_record *qs_record_start(const char *prefix, const struct rte_qsock_port *port)
{
	return NULL;
}

static inline void qs_record_stop(struct qs_record *r)
{
}

static inline void qs_record_arrival(struct qs_record *r, uint32_t id, const struct rte_qsock_pkt *pkt)
{
}

static inline void qs_record_decision(struct qs_record *r, const struct rte_qsock_event *sent)
{
}

static inline void qs_record_event(struct qs_record *r, const struct rte_qsock_event *ev)
{
}

static inline void qs_record_round(struct qs_record *r, uint64_t clock_ns)
{
}

static inline void qs_record_open(struct qs_record *r, uint32_t id, const char *name,
				  const struct rte_qsock_stream_conf *conf)
{
}

#endif
