/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers that are not near, by time: four rings of 256 slots, the slots of each 128 times as wide as those of
 * the one below, so that a ring always covers the slot of the ring above where time is, and the next.
 *
 * So nothing is put into the next slot of any ring: what is in it can move down bit by bit, long before it is
 * due, and no decision has to move many at once.
 */
#ifndef QS_WHEEL_H
#define QS_WHEEL_H

#include "qs_bag.h"
#include "qs_timer.h"

#define QS_WHEEL_LEVELS 4u
#define QS_WHEEL_RING 256u
#define QS_WHEEL_NEAR 11u /* slots of the lowest ring are 2^11 ticks wide, */
#define QS_WHEEL_STEP 7u  /* those of the next 2^18 */
#define QS_WHEEL_TOP (QS_WHEEL_LEVELS - 1)
#define QS_WHEEL_SLOTS (QS_WHEEL_LEVELS * QS_WHEEL_RING)

struct qs_wheel {
	uint64_t near_ns;		    /* what is earlier is not for the wheel */
	uint64_t until_ns[QS_WHEEL_LEVELS]; /* a level takes times before this */
	uint64_t at_ns;			    /* where time is */
	uint32_t tick_log2_ns;
	uint32_t tight;	 /* fewer free chunks are few */
	uint32_t next;	 /* levels with something in their next slot, */
	uint32_t levels; /* and those that may have something at all */
	uint64_t maps[QS_WHEEL_LEVELS][QS_WHEEL_RING / 64];
	uint32_t slots[QS_WHEEL_LEVELS][QS_WHEEL_RING]; /* bags */
	struct qs_bags bags;
};

static inline unsigned int qs_wheel_shift(const struct qs_wheel *w, unsigned int level)
{
	return w->tick_log2_ns + QS_WHEEL_NEAR + QS_WHEEL_STEP * level;
}

/* The slot where time is, counted from the begin of time. */
static inline uint64_t qs_wheel_slot(const struct qs_wheel *w, unsigned int level)
{
	return w->at_ns >> qs_wheel_shift(w, level);
}

/* The time of a timer that stands in a slot of any level but the highest, where it has too few bits. */
static inline uint64_t qs_wheel_time_ns(const struct qs_wheel *w, unsigned int level, uint64_t slot,
					uint64_t timer)
{
	unsigned int shift = qs_wheel_shift(w, level);

	return slot << shift | (timer & ((UINT64_C(1) << shift) - 1));
}

/* Time goes on by one slot of the lowest level, whose next was taken. */
static inline void qs_wheel_step(struct qs_wheel *w)
{
	unsigned int next;

	w->at_ns += UINT64_C(1) << qs_wheel_shift(w, 0);
	w->near_ns += UINT64_C(1) << qs_wheel_shift(w, 0);
	next = (unsigned int)(qs_wheel_slot(w, 0) + 1) % QS_WHEEL_RING;
	w->next = (w->next & ~1u) | (uint32_t)(w->maps[0][next / 64] >> next % 64 & 1);
}

/* Time goes on. What stands in slots that it passes or enters was taken. */
static inline void qs_wheel_turn(struct qs_wheel *w, uint64_t at_ns)
{
	unsigned int level;

	w->at_ns = at_ns;
	w->next = 0;
	w->near_ns = ((at_ns >> qs_wheel_shift(w, 0)) + 2) << qs_wheel_shift(w, 0);
	for (level = 0; level < QS_WHEEL_LEVELS; level++) {
		unsigned int above = qs_wheel_shift(w, level + 1), shift = qs_wheel_shift(w, level);
		unsigned int next = (unsigned int)((at_ns >> shift) + 1) % QS_WHEEL_RING;

		w->until_ns[level] = ((at_ns >> above) + 2) << above;
		w->next |= (uint32_t)(w->maps[level][next / 64] >> next % 64 & 1) << level;
	}
}

/* Forget all. */
void qs_wheel_reset(struct qs_wheel *w, uint64_t at_ns, uint32_t tick_log2_ns, uint32_t nr_chunks);
/* Take all that stands in a slot. */
uint32_t qs_wheel_take(struct qs_wheel *w, unsigned int level, unsigned int slot);
/* The first slot with something, counted from the begin of time; UINT64_MAX: none. */
uint64_t qs_wheel_first(struct qs_wheel *w, unsigned int level);
/* No timer is earlier, and if it stands among few it is exact. RTE_QSOCK_NEVER: there is none. */
uint64_t qs_wheel_soonest_ns(struct qs_wheel *w);

/* A time too far ahead comes to be looked at before it is due. */
uint64_t qs_wheel_clip_ns(const struct qs_wheel *w, uint64_t time_ns);

/* A bag in a slot needs a chunk. */
static inline uint32_t qs_wheel_more(struct qs_wheel *w, unsigned int level, unsigned int slot)
{
	w->maps[level][slot / 64] |= UINT64_C(1) << slot % 64;
	w->levels |= 1u << level;
	return qs_bag_more(&w->bags, w->slots[level][slot]);
}

/* time_ns is not before near_ns. Returns whether free chunks are few. */
static inline bool qs_wheel_add(struct qs_wheel *w, uint64_t time_ns, uint32_t id)
{
	unsigned int level =
		(time_ns >= w->until_ns[0]) + (time_ns >= w->until_ns[1]) + (time_ns >= w->until_ns[2]);

	if (qs_unlikely(level == QS_WHEEL_TOP))
		time_ns = qs_wheel_clip_ns(w, time_ns);

	unsigned int slot = (time_ns >> qs_wheel_shift(w, level)) % QS_WHEEL_RING;
	uint32_t bag = w->slots[level][slot];
	bool more = bag % QS_BAG_CELLS == 0;

	if (qs_unlikely(more))
		bag = qs_wheel_more(w, level, slot);
	w->bags.cells[bag] = qs_timer_of(time_ns, id);
	w->slots[level][slot] = bag + 1;
	return more && w->bags.nr_free < w->tight;
}

#endif
