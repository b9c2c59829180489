/* SPDX-License-Identifier: BSD-3-Clause */
/* From the kernel to the port's sockets. The kernel is never held up: what has no room is counted and gone.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <rte_mbuf.h>

#include "eal/qs_log.h"
#include "net/qs_sock_lock.h"
#include "twin/qs_twin_priv.h"

#define BURST 64 /* packets a call */
#define SCRATCH_BYTES 65550

/* @return false: no buffer, the packet is read and thrown away */
static bool spare_have(struct rte_qsock_twin *twin)
{
	if (twin->spare == NULL)
		twin->spare = rte_pktmbuf_alloc(twin->tx_pool);
	return twin->spare != NULL;
}

/* @return false: the TAP is empty */
static bool discard(struct rte_qsock_twin *twin)
{
	static __thread uint8_t scratch[SCRATCH_BYTES];

	if (read(twin->tap.fd, scratch, sizeof(scratch)) <= 0)
		return false;
	qs_twin_count(&twin->info.no_mbuf, 1);
	return true;
}

static void deliver(struct rte_qsock_twin *twin, struct rte_mbuf *m)
{
	struct rte_qsock *qs = qs_classify(twin->classifier, m);

	qs_twin_count(qs ? &twin->info.classified : &twin->info.best_effort, 1);
	/* A packet without room leaves its buffer for the next: freeing it would be the TX core's business.
	 */
	if (!qs_sock_put_or_count(qs ? qs : twin->best_effort, m)) {
		rte_pktmbuf_reset(m);
		twin->spare = m;
	}
}

/* @return false: the TAP is empty */
static bool one(struct rte_qsock_twin *twin)
{
	struct rte_mbuf *m;
	ssize_t n;

	if (!spare_have(twin))
		return discard(twin);
	m = twin->spare;
	n = read(twin->tap.fd, rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));
	if (n <= 0)
		return false;
	twin->spare = NULL;
	m->data_len = (uint16_t)n;
	m->pkt_len = (uint32_t)n;
	qs_twin_count(&twin->info.from_kernel, 1);
	qs_twin_count(&twin->info.from_kernel_bytes, (uint64_t)n);
	deliver(twin, m);
	return true;
}

/* Somebody removed the interface. Its descriptor is an error for ever, of which nothing can be read. */
static void tap_gone(struct rte_qsock_twin *twin)
{
	qs_service_fd_del(twin->service, twin->tap.fd);
	__atomic_store_n(&twin->tap_watched, false, __ATOMIC_RELAXED);
	QS_LOG(ERR, "twin %s: the interface was removed: the kernel sends and receives nothing through it\n",
	       twin->tap.name);
}

void qs_twin_tx(void *arg)
{
	struct rte_qsock_twin *twin = arg;

	for (int i = 0; i < BURST; i++) {
		errno = 0;
		if (one(twin))
			continue;
		if (errno == EBADFD)
			tap_gone(twin);
		break;
	}
	twin->rx.last_ns = rte_qsock_now_ns(); /* an answer may come */
}
