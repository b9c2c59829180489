/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdint.h>

#include "core/qs_fence.h"
#include "core/qs_socket.h"
#include "eal/qs_wait.h"
#include "net/qs_sock_lock.h"

#define HOLDERS 1024u /* threads beyond own no lock */

struct qs_sock_lock qs_sock_locks[QS_SOCK_LOCKS];

/* Stands for threads that are not registered: owns no lock, so nobody looks into it. */
static struct qs_sock_holder nobody;
__thread struct qs_sock_holder *qs_sock_self __attribute__((tls_model("initial-exec"))) = &nobody;
static __thread bool asked;

/* Never given back to the heap: what a thread owned when it ended is the next one's that gets its place. */
static struct {
	pthread_mutex_t lock;
	struct qs_sock_holder all[HOLDERS];
	uint32_t used; /* ever */
	struct qs_sock_holder *idle;
} holders = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_key_t key;
static bool ready; /* threads may own locks */

static void thread_ends(void *arg)
{
	struct qs_sock_holder *self = arg;

	qs_sock_self = &nobody;
	pthread_mutex_lock(&holders.lock);
	self->next = holders.idle;
	holders.idle = self;
	pthread_mutex_unlock(&holders.lock);
}

static void prepare(void)
{
	ready = qs_fence_ready() && pthread_key_create(&key, thread_ends) == 0;
}

static struct qs_sock_holder *holder_take(void)
{
	struct qs_sock_holder *holder;

	pthread_mutex_lock(&holders.lock);
	holder = holders.idle;
	if (holder != NULL)
		holders.idle = holder->next;
	else if (holders.used < HOLDERS)
		holder = &holders.all[holders.used++];
	pthread_mutex_unlock(&holders.lock);
	return holder;
}

/* Once a thread: it may own locks from now on. */
static void thread_begins(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct qs_sock_holder *self;

	asked = true;
	pthread_once(&once, prepare);
	self = ready ? holder_take() : NULL;
	if (self == NULL)
		return;
	if (pthread_setspecific(key, self) == 0)
		qs_sock_self = self;
	else
		thread_ends(self);
}

/* The spinlock is held. The owner is waited for where it is in the lock. */
static void ownership_end(struct qs_sock_lock *lock)
{
	const struct qs_sock_holder *owner = lock->owner;
	unsigned int spins = 0;

	__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
	qs_fence_all();
	while (__atomic_load_n(&owner->holds, __ATOMIC_ACQUIRE) == lock)
		qs_wait(&spins);
}

void qs_sock_lock_slow(struct qs_sock_lock *lock)
{
	unsigned int spins = 0;

	while (!rte_spinlock_trylock(&lock->lock))
		qs_wait(&spins);
	if (lock->owner != NULL)
		ownership_end(lock);
	if (unlikely(!asked))
		thread_begins();
	if (lock->last != qs_sock_self) {
		lock->last = qs_sock_self;
		lock->row = 0;
	}
}

void qs_sock_unlock_slow(struct qs_sock_lock *lock)
{
	if (++lock->row >= QS_SOCK_ROW && qs_sock_self != &nobody) {
		lock->row = 0;
		__atomic_store_n(&lock->owner, qs_sock_self, __ATOMIC_RELAXED);
	}
	rte_spinlock_unlock(&lock->lock);
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
		qs_socket_put_drop(qs, 1);
	qs_sock_unlock(qs);
	return put;
}
