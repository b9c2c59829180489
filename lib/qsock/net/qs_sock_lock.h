/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The lock of a socket that has two producers: its application, and the service thread that brings
 * it what the kernel sent or what waited for a neighbour. A socket of one producer needs none.
 *
 * Held for a ring operation only. Whoever finds it held gives the processor away, since the holder
 * may have lost its own.
 *
 * A lock leans to the thread that has taken it many times in a row: its owner takes and leaves it with plain
 * stores, without a locked instruction, which would wait until the TX core's CPU has given away every line
 * written before. Another thread takes the ownership away first: it says so, runs a barrier in all threads,
 * and waits until the owner is not in it. So either the owner sees that it is the owner no more, or the other
 * one sees it in the lock.
 */
#ifndef QS_SOCK_LOCK_H
#define QS_SOCK_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_atomic.h>
#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_spinlock.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rte_mbuf;
struct rte_qsock;
struct qs_sock_lock;

#define QS_SOCK_LOCKS 1024u /* power of two */
#define QS_SOCK_ROW 256u /* so often in a row makes an owner: a barrier costs as much as some hundred locks  \
			  */

/** A thread that may own locks. */
struct qs_sock_holder {
	const struct qs_sock_lock *holds; /**< which one it holds as its owner */
	struct qs_sock_holder *next;	  /**< free ones */
} __rte_cache_aligned;

/** Sockets share locks by address: two that meet in one only wait for each other's ring operation. */
struct qs_sock_lock {
	struct qs_sock_holder
		*owner;	     /**< NULL: none. Written with the lock held, but only cleared by others */
	rte_spinlock_t lock; /**< of everybody but the owner */
	uint32_t row;	     /**< how often in a row ... */
	const struct qs_sock_holder *last; /**< ... who took it last */
} __rte_cache_aligned;

extern struct qs_sock_lock qs_sock_locks[QS_SOCK_LOCKS];

/** The calling thread; one that owns nothing before it has taken a lock the long way. */
extern __thread struct qs_sock_holder *qs_sock_self __attribute__((tls_model("initial-exec")));

/** The long ways. */
void qs_sock_lock_slow(struct qs_sock_lock *lock);
void qs_sock_unlock_slow(struct qs_sock_lock *lock);

static inline struct qs_sock_lock *qs_sock_lock_of(const struct rte_qsock *qs)
{
	uint64_t h = (uint64_t)(uintptr_t)qs * UINT64_C(0x9e3779b97f4a7c15);

	return &qs_sock_locks[(h >> 40) & (QS_SOCK_LOCKS - 1)];
}

/** Before producing; a thread holds one at a time. [app, service] */
static inline void qs_sock_lock(const struct rte_qsock *qs)
{
	struct qs_sock_lock *lock = qs_sock_lock_of(qs);
	struct qs_sock_holder *self = qs_sock_self;

	if (likely(__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == self)) {
		__atomic_store_n(&self->holds, lock, __ATOMIC_RELAXED);
		rte_compiler_barrier(); /* the processor's is run by who takes the ownership away */
		if (likely(__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == self))
			return;
		__atomic_store_n(&self->holds, NULL, __ATOMIC_RELEASE);
	}
	qs_sock_lock_slow(lock);
}

/** After it. [app, service] */
static inline void qs_sock_unlock(const struct rte_qsock *qs)
{
	struct qs_sock_lock *lock = qs_sock_lock_of(qs);
	struct qs_sock_holder *self = qs_sock_self;

	if (likely(self->holds == lock))
		__atomic_store_n(&self->holds, NULL, __ATOMIC_RELEASE);
	else
		qs_sock_unlock_slow(lock);
}

/** Produce one packet under the lock. @return false: the ring is full, nothing is counted. [app, service] */
bool qs_sock_put(struct rte_qsock *qs, struct rte_mbuf *m);

/**
 * The same for a packet whose sender cannot be told. [service]
 * @return false: the ring is full, and queue_drop counts it; the mbuf is still the caller's
 */
bool qs_sock_put_or_count(struct rte_qsock *qs, struct rte_mbuf *m);

#ifdef __cplusplus
}
#endif
#endif
