/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One AF_XDP socket that only sends: its memory, its two rings, and what is in flight on it.
 *
 * A frame's place is in flight from when it is put into the TX ring until the kernel has returned it in the
 * completion ring. There are as many places as the rings have entries, so neither ring overflows.
 */
#ifndef QS_TXSK_H
#define QS_TXSK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "kernel.h"

#define QS_TXSK_FRAMES_MIN 64u
#define QS_TXSK_FRAMES_MAX 32768u
#define QS_TXSK_FRAME_MAX 4096u /**< a page: of larger chunks the kernel takes none */
#define QS_TXSK_WIRE_BYTES 24u	/**< that a frame takes on the wire beyond its length */

/** What a socket is made with. */
struct qs_txsk_conf {
	uint32_t ifindex;
	uint32_t queue_id;
	uint32_t frames;      /**< a power of two */
	uint32_t frame_bytes; /**< the longest */
	uint32_t tx_budget;   /**< frames that one kick may send */
	uint32_t busy_poll_us;
	uint64_t in_flight_bytes; /**< that may come to be in flight, for the socket's buffer */
	bool zero_copy;
};

/** One ring as both sides see it. */
struct qs_txsk_ring {
	uint32_t *producer, *consumer, *flags;
	void *entries;
	void *map;
	size_t map_bytes;
};

/** The socket. What stands under [tx] is the TX core's once it has it. */
struct qs_txsk {
	/* Constant */
	const struct qs_txsk_kernel *kernel;
	struct qs_txsk_ring tx, comp;
	char *umem;
	size_t umem_bytes;
	uint32_t mask;	      /**< frames - 1 */
	uint32_t chunk_shift; /**< of a place: 11 or 12 */
	int fd;
	uint32_t ifindex;
	uint32_t features; /**< RTE_QSOCK_AF_XDP_ */
	bool always_kick;  /**< busy polling is driven by the kicks */

	/* [tx] */
	uint32_t free_count;
	uint32_t in_flight_wire_bytes;
	uint32_t put;  /**< own copy of the TX ring's producer */
	uint32_t back; /**< own copy of the completion ring's consumer */
	uint32_t *free;
	uint32_t *wire_bytes; /**< of the frame in each place */

	struct qs_txsk *next; /**< those that are done with */
};

/** What came of a kick. */
struct qs_txsk_kicked {
	uint32_t calls;
	uint32_t dropped; /**< frames that the device refused for good: completed, not sent */
	bool held;	  /**< some are left: the device or the socket's buffer is full */
	int error;	  /**< the last that is none of these; 0 */
};

/**
 * Make one and bind it, without an XDP program. [ctl]
 * @return NULL with errno: EBUSY the queue has one, EINVAL no such queue, EPERM, EOPNOTSUPP zero copy is
 * asked for and not to be had, ENODEV, ENOMEM, ENOBUFS RLIMIT_MEMLOCK, EAFNOSUPPORT, ENOPROTOOPT the kernel's
 *   AF_XDP is too old, EMFILE
 */
struct qs_txsk *qs_txsk_open(const struct qs_txsk_conf *conf);

/** What is in flight is lost. NULL is allowed. [ctl] */
void qs_txsk_close(struct qs_txsk *x);

/** Have the kernel send what is in the TX ring, if it needs to be told. Does not block. [tx] */
struct qs_txsk_kicked qs_txsk_kick(struct qs_txsk *x);

/** Take back what is completed. @return frames [tx] */
uint32_t qs_txsk_reap(struct qs_txsk *x);

/** Frames in flight. [tx] */
static inline uint32_t qs_txsk_in_flight(const struct qs_txsk *x)
{
	return x->mask + 1 - x->free_count;
}

/** Whether the kernel has not looked at all that was put. [tx] */
static inline bool qs_txsk_waiting(const struct qs_txsk *x)
{
	return x->put != __atomic_load_n(x->tx.consumer, __ATOMIC_ACQUIRE);
}

/** Copy a frame of len bytes, in segments or not, into a free place, of which there must be one. [tx] */
void qs_txsk_put(struct qs_txsk *x, const struct rte_mbuf *m, uint32_t len);

/** Let the kernel see what was put. [tx] */
static inline void qs_txsk_submit(const struct qs_txsk *x)
{
	__atomic_store_n(x->tx.producer, x->put, __ATOMIC_RELEASE);
}

/**
 * Whether a frame of our own, to the interface's own address, comes back within the time. [ctl], before a TX
 * core has the socket
 */
bool qs_txsk_prove(struct qs_txsk *x, const struct rte_ether_addr *mac, uint64_t within_ns);

#endif
