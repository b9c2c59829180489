/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries by time, exact to the nanosecond: a monotone radix wheel.
 *
 * Level l has 64 slots of 64^l ns. An entry stands in the level of the highest base-64 digit in which its
 * time differs from the wheel's base, in the slot of its own digit there. So the next ones stand in the first
 * slot of the lowest level that has any, which is taken as a whole if it holds few, or else spilled over the
 * slots below: no width has to be chosen for the times that come.
 *
 * Entries lie in chunks, not in the streams: moving them reads memory in a row. There is no removal; an
 * entry that is not wanted any more is known by its time when it comes (see armed_ns), and a full wheel
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
	uint64_t base_ns; /* no entry is earlier */
	struct qs_wheel_chunk *chunks;
	uint32_t free_chunk;  /* of those that were in use; QS_NIL: none */
	uint32_t fresh_chunk; /* from here on none was */
	uint32_t nr_entries;  /* the owner keeps it below what there are chunks for */
	uint32_t nr_chunks;
	uint32_t levels; /* which maps are not 0 */
	uint64_t maps[QS_WHEEL_LEVELS];
	uint32_t heads[QS_WHEEL_SLOTS];
	uint32_t counts[QS_WHEEL_SLOTS];
};

/* A slot: entries from start_ns to end_ns, inclusive. */
struct qs_wheel_slot {
	uint64_t start_ns, end_ns;
	unsigned int level, index; /* index in heads */
};

/* Chunks needed for max_entries: a slot, and the one being spilled, may hold a chunk that is not full. */
static inline uint32_t qs_wheel_chunks(uint64_t max_entries)
{
	return (uint32_t)(max_entries / QS_WHEEL_CHUNK) + 2 + QS_WHEEL_SLOTS;
}

/* Forget all entries; no time before base_ns will be inserted. */
void qs_wheel_reset(struct qs_wheel *w, uint64_t base_ns);
/* The entries of the first slot go into slots below. */
void qs_wheel_spill(struct qs_wheel *w, const struct qs_wheel_slot *slot);
/* One chunk's entries of a slot, up to QS_WHEEL_CHUNK. Returns how many. */
uint32_t qs_wheel_take(struct qs_wheel *w, const struct qs_wheel_slot *slot, struct qs_wheel_entry *to);

/* The base moves to the first slot, all of which is to be taken or spilled before anything is inserted,
 * unless it is of one time only. */
static inline void qs_wheel_begin(struct qs_wheel *w, const struct qs_wheel_slot *slot)
{
	w->base_ns = slot->start_ns;
}

/* Where the next entries are. False: there are none. */
static inline bool qs_wheel_first(const struct qs_wheel *w, struct qs_wheel_slot *slot)
{
	if (w->levels == 0)
		return false;

	unsigned int level = (unsigned int)__builtin_ctz(w->levels), shift = 6 * level;
	unsigned int digit = (unsigned int)__builtin_ctzll(w->maps[level]);
	uint64_t above_ns = shift + 6 < 64 ? w->base_ns >> (shift + 6) << (shift + 6) : 0;

	slot->level = level;
	slot->index = level * 64 + digit;
	slot->start_ns = above_ns | (uint64_t)digit << shift;
	slot->end_ns = slot->start_ns | ((UINT64_C(1) << shift) - 1);
	return true;
}

static inline unsigned int qs_wheel_level(uint64_t differ)
{
	return (63 - (unsigned int)__builtin_clzll(differ | 1)) / 6;
}

/* time_ns is not before the base. */
static inline void qs_wheel_insert(struct qs_wheel *w, uint64_t time_ns, uint32_t id)
{
	unsigned int level = qs_wheel_level(time_ns ^ w->base_ns);
	unsigned int digit = (time_ns >> (6 * level)) & 63, index = level * 64 + digit;
	uint32_t c = w->heads[index];
	struct qs_wheel_chunk *chunk = &w->chunks[c];

	if (w->counts[index]++ == 0) {
		w->maps[level] |= UINT64_C(1) << digit;
		w->levels |= 1u << level;
	}
	if (qs_unlikely(c == QS_NIL || chunk->count == QS_WHEEL_CHUNK)) {
		uint32_t head = c;

		c = w->free_chunk;
		if (c != QS_NIL)
			w->free_chunk = w->chunks[c].next;
		else
			c = w->fresh_chunk++;
		chunk = &w->chunks[c];
		chunk->next = head;
		chunk->count = 0;
		w->heads[index] = c;
	}
	chunk->entries[chunk->count++] = (struct qs_wheel_entry){.time_ns = time_ns, .id = id};
	w->nr_entries++;
}

#endif
