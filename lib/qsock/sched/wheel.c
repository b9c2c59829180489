/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "qs_wheel.h"

void qs_wheel_reset(struct qs_wheel *w, uint64_t at_ns, uint32_t tick_log2_ns, uint32_t nr_chunks)
{
	w->tick_log2_ns = tick_log2_ns;
	memset(w->maps, 0, sizeof(w->maps));
	memset(w->slots, 0, sizeof(w->slots));
	w->levels = 0;
	qs_bags_reset(&w->bags, nr_chunks);
	qs_wheel_turn(w, at_ns);
}

uint32_t qs_wheel_take(struct qs_wheel *w, unsigned int level, unsigned int slot)
{
	uint32_t bag = w->slots[level][slot];

	w->slots[level][slot] = 0;
	w->maps[level][slot / 64] &= ~(UINT64_C(1) << slot % 64);
	return bag;
}

uint64_t qs_wheel_first(struct qs_wheel *w, unsigned int level)
{
	uint64_t from = qs_wheel_slot(w, level) + 1, k = from;

	if (!(w->levels & 1u << level))
		return UINT64_MAX;
	do {
		unsigned int slot = k % QS_WHEEL_RING;
		uint64_t map = w->maps[level][slot / 64] >> slot % 64;

		if (map != 0) {
			k += (unsigned int)__builtin_ctzll(map);
			return k;
		}
		k = (k | 63) + 1;
	} while (k - from < QS_WHEEL_RING - 1);
	w->levels &= ~(1u << level);
	return UINT64_MAX;
}

QS_COLD uint64_t qs_wheel_clip_ns(const struct qs_wheel *w, uint64_t time_ns)
{
	uint64_t until_ns = w->until_ns[QS_WHEEL_TOP];

	return time_ns < until_ns ? time_ns : until_ns - 1;
}

uint64_t qs_wheel_soonest_ns(struct qs_wheel *w)
{
	uint64_t soonest_ns = RTE_QSOCK_NEVER;

	for (uint32_t levels = w->levels; levels != 0; levels &= levels - 1) {
		unsigned int level = (unsigned int)__builtin_ctz(levels);
		uint64_t slot = qs_wheel_first(w, level), start_ns = slot << qs_wheel_shift(w, level);

		if (slot == UINT64_MAX || start_ns >= soonest_ns)
			continue;

		uint32_t bag = w->slots[level][slot % QS_WHEEL_RING];
		const uint64_t *items;
		uint32_t n = qs_bag_last(&w->bags, bag, &items);

		if (level == QS_WHEEL_TOP || items[-1] != 0) { /* many */
			soonest_ns = start_ns;
			continue;
		}
		for (uint32_t k = 0; k < n; k++) {
			uint64_t time_ns = qs_wheel_time_ns(w, level, slot, items[k]);

			soonest_ns = time_ns < soonest_ns ? time_ns : soonest_ns;
		}
	}
	return soonest_ns;
}
