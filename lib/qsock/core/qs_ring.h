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
	QS_SLOT_STAMP = 1 << 5,     /**< the mbuf's field has a stamp */
	QS_SLOT_TRAIN = 1 << 6,     /**< m->next links frames */
	QS_SLOT_NO_NEIGH = 1 << 7,  /**< not to be sent */
	QS_SLOT_OVERSIZE = 1 << 8,  /**< longer than the egress can send */
};

/** A packet on its way to the TX core. */
struct qs_slot {
	struct rte_mbuf *mbuf;
	uint32_t len_bytes; /**< of all its frames, each at least 60 */
	uint16_t frames;
	uint16_t flags;     /**< enum qs_slot_flags */
};

/** One end. pos is written by its owner and read by the other; the rest is the owner's. */
struct qs_ring_end {
	uint64_t pos;          /**< entries ever put, or ever taken */
	uint64_t seen;         /**< the other end's pos when last looked at */
	struct qs_slot *slots;
	uint32_t mask;         /**< entries less one; a power of two less one */
};

/** Set both ends up. slots holds entries entries, a power of two. */
static inline void qs_ring_init(struct qs_ring_end *put, struct qs_ring_end *take, struct qs_slot *slots,
				uint32_t entries)
{
	*put = (struct qs_ring_end){.slots = slots, .mask = entries - 1};
	*take = *put;
}

/** Room for the producer: exact if less than want, else at least want. [producer] */
static inline uint32_t qs_ring_room(struct qs_ring_end *put, const struct qs_ring_end *take, uint32_t want)
{
	uint64_t size = (uint64_t)put->mask + 1;

	if (size - (put->pos - put->seen) < want)
		put->seen = __atomic_load_n(&take->pos, __ATOMIC_ACQUIRE);
	return (uint32_t)(size - (put->pos - put->seen));
}

/** The i-th free entry. [producer, i < qs_ring_room()] */
static inline struct qs_slot *qs_ring_free_slot(const struct qs_ring_end *put, uint32_t i)
{
	return &put->slots[(put->pos + i) & put->mask];
}

/** Publish n entries. [producer] */
static inline void qs_ring_put(struct qs_ring_end *put, uint32_t n)
{
	__atomic_store_n(&put->pos, put->pos + n, __ATOMIC_RELEASE);
}

/** Entries to take, looking at the producer's line. [consumer] */
static inline uint32_t qs_ring_used(struct qs_ring_end *take, const struct qs_ring_end *put)
{
	take->seen = __atomic_load_n(&put->pos, __ATOMIC_ACQUIRE);
	return (uint32_t)(take->seen - take->pos);
}

/** The i-th entry. [consumer, i < qs_ring_used()] */
static inline const struct qs_slot *qs_ring_slot(const struct qs_ring_end *take, uint32_t i)
{
	return &take->slots[(take->pos + i) & take->mask];
}

/** Give n entries back. [consumer] */
static inline void qs_ring_take(struct qs_ring_end *take, uint32_t n)
{
	__atomic_store_n(&take->pos, take->pos + n, __ATOMIC_RELEASE);
}

#endif
