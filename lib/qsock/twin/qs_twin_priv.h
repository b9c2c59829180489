/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A twin from the inside, for the files of twin/ only.
 */
#ifndef QS_TWIN_PRIV_H
#define QS_TWIN_PRIV_H

#include <sys/queue.h>

#include "service/qs_service.h"
#include "twin/qs_classify.h"
#include "twin/qs_tap.h"
#include "twin/qs_twin.h"

struct qs_move;

/** What the twin's thread needs to take packets from the port. [service] */
struct qs_twin_rx {
	uint64_t last_ns;    /**< when something was received, or sent: an answer may come */
	uint64_t carrier_ns; /**< next look at the link */
	bool carrier;
	int intr_fd;		   /**< -1: polled */
	bool armed;		   /**< its interrupt will tell */
	bool intr_watched, hooked; /**< what the service has, and is to be taken from it. [ctl] */
};

struct rte_qsock_twin {
	/* Constant */
	struct rte_qsock_port *port;
	struct qs_tap tap;
	struct qs_service *service;
	struct qs_route *route;
	struct rte_qsock *best_effort;
	struct rte_mempool *tx_pool;
	struct rte_ether_addr mac;
	uint16_t eth_port_id;
	bool no_rx;
	bool tap_watched;     /* the service has it. [ctl]; [service] clears it */
	struct qs_move *move; /* [ctl] */
	TAILQ_ENTRY(rte_qsock_twin) next;

	/* [service] */
	struct qs_classifier *classifier;
	struct rte_mbuf *spare; /* what the next packet of the kernel's is read into */
	struct qs_twin_rx rx;
	struct rte_qsock_twin_info info;
};

/** The kernel sent something: read it, decide where it goes. [service] */
void qs_twin_tx(void *twin);

/** Take what the port received, look after its link. A hook of the service. [service] */
uint64_t qs_twin_rx_poll(void *twin, uint64_t now_ns);

/** Begin and end receiving. @return 0; -1: rte_errno. [ctl] */
int qs_twin_rx_start(struct rte_qsock_twin *twin);
void qs_twin_rx_stop(struct rte_qsock_twin *twin);

/** Add to a counter that any thread may read. [service] */
static inline void qs_twin_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/** Call fn for each twin under the lock of twins; until it returns true. @return that twin. [ctl] */
struct rte_qsock_twin *qs_twin_find(bool (*fn)(const struct rte_qsock_twin *twin, const void *arg),
				    const void *arg);

#endif
