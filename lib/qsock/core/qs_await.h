/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Between two rounds of a launched TX core: the wait for the next decision's time.
 *
 * A decision takes a while. So one whose time is known is made a little before it, at that time and not at
 * the clock's, and its frames are held until the clock has come there: never early, and later only by a look
 * at the clock. How long before, follows from how long decisions were found to take. What arrives meanwhile
 * is a matter of the next decision, as what arrives during a round always is; and while a time is near, few
 * packets are taken at once, so that it is not missed for them.
 */
#ifndef QS_AWAIT_H
#define QS_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

struct rte_qsock_port;

#define QS_AWAIT_MAX_NS UINT64_C(1000) /* a wait ends after that at the latest */
#define QS_AWAIT_LEAD_MAX_NS 600u      /* a decision is made no longer before its time */
#define QS_AWAIT_FEW 8u		       /* packets taken while its time is near */

/** Of a port. [tx] */
struct qs_await {
	uint64_t hold_ns; /**< what is decided now is handed over then; 0: at once */
	uint32_t lead_ns; /**< so long before its time a decision is made now */
	uint32_t most;	  /**< packets that the next round takes in */
	bool launched;	  /**< constant while the loop runs */
};

/** For a loop of ours; or as for rounds that nobody waits for. [tx] */
void qs_await_init(struct qs_await *await, bool launched);

/** The clock of a round has become a later one, which may not have come yet. [tx] */
static inline void qs_await_later(struct qs_await *await, uint64_t clock_ns)
{
	if (await->launched)
		await->hold_ns = clock_ns;
}

/** When there is something to do without anybody's telling; 0: now. [tx] */
uint64_t qs_await_due(const struct rte_qsock_port *port);

/** Wait for something to do, but not for long. @return the clock of the next round. [tx] */
uint64_t qs_await_round(struct rte_qsock_port *port);

/** Wait until what was decided may be handed over. [tx] */
void qs_await_hold(struct rte_qsock_port *port);

#endif
