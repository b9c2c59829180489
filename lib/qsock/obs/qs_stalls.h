/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The TX core's ledger: gaps in its own loop, and times in which the driver took nothing. So that what is
 * said of its pacing stays honest on machines that take its CPU away, and that a late packet has a cause.
 */
#ifndef QS_STALLS_H
#define QS_STALLS_H

#include <stdint.h>

#include "obs/qs_counts.h"
#include "rte_qsock.h"

#define QS_STALL_NS UINT64_C(50000) /* by default a longer gap in the loop is a stall */
#define QS_LEDGER_GAPS 256u

/** A time in which nothing was sent, or several with less than a stall between them. */
struct qs_gap {
	uint64_t start_ns, end_ns;
	uint64_t away_ns;   /**< of that time; the rest lies between them */
	uint64_t before_ns; /**< away in all the gaps before it */
	uint64_t reach_ns;  /**< of the ledger, when this was its latest */
};

/** The latest gaps of one kind. */
struct qs_ledger {
	uint64_t count;	   /**< entered so far; the latest is gap[(count - 1) % QS_LEDGER_GAPS] */
	uint64_t away_ns;  /**< in all of them */
	uint64_t end_ns;   /**< of the latest */
	uint64_t reach_ns; /**< no later deadline falls into one, or after one by no more than it lasted */
	struct qs_gap gap[QS_LEDGER_GAPS];
};

/** Of a port. [tx] */
struct qs_stalls {
	uint64_t over_ns; /**< constant: a gap in the loop beyond this is a stall */
	uint64_t polls, count, total_ns, max_ns;
	uint64_t refused_ns; /**< since when the driver has left frames; 0: it has not */
	struct qs_ledger loop, driver;
};

/** Why a packet is late. */
enum qs_cause {
	QS_CAUSE_NONE, /**< it is not */
	QS_CAUSE_QUEUE,
	QS_CAUSE_STALL,
	QS_CAUSE_DRIVER,
};

/** Enter a stall. [tx] */
void qs_stalls_add(struct qs_stalls *s, uint64_t start_ns, uint64_t end_ns);

/** Note a look at the clock, which said now_ns; last_ns is the one before, 0 for none. [tx] */
static inline void qs_stalls_gap(struct qs_stalls *s, uint64_t last_ns, uint64_t now_ns)
{
	if (__builtin_expect(now_ns - last_ns > s->over_ns, 0) && last_ns != 0)
		qs_stalls_add(s, last_ns, now_ns);
}

/** The same, at the beginning of a round. [tx] */
static inline void qs_stalls_note(struct qs_stalls *s, uint64_t last_ns, uint64_t now_ns)
{
	s->polls++;
	qs_stalls_gap(s, last_ns, now_ns);
}

/** The driver has left frames, or has taken all that it had left, at now_ns. [tx] */
void qs_stalls_refused(struct qs_stalls *s, uint64_t now_ns);
void qs_stalls_taken(struct qs_stalls *s, uint64_t now_ns);

/** qs_stalls_cause() where some gap is not long past. */
enum qs_cause qs_stalls_find(const struct qs_stalls *s, uint64_t from_ns, uint64_t missed_ns,
			     uint64_t late_ns);

/**
 * What a late packet is put down to: a gap into which its deadline falls, or after which it falls by no more
 * than the gap lasted; or gaps in the time that it waited, where they add up to its lateness. Stalls come
 * before the driver. [tx]
 * @param from_ns it arrived
 * @param missed_ns the deadline, or when it was found to be over
 * @param late_ns 0: it was dropped, or its lateness is not known
 */
static inline enum qs_cause qs_stalls_cause(const struct qs_stalls *s, uint64_t from_ns, uint64_t missed_ns,
					    uint64_t late_ns)
{
	if (missed_ns > s->loop.reach_ns && missed_ns > s->driver.reach_ns && from_ns >= s->loop.end_ns &&
	    from_ns >= s->driver.end_ns)
		return QS_CAUSE_QUEUE;
	return qs_stalls_find(s, from_ns, missed_ns, late_ns);
}

/** A late packet has ended: what is not counted here is its own queueing. [tx] */
static inline void qs_stalls_count(struct qs_rare_ends *ends, enum qs_cause cause)
{
	ends->late_stall += cause == QS_CAUSE_STALL;
	ends->late_driver += cause == QS_CAUSE_DRIVER;
}

/** Begin counting anew. What late packets are put down to stays known. [tx] */
void qs_stalls_reset(struct qs_stalls *s);

/** What is told of it. [tx] */
void qs_stalls_fill(const struct qs_stalls *s, struct rte_qsock_stalls *out);

#endif
