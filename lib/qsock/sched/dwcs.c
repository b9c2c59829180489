/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dynamic window-constrained scheduling, by window-constraint first (West & Schwan, ICMCS 1999) or by
 * deadline first (West et al., IEEE Trans. Computers 53(6), 2004).
 */
#include <errno.h>
#include <stdio.h>

#include "qs_clock_fast.h"
#include "qs_fraction.h"
#include "qs_window.h"

/* Lower W' first. */
static inline uint64_t window_rank(const struct qs_stream *st)
{
	return qs_fraction_rank(st->x_now, st->y_now);
}

/* W' (34 bits), deadline (64), x' (30), in a row. With equal W' > 0 the lower x' wins. */
static inline struct qs_key key_window(const struct qs_stream *st, uint64_t deadline_ns)
{
	return (struct qs_key){
		.hi = window_rank(st) << 30 | deadline_ns >> 34,
		.lo = deadline_ns << 30 | st->x_now,
	};
}

/* W' and as much of the deadline as there is room for. */
static inline uint64_t brief_window(const struct qs_stream *st, uint64_t deadline_ns,
				    const struct qs_scale *scale)
{
	return window_rank(st) << (64 - QS_FRACTION_RANK_BITS) |
	       qs_scale_steps(scale, deadline_ns, scale->shift, scale->max) << scale->bits;
}

static inline struct qs_key key_deadline(const struct qs_stream *st, uint64_t deadline_ns)
{
	return (struct qs_key){.hi = deadline_ns, .lo = window_rank(st) << 16 | st->x_now};
}

/* The deadline. */
static inline uint64_t brief_deadline(const struct qs_stream *st, uint64_t deadline_ns,
				      const struct qs_scale *scale)
{
	return qs_scale_steps(scale, deadline_ns, 0, scale->max) << scale->bits;
}

static int dwcs_check(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->cls != RTE_QSOCK_REALTIME || conf->ipg_ns != 0)
		return 0;
	snprintf(why, why_len, "ipg 0 ns: a real-time stream needs a request period, %llu .. %llu ns",
		 (unsigned long long)RTE_QSOCK_IPG_MIN_NS, (unsigned long long)RTE_QSOCK_IPG_MAX_NS);
	return -EINVAL;
}

static const struct qs_rules window_rules;

static bool window_before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return qs_clock_before(s, a, b, &window_rules);
}

static __attribute__((noinline)) void window_order(struct rte_qsock_sched *s)
{
	qs_clock_order(s, &window_rules);
}

static __attribute__((noinline)) uint32_t window_resolve(struct rte_qsock_sched *s)
{
	return qs_row_resolve(s, &qs_clock(s)->row, window_before, qs_clock_same);
}

static __attribute__((noinline)) void window_push(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_push(s, id, &window_rules);
}

static __attribute__((noinline)) void window_heap(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_heap_push(s, id, &window_rules);
}

static __attribute__((noinline)) void window_ahead(struct rte_qsock_sched *s)
{
	qs_clock_ahead_take(s, &window_rules);
}

static const struct qs_rules window_rules = {
	.service = qs_window_service,
	.miss = qs_window_miss,
	.key = key_window,
	.brief = brief_window,
	.order = window_order,
	.resolve = window_resolve,
	.push = window_push,
	.heap = window_heap,
	.ahead = window_ahead,
	.time_bits = 64 - QS_FRACTION_RANK_BITS,
};

static const struct qs_rules deadline_rules;

static bool deadline_before(const struct rte_qsock_sched *s, uint32_t a, uint32_t b)
{
	return qs_clock_before(s, a, b, &deadline_rules);
}

static __attribute__((noinline)) void deadline_order(struct rte_qsock_sched *s)
{
	qs_clock_order(s, &deadline_rules);
}

static __attribute__((noinline)) uint32_t deadline_resolve(struct rte_qsock_sched *s)
{
	return qs_row_resolve(s, &qs_clock(s)->row, deadline_before, qs_clock_same);
}

static __attribute__((noinline)) void deadline_push(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_push(s, id, &deadline_rules);
}

static __attribute__((noinline)) void deadline_heap(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_heap_push(s, id, &deadline_rules);
}

static __attribute__((noinline)) void deadline_ahead(struct rte_qsock_sched *s)
{
	qs_clock_ahead_take(s, &deadline_rules);
}

static const struct qs_rules deadline_rules = {
	.service = qs_window_service,
	.miss = qs_window_miss,
	.key = key_deadline,
	.brief = brief_deadline,
	.order = deadline_order,
	.resolve = deadline_resolve,
	.push = deadline_push,
	.heap = deadline_heap,
	.ahead = deadline_ahead,
	.time_bits = 64,
	.whole = true,
};

QS_INLINE void window_fire(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_fire(s, id, &window_rules);
}

QS_INLINE void deadline_fire(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_fire(s, id, &deadline_rules);
}

static uint32_t window_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_clock_arrive_batch(s, recs, n, &window_rules);
}

static bool window_select(struct rte_qsock_sched *s, struct qs_picked *p)
{
	return qs_clock_select(s, p, &window_rules, window_fire);
}

static uint32_t window_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			    uint32_t max)
{
	return qs_pick_with(s, pace, out, max, window_select, qs_clock_next_ns);
}

static uint32_t deadline_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_clock_arrive_batch(s, recs, n, &deadline_rules);
}

static bool deadline_select(struct rte_qsock_sched *s, struct qs_picked *p)
{
	return qs_clock_select(s, p, &deadline_rules, deadline_fire);
}

static uint32_t deadline_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			      uint32_t max)
{
	return qs_pick_with(s, pace, out, max, deadline_select, qs_clock_next_ns);
}

#define DWCS_OPS                                                                                             \
	.name = "dwcs", .check = dwcs_check, .add = qs_clock_add, .change = qs_clock_change,                 \
	.remove = qs_clock_remove, .next_ns = qs_clock_next_ns, .state = qs_clock_state

static const struct qs_discipline dwcs_deadline = {
	.ops = {DWCS_OPS},
	.arrive = deadline_arrive,
	.pick = deadline_pick,
};

static int dwcs_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf)
{
	if (conf->precedence == RTE_QSOCK_PRECEDENCE_WINDOW)
		return qs_clock_create(s, conf, &window_rules);
	qs_sched_use(s, &dwcs_deadline); /* the choice is made once, not at each decision */
	return qs_clock_create(s, conf, &deadline_rules);
}

const struct qs_discipline qs_discipline_dwcs = {
	.ops = {DWCS_OPS, .create = dwcs_create},
	.arrive = window_arrive,
	.pick = window_pick,
};
