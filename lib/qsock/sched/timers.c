/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "qs_timers.h"

#define ENOUGH 16u /* slots are put together up to so many timers */

/* The row ends before this time: what stands behind goes into the wheel. */
static void shorten(struct qs_timers *t, uint64_t upto_ns)
{
	t->upto_ns = upto_ns;
	while (t->end != t->first && qs_timers_time_ns(t, t->row[t->end - 1]) >= upto_ns) {
		uint64_t key = t->row[--t->end];

		qs_wheel_insert(&t->wheel, qs_timers_time_ns(t, key), qs_timers_id(t, key));
	}
}

/* Room for one more in the row. False: no longer for one of this time. */
static bool make_room(struct qs_timers *t, uint64_t time_ns)
{
	if (t->first > 0) {
		memmove(t->row, t->row + t->first, (t->end - t->first) * sizeof(t->row[0]));
		t->end -= t->first;
		t->first = 0;
		return true;
	}

	uint64_t middle_ns = qs_timers_time_ns(t, t->row[t->end / 2]);

	/* Those of one time stay together; the wheel has room for any number. */
	shorten(t, middle_ns);
	return time_ns < middle_ns;
}

void qs_timers_insert(struct rte_qsock_sched *s, struct qs_timers *t, uint64_t time_ns, uint32_t id)
{
	if (qs_unlikely(t->end == QS_TIMERS_ROW) && !make_room(t, time_ns)) {
		qs_wheel_insert(&t->wheel, time_ns, id);
		return;
	}

	uint64_t steps = time_ns > t->row_ns ? time_ns - t->row_ns : 0;
	uint64_t key = steps << t->bits | id;
	uint32_t at = t->end++;

	for (; at > t->first && t->row[at - 1] > key; at--)
		t->row[at] = t->row[at - 1];
	t->row[at] = key;
}

/* All of a slot comes into the row, or, of a slot of one time, as many as there is room for. */
static void append(struct rte_qsock_sched *s, struct qs_timers *t, const struct qs_wheel_slot *slot)
{
	struct qs_wheel_entry entries[QS_WHEEL_CHUNK];
	uint32_t left = t->wheel.counts[slot->index];

	if (t->end == 0)
		qs_wheel_begin(&t->wheel, slot);
	while (left > 0 && t->end + QS_WHEEL_CHUNK <= QS_TIMERS_ROW) {
		uint32_t n = qs_wheel_take(&t->wheel, slot, entries);

		for (uint32_t i = 0; i < n; i++) {
			t->row[t->end++] = (entries[i].time_ns - t->row_ns) << t->bits | entries[i].id;
		}
		left -= n;
	}
	t->upto_ns = slot->end_ns + 1;
}

/* Whether a slot may come into the row; one of a single time need not come as a whole. */
static bool fits(const struct qs_timers *t, const struct qs_wheel_slot *slot)
{
	if ((slot->end_ns - t->row_ns) >> (63 - t->bits) != 0)
		return false;
	return t->end + t->wheel.counts[slot->index] <= QS_KEYSORT_MAX || (slot->level == 0 && t->end == 0);
}

bool qs_timers_pull(struct rte_qsock_sched *s, struct qs_timers *t)
{
	struct qs_wheel_slot slot;

	t->first = 0;
	t->end = 0;
	t->soonest_ns = RTE_QSOCK_NEVER;
	while (t->end < ENOUGH && qs_wheel_first(&t->wheel, &slot)) {
		if (t->end == 0) {
			if (slot.start_ns > s->now_ns) {
				t->soonest_ns = slot.start_ns;
				return false;
			}
			t->row_ns = slot.start_ns;
		} else if (slot.start_ns > s->now_ns &&
			   slot.start_ns - s->now_ns > 4 * (slot.end_ns - slot.start_ns)) {
			break; /* far ahead: much would be inserted before it */
		}
		if (fits(t, &slot)) {
			append(s, t, &slot);
		} else if (t->end == 0) {
			qs_wheel_spill(&t->wheel, &slot);
			t->upto_ns = slot.start_ns;
		} else {
			break;
		}
	}
	if (t->end <= QS_KEYSORT_MAX) /* else they are of one time */
		qs_keysort(t->row, t->end);
	for (uint32_t k = 0; k < t->end && k < 2 * QS_TIMERS_SOON; k++)
		__builtin_prefetch(&s->streams[qs_timers_id(t, t->row[k])], 1);
	return t->end != 0;
}

static void empty(struct qs_timers *t, uint64_t from_ns)
{
	qs_wheel_reset(&t->wheel, from_ns);
	t->row_ns = from_ns;
	t->upto_ns = from_ns;
	t->first = 0;
	t->end = 0;
	t->soonest_ns = RTE_QSOCK_NEVER;
}

QS_COLD void qs_timers_rebuild(struct rte_qsock_sched *s, struct qs_timers *t)
{
	uint64_t from_ns = s->now_ns;

	/* Some may be due, and about to be looked at. */
	for (uint32_t id = 0; id < s->max_streams; id++)
		if (!qs_stream_unused(&s->streams[id]) && s->streams[id].armed_ns < from_ns)
			from_ns = s->streams[id].armed_ns;
	empty(t, from_ns);
	for (uint32_t id = 0; id < s->max_streams; id++) {
		struct qs_stream *st = &s->streams[id];
		uint64_t armed_ns = st->armed_ns;

		if (qs_stream_unused(st))
			continue;
		st->armed_ns = RTE_QSOCK_NEVER;
		if (st->head != QS_NIL && armed_ns != RTE_QSOCK_NEVER)
			qs_timers_arm(s, t, st, id, armed_ns);
	}
}

int qs_timers_create(struct rte_qsock_sched *s, struct qs_timers *t)
{
	t->bits = s->max_streams > 1 ? 32 - (uint32_t)__builtin_clz(s->max_streams - 1) : 0;
	/* One timer a stream counts; with a quarter more that do not all is built anew seldom. */
	const uint32_t few = qs_wheel_chunks(1024 + QS_TIMERS_ROW);
	const size_t chunk_bytes = sizeof(*t->wheel.chunks);

	t->max_timers = s->max_streams + s->max_streams / 4 + 1024;
	t->wheel.nr_chunks = qs_wheel_chunks(t->max_timers + QS_TIMERS_ROW);
	t->wheel.chunks =
		qs_sched_reserve(s, QS_RESERVE_FROM_FRONT(t->wheel.nr_chunks * chunk_bytes, few * chunk_bytes,
							  (chunk_bytes * 5 / 4 - 1) / QS_WHEEL_CHUNK + 1));
	if (t->wheel.chunks == NULL)
		return -ENOMEM;
	empty(t, s->now_ns);
	return 0;
}
