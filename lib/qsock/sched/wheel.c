/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_wheel.h"

void qs_wheel_reset(struct qs_wheel *w, uint64_t base_ns)
{
	w->base_ns = base_ns;
	w->free_chunk = QS_NIL;
	w->fresh_chunk = 0;
	w->nr_entries = 0;
	w->levels = 0;
	for (unsigned int l = 0; l < QS_WHEEL_LEVELS; l++)
		w->maps[l] = 0;
	for (unsigned int i = 0; i < QS_WHEEL_SLOTS; i++) {
		w->heads[i] = QS_NIL;
		w->counts[i] = 0;
	}
}

uint32_t qs_wheel_take(struct qs_wheel *w, const struct qs_wheel_slot *slot, struct qs_wheel_entry *to)
{
	uint32_t c = w->heads[slot->index];
	struct qs_wheel_chunk *chunk = &w->chunks[c];
	uint32_t n = chunk->count;

	for (uint32_t i = 0; i < n; i++)
		to[i] = chunk->entries[i];
	w->heads[slot->index] = chunk->next;
	chunk->next = w->free_chunk;
	w->free_chunk = c;
	w->nr_entries -= n;
	w->counts[slot->index] -= n;
	if (w->counts[slot->index] == 0) {
		w->maps[slot->level] &= ~(UINT64_C(1) << (slot->index % 64));
		if (w->maps[slot->level] == 0)
			w->levels &= ~(1u << slot->level);
	}
	return n;
}

void qs_wheel_spill(struct qs_wheel *w, const struct qs_wheel_slot *slot)
{
	struct qs_wheel_entry entries[QS_WHEEL_CHUNK];

	qs_wheel_begin(w, slot);
	for (uint32_t left = w->counts[slot->index]; left > 0;) {
		uint32_t n = qs_wheel_take(w, slot, entries);

		for (uint32_t i = 0; i < n; i++)
			qs_wheel_insert(w, entries[i].time_ns, entries[i].id);
		left -= n;
	}
}
