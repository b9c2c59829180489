/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_wheel.h"

void qs_wheel_reset(struct qs_wheel *w)
{
	for (uint32_t c = 0; c < w->nr_chunks; c++)
		w->chunks[c].next = c + 1 < w->nr_chunks ? c + 1 : QS_NIL;
	w->free_chunk = 0;
	w->nr_entries = 0;
	w->soonest_ns = RTE_QSOCK_NEVER;
	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++)
		w->maps[l] = 0;
	for (unsigned int i = 0; i < QS_WHEEL_SLOTS; i++)
		w->heads[i] = QS_NIL;
}

/* Chains taken out of their slots, to fire. */
struct taken {
	unsigned int nr;
	uint32_t heads[QS_WHEEL_SLOTS];
};

static void take_slots(struct qs_wheel *w, unsigned int level, uint64_t slots, struct taken *t)
{
	w->maps[level] &= ~slots;
	while (slots != 0) {
		unsigned int i = level * 64 + (unsigned int)__builtin_ctzll(slots);

		t->heads[t->nr++] = w->heads[i];
		w->heads[i] = QS_NIL;
		slots &= slots - 1;
	}
}

/* Fire what is due of a chain, and insert the rest anew: it comes to stand in a lower level. */
static void run_chain(struct rte_qsock_sched *s, struct qs_wheel *w, uint32_t c, uint64_t now_ns,
		      qs_wheel_fire_fn fire, void *arg)
{
	while (c != QS_NIL) {
		struct qs_wheel_chunk *chunk = &w->chunks[c];
		struct qs_wheel_entry entries[QS_WHEEL_CHUNK];
		uint32_t n = chunk->count, next = chunk->next;

		/* The chunk is free for what follows. */
		for (uint32_t i = 0; i < n; i++)
			entries[i] = chunk->entries[i];
		chunk->next = w->free_chunk;
		w->free_chunk = c;
		w->nr_entries -= n;
		for (uint32_t i = 0; i < n; i++) {
			if (entries[i].time_ns <= now_ns)
				fire(s, arg, entries[i].time_ns, entries[i].id);
			else
				qs_wheel_insert(w, entries[i].time_ns, entries[i].id);
		}
		c = next;
	}
}

/* The first slot of the lowest level that has any begins no later than any entry. */
static uint64_t soonest(const struct qs_wheel *w)
{
	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++) {
		if (w->maps[l] == 0)
			continue;

		unsigned int shift = 6 * l;
		uint64_t digit = (uint64_t)__builtin_ctzll(w->maps[l]);
		uint64_t above = shift + 6 < 64 ? w->base_ns >> (shift + 6) << (shift + 6) : 0;

		return above | digit << shift;
	}
	return RTE_QSOCK_NEVER;
}

void qs_wheel_advance(struct rte_qsock_sched *s, struct qs_wheel *w, uint64_t now_ns, qs_wheel_fire_fn fire,
		      void *arg)
{
	unsigned int level = qs_wheel_level(now_ns ^ w->base_ns);
	uint64_t upto = UINT64_MAX >> (63 - ((now_ns >> (6 * level)) & 63));
	struct taken t; /* not zeroed: it is large */

	t.nr = 0;
	/* Detach all first: what fires may insert into any slot. */
	for (unsigned int l = 0; l < level; l++)
		take_slots(w, l, w->maps[l], &t);
	take_slots(w, level, w->maps[level] & upto, &t);
	w->base_ns = now_ns;
	for (unsigned int i = 0; i < t.nr; i++)
		run_chain(s, w, t.heads[i], now_ns, fire, arg);
	w->soonest_ns = soonest(w);
}
