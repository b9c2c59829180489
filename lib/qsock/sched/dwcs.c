/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dynamic window-constrained scheduling, by window-constraint first (West & Schwan, ICMCS 1999) or by
 * deadline first (West et al., IEEE Trans. Computers 53(6), 2004).
 */
#include <errno.h>
#include <stdio.h>

#include "qs_clock_fast.h"
#include "qs_window.h"

#define QS_W_ONE 33 /* fraction bits of a window-constraint */
#define QS_W_BITS 34
#define QS_BRIEF_BITS 58 /* of a deadline, beside 34 of W', 16 of x' and the index: 9 years */

/*
 * Rank of the window-constraint W' = x'/y', lower first, in 34 bits.
 *
 * Where x' > 0, y' is at most 65535, and two different fractions of such denominators are more than 2^-32
 * apart: their first 33 binary places order them exactly. Below those stand the streams with W' = 0, by
 * higher y'.
 */
static uint64_t window_rank(const struct qs_stream *st)
{
	if (st->x_now == 0)
		return UINT32_MAX - st->y_now;
	return (UINT64_C(1) << 32) + ((uint64_t)st->x_now << QS_W_ONE) / st->y_now;
}

/* Its word in the bitmap: 512 for W' = 0, the rest of 4096 for the others. Neighbours may share one. */
static inline uint32_t window_word(const struct qs_stream *st, uint64_t rank)
{
	if (st->x_now == 0)
		return st->y_now < 511 ? 511 - st->y_now : 0;
	return 512 + (uint32_t)(((rank - (UINT64_C(1) << 32)) * 3583) >> QS_W_ONE);
}

/* W' (34 bits), deadline (64), x' (30), in a row. With equal W' > 0 the lower x' wins. */
static inline struct qs_place place_window(const struct qs_stream *st, uint64_t deadline_ns)
{
	uint64_t rank = window_rank(st);

	return (struct qs_place){
		.key = {.hi = rank << 30 | deadline_ns >> 34, .lo = deadline_ns << 30 | st->x_now},
		.brief = {.hi = rank << 30 | deadline_ns >> 28,
			  .lo = deadline_ns << 36 | (uint64_t)st->x_now << QS_RANK_INDEX_BITS},
		.exact = deadline_ns >> QS_BRIEF_BITS == 0,
		.class = rank,
		.time_ns = deadline_ns,
		.word = window_word(st, rank),
	};
}

static inline struct qs_place place_deadline(const struct qs_stream *st, uint64_t deadline_ns)
{
	uint64_t rank = window_rank(st);

	return (struct qs_place){
		.key = {.hi = deadline_ns, .lo = rank << 16 | st->x_now},
		.brief = {.hi = deadline_ns << 6 | rank >> 28,
			  .lo = rank << 36 | (uint64_t)st->x_now << QS_RANK_INDEX_BITS},
		.exact = deadline_ns >> QS_BRIEF_BITS == 0,
		.time_ns = deadline_ns,
	};
}

static int dwcs_check(const struct rte_qsock_stream_conf *conf, char *why, size_t why_len)
{
	if (conf->cls != RTE_QSOCK_REALTIME || conf->ipg_ns != 0)
		return 0;
	snprintf(why, why_len, "ipg 0 ns: a real-time stream needs a request period, %llu .. %llu ns",
		 (unsigned long long)RTE_QSOCK_IPG_MIN_NS, (unsigned long long)RTE_QSOCK_IPG_MAX_NS);
	return -EINVAL;
}

static const struct qs_rules window_rules = {
	.service = qs_window_service,
	.miss = qs_window_miss,
	.place = place_window,
	.kind = QS_RANK_BY_CLASS,
};

static const struct qs_rules deadline_rules = {
	.service = qs_window_service,
	.miss = qs_window_miss,
	.place = place_deadline,
	.kind = QS_RANK_BY_TIME,
};

static void window_fire(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_fire(s, id, &window_rules);
}

static void deadline_fire(struct rte_qsock_sched *s, uint32_t id)
{
	qs_clock_fire(s, id, &deadline_rules);
}

static void window_arrive_one(struct rte_qsock_sched *s, uint32_t i, uint32_t id)
{
	qs_clock_arrive_fast(s, i, id, &window_rules);
}

static uint32_t window_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_arrive_with(s, recs, n, window_arrive_one);
}

static uint32_t window_select(struct rte_qsock_sched *s, bool *late)
{
	return qs_clock_select(s, late, &window_rules, window_fire);
}

static uint32_t window_pick(struct rte_qsock_sched *s, struct qs_pace *pace, struct qs_picked *out,
			    uint32_t max)
{
	return qs_pick_with(s, pace, out, max, window_select, qs_clock_next_ns);
}

static void deadline_arrive_one(struct rte_qsock_sched *s, uint32_t i, uint32_t id)
{
	qs_clock_arrive_fast(s, i, id, &deadline_rules);
}

static uint32_t deadline_arrive(struct rte_qsock_sched *s, uint32_t *recs, uint32_t n)
{
	return qs_arrive_with(s, recs, n, deadline_arrive_one);
}

static uint32_t deadline_select(struct rte_qsock_sched *s, bool *late)
{
	return qs_clock_select(s, late, &deadline_rules, deadline_fire);
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
