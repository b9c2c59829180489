/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port from the inside. Each part says who writes it.
 */
#ifndef QS_PORT_H
#define QS_PORT_H

#include <pthread.h>
#include <sys/queue.h>

#include <rte_common.h>

#include "core/qs_await.h"
#include "core/qs_ctl.h"
#include "core/qs_idle.h"
#include "core/qs_lane.h"
#include "core/qs_pages.h"
#include "core/qs_placement.h"
#include "core/qs_socket.h"
#include "core/qs_table.h"
#include "obs/qs_counts.h"
#include "obs/qs_stalls.h"
#include "rte_qsock.h"
#include "rte_qsock_egress.h"
#include "sched/qs_pick.h"

#define QS_BURST 32u	   /* decisions a burst */
#define QS_PENDING_MAX 64u /* frames offered to the driver at once */
#define QS_FREE_MAX 64u	   /* mbufs freed at once */
#define QS_ROUND_BURSTS 4u /* bursts a round: control and ingest wait for no more */
#define QS_PAGES_MAX 8u	   /* arrays of the discipline that come as they are used */
#define QS_INGEST_MAX 256u /* packets a round */

struct qs_record;

/** A frame that was decided and that the driver has not taken. */
struct qs_pending {
	uint32_t id;
	uint32_t len_bytes; /**< of the whole packet; counted with its last frame */
	bool last;
	uint8_t late; /**< enum qs_cause */
};

/** A packet that was decided and whose frames are not all among those. */
struct qs_waiting {
	struct rte_mbuf *m; /**< its next frame */
	struct qs_pending of;
	bool train; /**< m->next links frames */
};

/** Decided packets on their way to the driver, in order: their frames, as many as there is room for. [tx] */
struct qs_egress_queue {
	uint32_t count;	     /**< of frames; 0: nothing waits */
	bool failed;	     /**< an earlier frame of the packet at the front could not be sent */
	uint32_t first, end; /**< of the packets waiting */
	struct rte_mbuf *mbuf[QS_PENDING_MAX];
	struct qs_pending of[QS_PENDING_MAX];
	struct qs_waiting wait[QS_BURST];
};

/** Closing sockets, by id + 1, looked at in turn. [tx] */
struct qs_closing {
	uint32_t count, first, last;
};

/** What the TX core counts over all its sockets. [tx] */
struct qs_port_totals {
	struct qs_ends ends;
	struct qs_rare_ends rare;
	uint64_t left; /**< packets that have ended, however */
	uint64_t since_ns;
};

/** All of it at one instant. */
struct qs_port_snapshot {
	struct qs_port_totals totals;
	struct rte_qsock_stalls stalls;
	uint64_t decisions;
	uint64_t busy_ns;
	uint64_t rests, sleeps, slept_ns;
};

/** What the TX core works on in every round. [tx] */
struct qs_txcore {
	struct rte_qsock_sched *sched;
	struct rte_qsock_egress *egress;
	struct qs_record *record;
	struct qs_pace pace; /**< its clock is that of the last round */
	uint64_t round_ns;   /**< the same; 0: none since it was stopped */
	uint64_t egress_poll_ns;
	struct qs_await await;
	uint32_t free_count;
	struct qs_closing closing;
	struct qs_egress_queue out;
	struct rte_mbuf *free_mbufs[QS_FREE_MAX];
	struct qs_port_totals totals;
	struct qs_stalls stalls;
};

struct rte_qsock_port {
	/* Constant, or changed rarely, and read by everybody. */
	uint64_t owner;		  /* thread that may touch tx and sched: see qs_ctl.h */
	struct qs_chunk **chunks; /* constant, its table's, as the next one */
	struct qs_socket_tx *sockets_tx;
	struct qs_table *table; /* constant */
	uint32_t max_sockets;
	uint32_t max_frame_bytes;
	int socket_id;
	struct qs_lanes lanes; /* packets on their way: [app] to [tx] */
	struct qs_idle idle __rte_cache_aligned;

	uint32_t dead __rte_cache_aligned; /* list, id + 1: [tx] pushes, [ctl] takes all */
	struct qs_ctl ctl __rte_cache_aligned;
	struct qs_txcore tx __rte_cache_aligned;

	/* [ctl], under the table's lock */
	struct rte_qsock_port *sibling __rte_cache_aligned; /* the next one in its table */
	uint32_t sockets;				    /* open ones */
	int lcore;					    /* where it was launched, -1: nowhere */
	bool stop;					    /* [ctl] to the launched loop */
	struct qs_offers gone;				    /* of sockets that are no more, or elsewhere */
	struct qs_offers base;				    /* at the last reset */
	char name[RTE_QSOCK_NAMESIZE];
	char scheduler[RTE_QSOCK_NAMESIZE];
	struct qs_pages pages[QS_PAGES_MAX]; /* of its discipline */
	struct qs_surroundings around;
	/* Under the lock of ports. */
	TAILQ_ENTRY(rte_qsock_port) next;
	uint32_t users; /* of qs_port_with() */
};

/** The socket of an id whose chunk exists. [any] */
static inline struct rte_qsock *qs_port_socket(const struct rte_qsock_port *port, uint32_t id)
{
	return &port->chunks[id / QS_CHUNK]->socket[id % QS_CHUNK];
}

/** What is counted of a socket that has sent. [tx] */
static inline struct qs_socket_tx *qs_port_tx(const struct rte_qsock_port *port, uint32_t id)
{
	return &port->sockets_tx[id];
}

/** Whether a handle can be one: what was closed is not. @return 0; -1: EINVAL. [ctl] */
int qs_socket_valid(const struct rte_qsock *qs, const char *call);

/** qs_ctl_call() for a socket, wherever it is. @return as it does. [ctl] */
int qs_socket_call(struct rte_qsock *qs, enum qs_op op, void *arg);

/** As rte_qsock_port_create(), its sockets in a table that others share; NULL: in one of its own. [ctl] */
struct rte_qsock_port *qs_port_create_in(struct qs_table *table, const struct rte_qsock_port_conf *conf);

/** End its TX core and be its owner. @return 0; -1: EBUSY another thread polls it. [ctl] */
int qs_port_take(struct rte_qsock_port *port);

/** Free it, which is the caller's, and its egress or not. [ctl] */
void qs_port_end(struct rte_qsock_port *port, bool with_egress);

/** Bytes of what it and its table have mapped that take memory. [any] */
size_t qs_port_mapped(const struct rte_qsock_port *port);

/** Take back what the TX core has drained. The table's lock is held. [ctl] */
void qs_port_reap(struct rte_qsock_port *port);

/**
 * Call fn for every port under the lock of ports, until it returns non-zero, and return that. fn may neither
 * wait nor look for a port. [ctl]
 */
int qs_port_foreach(int (*fn)(struct rte_qsock_port *port, void *arg), void *arg);

/** Run fn on the port of that name, which cannot be freed meanwhile. @return what fn returns; -ENOENT. [ctl]
 */
int qs_port_with(const char *name, int (*fn)(struct rte_qsock_port *port, void *arg), void *arg);

#endif
