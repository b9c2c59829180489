/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops over batches that all disciplines have in common. Inline and with constant functions, so that
 * each discipline has loops of its own without calls through pointers.
 */
#ifndef QS_BATCH_H
#define QS_BATCH_H

#include "qs_pick.h"
#include "qs_queue.h"

/* Each record to its stream. Those without one come to stand in front; returns how many they are. */
QS_INLINE uint32_t qs_arrive_with(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n,
				  void (*one)(struct rte_qsock_sched *s, uint32_t i, uint32_t id))
{
	uint32_t lost = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = recs[k], id = s->recs[i].stream;

		if (qs_likely(s->streams[id].flags & QS_ST_USED))
			one(s, i, id);
		else
			recs[lost++] = i;
	}
	return lost;
}

/* When there may be something to send, where nothing has to wait for its time. */
QS_INLINE uint64_t qs_queued_next_ns(const struct rte_qsock_sched *s)
{
	return s->nr_queued != 0 ? 0 : RTE_QSOCK_NEVER;
}

/*
 * Decide as long as the pace has it. select() takes one packet at s->now_ns and says whether it is late;
 * QS_NIL: there is none.
 */
QS_INLINE uint32_t qs_pick_with(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
				uint32_t max, uint32_t (*select)(struct rte_qsock_sched *s, bool *late),
				uint64_t (*next_ns)(const struct rte_qsock_sched *s))
{
	const uint64_t clock_ns = pace->clock_ns;
	const uint64_t earliest_ns = clock_ns - (clock_ns < pace->catchup_ns ? clock_ns : pace->catchup_ns);
	uint32_t n = 0;

	while (n < max && clock_ns + pace->ahead_ns >= pace->free_ns) {
		uint64_t now_ns = clock_ns > pace->free_ns ? clock_ns : pace->free_ns;
		bool late = false;

		if (!pace->want && next_ns(s) > now_ns)
			break;
		pace->now_ns = now_ns;
		pace->decisions++;
		if (now_ns > s->now_ns)
			s->now_ns = now_ns < QS_TIME_MAX ? now_ns : QS_TIME_MAX;

		uint32_t i = select(s, &late);

		pace->want = i != QS_NIL;
		s->idle = i == QS_NIL;
		s->arrived = false;
		if (i == QS_NIL)
			break;

		const struct rte_qsock_pkt *pkt = &s->recs[i].pkt;
		uint64_t start_ns = pace->free_ns > earliest_ns ? pace->free_ns : earliest_ns;
		uint64_t time_ns = qs_link_time_ns(&pace->link, pkt->len_bytes, pkt->frames);

		pace->busy_ns += time_ns;
		pace->free_ns = start_ns + time_ns;
		out[n++] =
			(struct qs_picked){.now_ns = s->now_ns, .start_ns = start_ns, .rec = i, .late = late};
	}
	return n;
}

#endif
