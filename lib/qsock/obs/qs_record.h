/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A run, written down so that dpdk-qsock-sim can make the same decisions again:
 *
 *   PREFIX.ini           port and streams
 *   PREFIX.arrivals.csv  what the TX core took from rings into the discipline, and when
 *   PREFIX.polls.csv     readings of the clock at which it decided
 *   PREFIX.events.csv    what became of each packet
 *
 *   dpdk-qsock-sim --scenario PREFIX.ini --arrivals PREFIX.arrivals.csv --polls PREFIX.polls.csv --events -
 *
 * The TX core writes into a ring; a thread writes the files. A NULL record records nothing. What the
 * simulator has no words for (closing what is queued, another socket with the id of one that was closed,
 * changing, another rate, a driver that does not take what was decided) is counted and told in the log at the
 * end.
 */
#ifndef QS_RECORD_H
#define QS_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include <rte_branch_prediction.h>

#include "rte_qsock.h"

struct qs_record;

/** What the scenario says of the port. */
struct qs_record_port {
	const char *scheduler;
	uint64_t rate_bps, ahead_ns, catchup_ns;
	uint32_t overhead_bytes;
	uint32_t max_sockets;
	uint8_t precedence;
	bool work_conserving;
};

/** Begin: open the files and start the thread. @return the record; NULL: ENOMEM, EINVAL no such file. [ctl]
 */
struct qs_record *qs_record_start(const char *prefix, const struct qs_record_port *port);

/** End: write what is left, and the scenario. [ctl] */
void qs_record_stop(struct qs_record *r);

/* Below [tx], through the inline functions that follow. */
void qs_record_put_open(struct qs_record *r, uint32_t id, const char *name,
			const struct rte_qsock_stream_conf *conf);
void qs_record_put_arrival(struct qs_record *r, uint32_t id, const struct rte_qsock_pkt *pkt);
void qs_record_put_event(struct qs_record *r, const struct rte_qsock_event *ev);
void qs_record_put_begin(struct qs_record *r);
void qs_record_put_decided(struct qs_record *r, uint64_t now_ns, const struct rte_qsock_event *sent);
void qs_record_put_end(struct qs_record *r);
void qs_record_put_round(struct qs_record *r, uint64_t clock_ns);
void qs_record_put_unlike(struct qs_record *r);

/** A socket was opened. [tx] */
static inline void qs_record_open(struct qs_record *r, uint32_t id, const char *name,
				  const struct rte_qsock_stream_conf *conf)
{
	if (unlikely(r != NULL))
		qs_record_put_open(r, id, name, conf);
}

/** A packet goes to the discipline. [tx] */
static inline void qs_record_arrival(struct qs_record *r, uint32_t id, const struct rte_qsock_pkt *pkt)
{
	if (unlikely(r != NULL))
		qs_record_put_arrival(r, id, pkt);
}

/** A packet is dropped. [tx] */
static inline void qs_record_event(struct qs_record *r, const struct rte_qsock_event *ev)
{
	if (unlikely(r != NULL))
		qs_record_put_event(r, ev);
}

/** What happens from now on happens in a decision, if one is made. [tx] */
static inline void qs_record_begin(struct qs_record *r)
{
	if (unlikely(r != NULL))
		qs_record_put_begin(r);
}

/** It was made: what it sent, NULL nothing. [tx] */
static inline void qs_record_decided(struct qs_record *r, uint64_t now_ns, const struct rte_qsock_event *sent)
{
	if (unlikely(r != NULL))
		qs_record_put_decided(r, now_ns, sent);
}

/** And no longer. [tx] */
static inline void qs_record_end(struct qs_record *r)
{
	if (unlikely(r != NULL))
		qs_record_put_end(r);
}

/** A round ends. [tx] */
static inline void qs_record_round(struct qs_record *r, uint64_t clock_ns)
{
	if (unlikely(r != NULL))
		qs_record_put_round(r, clock_ns);
}

/** Something that the simulator cannot do again. [tx] */
static inline void qs_record_unlike(struct qs_record *r)
{
	if (unlikely(r != NULL))
		qs_record_put_unlike(r);
}

#endif
