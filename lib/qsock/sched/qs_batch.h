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
 * Decide as long as the pace has it. select() takes one packet at s->now_ns and tells its record, and
 * whether it is late; false: there is none.
 */
QS_INLINE uint32_t qs_pick_with(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
				uint32_t max, bool (*select)(struct rte_qsock_sched *s, struct qs_picked *p),
				uint64_t (*next_ns)(const struct rte_qsock_sched *s))
{
	const uint64_t clock_ns = pace->clock_ns, upto_ns = clock_ns + pace->ahead_ns;
	const uint64_t earliest_ns = clock_ns - (clock_ns < pace->catchup_ns ? clock_ns : pace->catchup_ns);
	uint64_t free_ns = pace->free_ns, now_ns = clock_ns > free_ns ? clock_ns : free_ns;
	uint64_t same_bytes = qs_link_same_bytes(&pace->link);
	struct qs_picked *p = out;
	bool found;

	if (upto_ns < free_ns || max == 0 || (!pace->want && next_ns(s) > now_ns))
		return 0;
	now_ns = now_ns > s->now_ns ? now_ns : s->now_ns;
	do {
		s->now_ns = now_ns;
		found = select(s, p);
		s->barren = !found;
		if (!found)
			break;

		const struct qs_rec *rec = &s->recs[p->rec];
		const struct rte_qsock_pkt *pkt = &rec->pkt;
		uint64_t time_ns, bytes = pkt->len_bytes + (uint64_t)pace->link.overhead_bytes * pkt->frames;

		__builtin_prefetch(&s->beside[rec->stream], 1);
		if (qs_likely(bytes == same_bytes)) {
			time_ns = qs_link_time_again(&pace->link);
		} else {
			time_ns = qs_link_time_ns(&pace->link, pkt->len_bytes, pkt->frames);
			same_bytes = qs_link_same_bytes(&pace->link);
		}
		p->now_ns = now_ns;
		p->start_ns = free_ns > earliest_ns ? free_ns : earliest_ns;
		pace->busy_ns += time_ns;
		free_ns = p->start_ns + time_ns;
		now_ns = free_ns > now_ns ? free_ns : now_ns;
		p++;
	} while (p != out + max && upto_ns >= free_ns);
	pace->want = found;
	pace->now_ns = s->now_ns;
	pace->decisions += (uint32_t)(p - out) + !found;
	pace->free_ns = free_ns;
	return (uint32_t)(p - out);
}

#endif
