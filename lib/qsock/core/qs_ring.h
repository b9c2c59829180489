/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A ring from one producer to one consumer. Each end has a structure, on a cache line of its own; what an
 * entry says of the packet spares the TX core a look at the mbuf.
 */
#ifndef QS_RING_H
#define QS_RING_H

#include <stdint.h>

struct rte_mbuf;

/** qs_slot.what: the socket's id, and above it flags. The first four are enum rte_qsock_pkt_flags. */
#define QS_SLOT_ID_BITS 20
#define QS_SLOT_ID(what) ((what) & ((UINT32_C(1) << QS_SLOT_ID_BITS) - 1))
#define QS_SLOT_PKT_FLAGS(what) ((what) >> QS_SLOT_ID_BITS & 0xf)

enum qs_slot_flags {
	QS_SLOT_DEADLINE = 1 << 24, /**< the mbuf's field has a deadline */
	QS_SLOT_TRAIN = 1 << 25,    /**< its cookie says so, and the mbuf's field how many frames */
	QS_SLOT_NO_NEIGH = 1 << 26, /**< not to be sent */
	QS_SLOT_UNFIT = 1 << 27,    /**< malformed, or longer than the egress can send */
	QS_SLOT_BOUNDED = 1 << 28,  /**< its socket has a limit in time */
	QS_SLOT_AFTER = 1 << 30, /**< no packet: what stands in another ring before a position comes first */
	QS_SLOT_NEW = INT32_MIN, /**< among the first of its socket: the discipline may not know its stream */
	/** What a simple packet has none of. */
	QS_SLOT_SPECIAL = QS_SLOT_DEADLINE | QS_SLOT_TRAIN | QS_SLOT_NO_NEIGH | QS_SLOT_UNFIT |
			  QS_SLOT_BOUNDED | QS_SLOT_AFTER | QS_SLOT_NEW,
};

#define QS_FRAME_MIN_BYTES 60u /* a shorter frame is padded on the wire */

/** What a cookie says beside the mbuf's address, which ends in zeros. */
enum qs_cookie_bits {
	QS_COOKIE_STAMP = 1, /**< the mbuf's field has a stamp */
	QS_COOKIE_TRAIN = 2, /**< m->next links frames */
	QS_COOKIE_MASK = 7,
};

static inline struct rte_mbuf *qs_cookie_mbuf(uint64_t cookie)
{
	return (struct rte_mbuf *)(uintptr_t)(cookie & ~(uint64_t)QS_COOKIE_MASK);
}

/** A packet on its way to the TX core. */
struct qs_slot {
	union {
		uint64_t cookie; /**< as the discipline will have it */
		uint64_t pos;	 /**< QS_SLOT_AFTER: of the other ring */
	};
	union {
		uint32_t len_bytes; /**< of all its frames, each at least QS_FRAME_MIN_BYTES */
		uint32_t ring;	    /**< QS_SLOT_AFTER: which */
	};
	uint32_t what;
};

_Static_assert(sizeof(struct qs_slot) == 16, "four to a cache line");

#define QS_RING_LOOK 64u /* while it is not empty, a look whether it is every so many: each is a miss */

/**
 * The producer's end. Whenever the producer finds the ring empty it may begin again at the first entry (base
 * = pos), so that a ring with few packets in it touches few lines, however large it is: nothing is left in it
 * that the old base was needed for. The consumer reads pos, base, mask and the entries.
 */
struct qs_ring_put {
	uint64_t pos;	       /**< entries ever put */
	struct qs_slot *slots; /**< constant */
	uint32_t seen;	       /**< the consumer's pos when last looked at, modulo 2^32 as the next one */
	uint32_t base;	       /**< pos of the first entry */
	uint32_t look;	       /**< pos at which the consumer's pos is looked at next */
	uint32_t mask;	       /**< constant: entries less one, a power of two less one */
};

/** Set up over a power of two of entries; the consumer's pos is 0. */
static inline void qs_ring_init(struct qs_ring_put *put, struct qs_slot *slots, uint32_t entries)
{
	*put = (struct qs_ring_put){.slots = slots, .mask = entries - 1};
}

/**
 * An entry by its position: a free one for the producer, a used one for the consumer, who must not ask while
 * the ring is empty, because base may move then.
 */
static inline struct qs_slot *qs_ring_at(const struct qs_ring_put *put, uint32_t pos)
{
	return &put->slots[(pos - put->base) & put->mask];
}

/** How many of n entries from a position on stand in a row. [any end] */
static inline uint32_t qs_ring_row(const struct qs_ring_put *put, uint32_t pos, uint32_t n)
{
	uint32_t row = put->mask + 1 - ((pos - put->base) & put->mask);

	return n < row ? n : row;
}

/** Entries that are free. Acquires what the consumer has read: it is done with them. [producer] */
static inline uint32_t qs_ring_free(const struct qs_ring_put *put, const uint64_t *take_pos)
{
	return put->mask + 1 - ((uint32_t)put->pos - (uint32_t)__atomic_load_n(take_pos, __ATOMIC_ACQUIRE));
}

/**
 * Room for the producer, who puts no more than want: exact if less than want, else at least want.
 * [producer]
 */
static inline uint32_t qs_ring_room(struct qs_ring_put *put, const uint64_t *take_pos, uint32_t want)
{
	uint32_t pos = (uint32_t)put->pos, room = put->look - pos, upto;

	if (room >= want)
		return room;
	room = qs_ring_free(put, take_pos);
	if (room == put->mask + 1)
		put->base = pos;
	upto = want > QS_RING_LOOK ? want : QS_RING_LOOK;
	put->look = pos + (room < upto ? room : upto);
	return room;
}

/** Publish n entries. [producer] */
static inline void qs_ring_put(struct qs_ring_put *put, uint32_t n)
{
	__atomic_store_n(&put->pos, put->pos + n, __ATOMIC_RELEASE);
}

/** Where the producer is: entries before it may be taken. [consumer] */
static inline uint64_t qs_ring_end(const struct qs_ring_put *put)
{
	return __atomic_load_n(&put->pos, __ATOMIC_ACQUIRE);
}

/** Give the entries before a position back. [consumer] */
static inline void qs_ring_taken(uint64_t *take_pos, uint64_t pos)
{
	__atomic_store_n(take_pos, pos, __ATOMIC_RELEASE);
}

#endif
