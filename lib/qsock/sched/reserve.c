/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_pick.h"

/* It is there from now on, and is what it was: its owner may write to it at the same time. */
static void there(uint8_t *at)
{
	__atomic_fetch_or((uint32_t *)(void *)at, 0, __ATOMIC_RELAXED);
}

/* What lies before from_bytes is there already. */
static void touch_front(const struct qs_reserve *r, size_t from_bytes, size_t to_bytes)
{
	size_t at = (from_bytes + QS_RESERVE_PAGE - 1) / QS_RESERVE_PAGE * QS_RESERVE_PAGE;

	to_bytes = to_bytes < r->bytes ? to_bytes : r->bytes;
	for (; at < to_bytes; at += QS_RESERVE_PAGE)
		there(r->at + at);
}

/* It may lie on two pages. */
static void touch_entry(const struct qs_reserve *r, uint32_t id)
{
	uint8_t *at = r->at + (size_t)id * r->each_bytes;

	there(at);
	there(at + r->each_bytes - sizeof(uint32_t));
}

/* Whether the memory of an id is there; from now on it is. */
static bool touched(struct rte_qsock_sched *s, uint32_t id)
{
	uint64_t *word = &s->touched[id / 64], bit = UINT64_C(1) << id % 64;
	bool was = *word & bit;

	*word |= bit;
	return was;
}

void qs_sched_touch(struct rte_qsock_sched *s, uint32_t id)
{
	if (touched(s, id))
		return;

	uint32_t before = s->nr_touched++;

	for (uint32_t i = 0; i < s->nr_reserves; i++) {
		const struct qs_reserve *r = &s->reserves[i];

		if (before == 0)
			touch_front(r, 0, r->first_bytes);
		if (r->by_id)
			touch_entry(r, id);
		else
			touch_front(r, r->first_bytes + (size_t)before * r->each_bytes,
				    r->first_bytes + (before + (size_t)1) * r->each_bytes);
	}
}
