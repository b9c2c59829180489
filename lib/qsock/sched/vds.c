/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual deadline scheduling (Zhang, West, Qi: A Virtual Deadline Scheduler for Window-Constrained Service
 * Guarantees, RTSS 2004). */
#include <errno.h>
#include <stdio.h>

#include "qs_clock_fast.h"
#include "qs_window.h"

#define QS_V_SERVED (UINT64_C(1) << 63) /* m' = 0: after all others */

/*
 * The virtual deadline V = ts + k'*T/m', its whole part and 33 binary places of its fraction. Fractions of
 * denominators up to 65535 are more than 2^-32 apart, so the key orders them exactly, and equal keys are
 * equal deadlines.
 */
static inline struct qs_key key(const struct qs_stream *st, uint64_t deadline_ns)
{
	if (st->x_now == 0) /* a deadline of its own has all 64 bits */
		return (struct qs_key){.hi = QS_V_SERVED | deadline_ns >> 1, .lo = deadline_ns << 63};

	uint64_t span = (uint64_t)st->y_now * st->ipg_ns; /* below 2^56 */

	return (struct qs_key){
		.hi = st->ts_ns + span / st->x_now,
		.lo = (span % st->x_now << 33) / st->x_now,
	};
}

/* The whole part of the virtual deadline; the first bit is for m' = 0. */
static inline uint64_t brief(const struct qs_stream *st, uint64_t deadline_ns, const struct qs_scale *scale)
{
	uint64_t time_ns = deadline_ns, served = QS_V_SERVED;

	if (st->x_now != 0) {
		time_ns = st->ts_ns + (uint64_t)st->y_now * st->ipg_ns / st->x_now;
		served = 0;
	}
	return served | qs_scale_steps(scale, time_ns, 0, scale->max) << scale->bits;
}

static int vds_check(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->cls != RTE_QSOCK_REALTIME)
		return 0;
	if (conf->ipg_ns == 0) {
		snprintf(why, why_len, "ipg 0 ns: a real-time stream needs a request period, %llu .. %llu ns",
			 (unsigned long long)RTE_QSOCK_IPG_MIN_NS, (unsigned long long)RTE_QSOCK_IPG_MAX_NS);
		return -EINVAL;
	}
	if (conf->old == 0) {
		snprintf(why, why_len, "old 0: vds needs a window, 1 .. %u", RTE_QSOCK_WINDOW_MAX);
		return -EINVAL;
	}
	return 0;
}

static const struct qs_rules rules;

static bool vds_before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return qs_clock_before(s, a, b, &rules);
}

static __attribute__((noinline)) void vds_order(struct rte_qsock_sched *s)
{
	qs_clock_order(s, &rules);
}

static __attribute__((noinline)) uint32_t vds_resolve(struct rte_qsock_sched *s)
{
	return qs_row_resolve(s, &qs_clock(s)->row, vds_before, qs_clock_same);
}

static __attribute__((noinline)) void vds_push(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_push(s, id, &rules);
}

static __attribute__((noinline)) void vds_heap(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_heap_push(s, id, &rules);
}

static __attribute__((noinline)) void vds_ahead(struct rte_qsock_sched *s)
{
	qs_clock_ahead_take(s, &rules);
}

static const struct qs_rules rules = {
	.service = qs_vwindow_service,
	.miss = qs_vwindow_miss,
	.key = key,
	.brief = brief,
	.order = vds_order,
	.resolve = vds_resolve,
	.push = vds_push,
	.heap = vds_heap,
	.ahead = vds_ahead,
	.time_bits = 63,
	.whole = true,
};

static int vds_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf)
{
	return qs_clock_create(s, conf, &rules);
}

QS_INLINE void fire(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_fire(s, id, &rules);
}

static uint32_t vds_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_clock_arrive_batch(s, recs, n, &rules);
}

static bool vds_select(struct rte_qsock_sched *s, struct qs_picked *p)
{
	return qs_clock_select(s, p, &rules, fire);
}

static uint32_t vds_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out, uint32_t max)
{
	return qs_pick_with(s, pace, out, max, vds_select, qs_clock_next_ns);
}

static void set_window(struct rte_qsock_sched *s, uint32_t id)
{
	struct qs_stream *st = &s->streams[id];
	const struct qs_brief *conf = &s->colds[id].conf;

	st->x = (uint16_t)(conf->old - conf->oln); /* m */
	qs_window_reset(st);
}

static void vds_add(struct rte_qsock_sched *s, uint32_t id)
{
	set_window(s, id);
	qs_clock_add(s, id);
}

static void vds_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	set_window(s, id);
	qs_clock_change(s, id, old);
}

const struct qs_discipline qs_discipline_vds = {
	.ops =
		{
			.name = "vds",
			.check = vds_check,
			.create = vds_create,
			.add = vds_add,
			.change = vds_change,
			.remove = qs_clock_remove,
			.next_ns = qs_clock_next_ns,
			.state = qs_clock_state,
		},
	.arrive = vds_arrive,
	.pick = vds_pick,
	.met = true,
};
