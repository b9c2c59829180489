/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Waiting for what another thread is about to do, whatever its priority is.
 */
#ifndef QS_WAIT_H
#define QS_WAIT_H

#include <sched.h>
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_pause.h>
#include <rte_spinlock.h>

#define QS_WAIT_SPINS 1000u  /**< before the naps */
#define QS_WAIT_YIELD 100u   /**< spins between two offers of the CPU */
#define QS_WAIT_NAP_NS 20000 /**< as short as a timer here can be */

/**
 * One step: a pause, now and then an offer of the CPU; later naps, since a real-time thread that only yields
 * keeps the CPU from one of lower priority, which may be the one it waits for. spins: 0 at first. [any]
 */
static inline void qs_wait(unsigned int *spins)
{
	const struct timespec nap = {.tv_nsec = QS_WAIT_NAP_NS};

	if (++*spins >= QS_WAIT_SPINS)
		nanosleep(&nap, NULL);
	else if (*spins % QS_WAIT_YIELD == 0)
		sched_yield();
	else
		rte_pause();
}

/** rte_spinlock_lock() that waits like that. [any] */
static inline void qs_spin_lock(rte_spinlock_t *lock)
{
	unsigned int spins = 0;

	while (unlikely(!rte_spinlock_trylock(lock)))
		qs_wait(&spins);
}

#endif
