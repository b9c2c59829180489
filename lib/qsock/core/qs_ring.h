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

/** Bits of qs_slot.flags beyond enum rte_qsock_pkt_flags. */
enum qs_slot_flags {
	QS_SLOT_PKT_FLAGS = 0x000f, /**< mask of what the discipline sees */
	QS_SLOT_DEADLINE = 1 << 4,  /**< the mbuf's field has a deadline */
	QS_SLOT_STAMP = 1 << 5,	    /**< the mbuf's field has a stamp */
	QS_SLOT_TRAIN = 1 << 6,	    /**< m->next links frames */
	QS_SLOT_NO_NEIGH = 1 << 7,  /**< not to be sent */
	QS_SLOT_UNFIT = 1 << 8,	    /**< malformed, or longer than the egress can send */
};

/** A packet on its way to the TX core. */
struct qs_slot {
	struct rte_mbuf *mbuf;
	uint32_t len_bytes; /**< of all its frames, each at least 60 */
	uint16_t frames;
	uint16_t flags; /**< enum qs_slot_flags */
};

#define QS_RING_NEAR 4u	 /* entries of the first line */
#define QS_RING_LOOK 16u /* while it is not empty, a look whether it is every so many: each is a miss */

/**
 * The producer's end, and the first entries. Whenever the producer finds the ring empty it may begin again at
 * the first entry (base = pos), so that a ring with few packets in it touches one line of entries, which lies
 * beside this one, however large it is: nothing is left in it that the old base was needed for.
 * The consumer reads pos, base, mask and the entries.
 */
struct qs_ring_put {
	uint64_t pos;	     /**< entries ever put */
	struct qs_slot *far; /**< constant: all entries; those in near are not used */
	uint32_t seen;	     /**< the consumer's pos when last looked at, modulo 2^32 as the next one */
	uint32_t base;	     /**< pos of the first entry */
	uint32_t look;	     /**< pos at which the consumer's pos is looked at next */
	uint32_t mask;	     /**< constant: entries less one, a power of two less one */
};

/** Set up. far holds entries entries, a power of two; the consumer's pos is 0. */
static inline void qs_ring_init(struct qs_ring_put *put, struct qs_slot *far, uint32_t entries)
{
	*put = (struct qs_ring_put){.far = far, .look = QS_RING_NEAR, .mask = entries - 1};
}

/**
 * An entry by its position: a free one for the producer, a used one for the consumer, who must not ask while
 * the ring is empty, because base may move then.
 */
static inline struct qs_slot *qs_ring_at(const struct qs_ring_put *put, struct qs_slot *near, uint32_t pos)
{
	uint32_t at = (pos - put->base) & put->mask;

	return at < QS_RING_NEAR ? &near[at] : &put->far[at];
}

/** Room for the producer: exact if less than want, else at least want. [producer] */
static inline uint32_t qs_ring_room(struct qs_ring_put *put, const uint64_t *take_pos, uint32_t want)
{
	uint32_t pos = (uint32_t)put->pos, room = put->mask + 1 - (pos - put->seen);

	if (room < want || (int32_t)(pos - put->look) >= 0) {
		put->seen = (uint32_t)__atomic_load_n(take_pos, __ATOMIC_ACQUIRE);
		room = put->mask + 1 - (pos - put->seen);
		put->look = pos + QS_RING_LOOK;
		if (put->seen == pos) {
			put->base = pos;
			put->look = pos + QS_RING_NEAR;
		}
	}
	return room;
}

/** Publish n entries. [producer] */
static inline void qs_ring_put(struct qs_ring_put *put, uint32_t n)
{
	__atomic_store_n(&put->pos, put->pos + n, __ATOMIC_RELEASE);
}

/** Entries to take, looking at the producer's line. [consumer] */
static inline uint32_t qs_ring_used(const struct qs_ring_put *put, uint64_t take_pos)
{
	return (uint32_t)(__atomic_load_n(&put->pos, __ATOMIC_ACQUIRE) - take_pos);
}

/** Give n entries back. [consumer] */
static inline void qs_ring_take(uint64_t *take_pos, uint32_t n)
{
	__atomic_store_n(take_pos, *take_pos + n, __ATOMIC_RELEASE);
}

#endif
