/* SPDX-License-Identifier: BSD-3-Clause */
#include <sched.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_pause.h>
#include <rte_spinlock.h>

#include "core/qs_socket.h"
#include "net/qs_sock_lock.h"

#define LOCKS 256u /* power of two */
#define SPINS 100u

/* Sockets share locks by address: two that meet in one only wait for each other's ring operation. */
static struct sock_lock {
	rte_spinlock_t lock;
} __rte_cache_aligned locks[LOCKS];

static rte_spinlock_t *lock_of(const struct rte_qsock *qs)
{
	uint64_t h = (uint64_t)(uintptr_t)qs * UINT64_C(0x9e3779b97f4a7c15);

	return &locks[(h >> 40) & (LOCKS - 1)].lock;
}

void qs_sock_lock(struct rte_qsock *qs)
{
	rte_spinlock_t *lock = lock_of(qs);
	unsigned int spins = 0;

	while (!rte_spinlock_trylock(lock)) {
		if (++spins % SPINS == 0)
			sched_yield();
		rte_pause();
	}
}

void qs_sock_unlock(struct rte_qsock *qs)
{
	rte_spinlock_unlock(lock_of(qs));
}

bool qs_sock_put(struct rte_qsock *qs, struct rte_mbuf *m)
{
	bool put;

	qs_sock_lock(qs);
	put = rte_qsock_tx_room(qs) > 0 && rte_qsock_tx_burst(qs, &m, 1) == 1;
	qs_sock_unlock(qs);
	return put;
}

bool qs_sock_put_or_count(struct rte_qsock *qs, struct rte_mbuf *m)
{
	bool put;

	qs_sock_lock(qs);
	put = rte_qsock_tx_room(qs) > 0 && rte_qsock_tx_burst(qs, &m, 1) == 1;
	if (!put)
		__atomic_store_n(&qs->put_drop, qs->put_drop + 1, __ATOMIC_RELAXED);
	qs_sock_unlock(qs);
	return put;
}
