/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers: a monotone radix wheel, exact to the nanosecond.
 *
 * Level l has 64 slots of 64^l ns. An entry stands in the level of the highest base-64 digit in which
 * its time differs from the wheel's base, in the slot of its own digit there. So when the base moves on, all
 * lower levels are due at once, and of the level where the base's digit changes one slot only has to be
 * looked at entry by entry.
 *
 * Entries lie in chunks, not in the streams: moving them reads memory in a row. There is no removal; an
 * entry that is not wanted any more is known by its time when it fires (see armed_ns), and a full wheel
 * is rebuilt by its owner without those.
 */
#ifndef QS_WHEEL_H
#define QS_WHEEL_H

#include "qs_types.h"

#define QS_WHEEL_LEVELS 11 /* 66 bits */
#define QS_WHEEL_SLOTS (QS_WHEEL_LEVELS * 64u)
#define QS_WHEEL_CHUNK 20u

struct qs_wheel_entry {
	uint64_t time_ns;
	uint32_t id;
} __attribute__((packed, aligned(4)));

struct qs_wheel_chunk {
	uint32_t next;
	uint32_t count;
	struct qs_wheel_entry entries[QS_WHEEL_CHUNK];
};

struct qs_wheel {
	uint64_t base_ns;
	uint64_t soonest_ns; /* no entry is earlier; NEVER: none at all */
	uint64_t maps[QS_WHEEL_LEVELS];
	struct qs_wheel_chunk *chunks;
	uint32_t free_chunk;
	uint32_t nr_entries; /* the owner keeps it below what there are chunks for */
	uint32_t nr_chunks;
	uint32_t heads[QS_WHEEL_SLOTS];
};

typedef void (*qs_wheel_fire_fn)(struct rte_qsock_sched *s, void *arg, uint64_t time_ns, uint32_t id);

/* Chunks needed for max_entries: a slot, and one taken out to fire, may each hold a chunk that is not full.
 */
static inline uint32_t qs_wheel_chunks(uint64_t max_entries)
{
	return (uint32_t)(max_entries / QS_WHEEL_CHUNK) + 1 + 2 * QS_WHEEL_SLOTS;
}

/* Forget all entries; the base stays. */
void qs_wheel_reset(struct qs_wheel *w);
/* All entries up to now fire; what is inserted meanwhile must be later than now_ns. */
void qs_wheel_advance(struct rte_qsock_sched *s, struct qs_wheel *w, uint64_t now_ns, qs_wheel_fire_fn fire,
		      void *arg);

static inline unsigned int qs_wheel_level(uint64_t differ)
{
	return differ == 0 ? 0 : (63 - (unsigned int)__builtin_clzll(differ)) / 6;
}

static inline void qs_wheel_insert(struct qs_wheel *w, uint64_t time_ns, uint32_t id)
{
	uint64_t place_ns = time_ns > w->base_ns ? time_ns : w->base_ns;
	unsigned int level = qs_wheel_level(place_ns ^ w->base_ns);
	unsigned int digit = (place_ns >> (6 * level)) & 63;
	uint32_t *head = &w->heads[level * 64 + digit];
	struct qs_wheel_chunk *chunk = &w->chunks[*head == QS_NIL ? 0 : *head];

	if (*head == QS_NIL || chunk->count == QS_WHEEL_CHUNK) {
		uint32_t c = w->free_chunk;

		chunk = &w->chunks[c];
		w->free_chunk = chunk->next;
		chunk->next = *head;
		chunk->count = 0;
		*head = c;
		w->maps[level] |= UINT64_C(1) << digit;
	}
	chunk->entries[chunk->count++] = (struct qs_wheel_entry){.time_ns = time_ns, .id = id};
	w->nr_entries++;
	if (time_ns < w->soonest_ns)
		w->soonest_ns = time_ns;
}

#endif
