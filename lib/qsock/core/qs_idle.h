/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A TX core with nothing to do may sleep until the next packet, message or time of its own.
 *
 * While it is awake a sender pays one load: it looks at asleep after it has put, without a barrier. The
 * barrier is the sleeper's: membarrier(2) runs one in every thread of the process between its saying so and
 * its last look at the lanes. So either that look finds the packet, or the sender finds it asleep.
 */
#ifndef QS_IDLE_H
#define QS_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>

struct rte_qsock_port;

#define QS_IDLE_SPIN_NS UINT64_C(10000) /* without anything to do it spins for so long, then it rests */
#define QS_IDLE_REST_NS UINT64_C(10000) /* a rest of a CPU that watches memory is no longer */
#define QS_IDLE_AFTER_MAX_NS UINT64_C(10000000000)
#define QS_IDLE_EARLY_NS UINT64_C(60000)      /* it gets up so long before its time, and waits for it awake */
#define QS_IDLE_LONGEST_NS UINT64_C(20000000) /* the link may go down or up */

/** Of a port. */
struct qs_idle {
	uint32_t asleep;   /**< written by [tx], read by everybody */
	int fd;		   /**< constant; -1: it never sleeps */
	uint64_t after_ns; /**< constant */
	bool monitors;	   /**< constant: the CPU can rest until a cache line is written to */
	/* [tx] */
	uint64_t busy_ns __rte_cache_aligned; /**< when there was last something to do */
	uint64_t rests;
	uint64_t sleeps;
	uint64_t slept_ns;
	uint64_t woken; /**< sleeps that somebody ended */
};

/** Set up. after_ns 0: it never sleeps. @return 0; -1: rte_errno EMFILE no descriptor. [ctl] */
int qs_idle_init(struct qs_idle *idle, uint64_t after_ns);

/** [ctl] */
void qs_idle_fini(struct qs_idle *idle);

/** After a round that sent so many frames: sleep if there is nothing to do and has been for long enough. [tx]
 */
void qs_idle_round(struct rte_qsock_port *port, uint16_t frames);

/** Whether the TX core, which has nothing to do before until_ns, need not spin any more. [tx] */
static inline bool qs_idle_tired(const struct qs_idle *idle, uint64_t now_ns, uint64_t until_ns)
{
	return now_ns - idle->busy_ns > QS_IDLE_SPIN_NS && until_ns - now_ns > 2 * QS_IDLE_SPIN_NS;
}

/**
 * Rest until something may have been left for it, for 10 us at most: one PAUSE, or, where the CPU can
 * watch a cache line and one thread sends, until its lane is written to. [tx]
 */
void qs_idle_rest(struct rte_qsock_port *port);

/** What a launched TX core without anything to do goes through: enum rte_qsock_idle. [any] */
uint32_t qs_idle_steps(const struct qs_idle *idle);

/** End its sleep. [any] */
void qs_idle_wake(struct qs_idle *idle);

/** To be called after something was left for the TX core to find. [any] */
static inline void qs_idle_told(struct qs_idle *idle)
{
	rte_compiler_barrier();
	if (unlikely(__atomic_load_n(&idle->asleep, __ATOMIC_RELAXED) != 0))
		qs_idle_wake(idle);
}

#endif
