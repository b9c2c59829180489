/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shares of the rate. A share is lent: who is to have less confirms it, and what was begun at the old rate is
 * over, before another has more. So at no time do they add up to more than the rate.
 */
#include <errno.h>
#include <inttypes.h>

#include <rte_pause.h>

#include "core/qs_clock.h"
#include "core/qs_ctl.h"
#include "core/qs_port_conf.h"
#include "core/qs_share.h"
#include "eal/qs_log.h"
#include "group/qs_group.h"

#define SHARE_STEP 64u		      /* less than 1 / 64 of a share is not worth a change */
#define SHARE_WAIT_NS UINT64_C(50000) /* for what is on a link; the next step does without */
#define SECOND_NS UINT64_C(1000000000)

static uint64_t scaled(uint64_t value, uint64_t by, uint64_t of)
{
	unsigned __int128 product = (unsigned __int128)value * by;

	return of == 0 || product / of > UINT64_MAX ? UINT64_MAX : (uint64_t)(product / of);
}

int qs_group_rate(struct rte_qsock_group *group, uint64_t rate_bps)
{
	uint64_t floor_bps = scaled(rate_bps / group->members, group->floor_permille, 1000);

	if (qs_port_conf_rate(group->name, rate_bps) != 0)
		return -1;
	if (floor_bps < RTE_QSOCK_RATE_MIN_BPS)
		return qs_fail(EINVAL,
			       "group %s: rate_bps %" PRIu64 ": each of %u members would keep %" PRIu64
			       ", at least %" PRIu64,
			       group->name, rate_bps, group->members, floor_bps, RTE_QSOCK_RATE_MIN_BPS);
	group->rate_bps = rate_bps;
	group->floor_bps = floor_bps;
	return 0;
}

/* What happened since the last time. A total that has begun anew has done so since. */
static uint64_t since(uint64_t *last, uint64_t now)
{
	uint64_t n = now >= *last ? now - *last : now;

	*last = now;
	return n;
}

/*
 * What a member could have sent in the time gone by. Whether something waits for the link or for its own time
 * is told by the link: if it was idle, what waits need not.
 */
static void member_measure(struct qs_member *m, const struct qs_share *told)
{
	uint64_t for_ns = RTE_MAX(since(&m->clock_ns, told->clock_ns), 1u);
	uint64_t busy_ns = since(&m->busy_ns, told->busy_ns);
	uint64_t sent = since(&m->sent, told->sent), dropped = since(&m->dropped, told->dropped);
	uint64_t bits = scaled(busy_ns, m->share_bps, SECOND_NS), wanted_bps;

	if (sent > 0)
		m->packet_bits = bits / sent;
	if (busy_ns >= for_ns - for_ns / 8)
		bits += (told->waiting + dropped) * m->packet_bits;
	else
		bits += bits / 4;
	wanted_bps = scaled(bits, SECOND_NS, for_ns);
	/* It rises at once and falls by and by: who sends now and then keeps what is needed for it. */
	m->demand_bps = RTE_MAX(wanted_bps, m->demand_bps - m->demand_bps / 8);
	m->opened = 0;
}

static int member_call(struct qs_member *m, struct qs_share *told, uint64_t rate_bps)
{
	told->rate_bps = rate_bps;
	return qs_ctl_call(m->port, QS_OP_SHARE, NULL, told);
}

static int shares_measure(struct rte_qsock_group *group)
{
	struct qs_share told;
	uint32_t i;

	for (i = 0; i < group->members; i++) {
		if (member_call(&group->member[i], &told, 0) != 0)
			return -1;
		member_measure(&group->member[i], &told);
	}
	return 0;
}

/* What each should have: what it asks for, at least its floor. What is left is dealt out, or what is too much
 * taken away above the floors, in proportion. */
static void shares_want(const struct rte_qsock_group *group, uint64_t *want)
{
	uint64_t sum = 0, floors = group->floor_bps * group->members;
	uint32_t i;

	for (i = 0; i < group->members; i++) {
		want[i] = RTE_MAX(group->member[i].demand_bps, group->floor_bps);
		want[i] = RTE_MIN(want[i], 2 * group->rate_bps);
		sum += want[i];
	}
	for (i = 0; i < group->members; i++)
		if (sum <= group->rate_bps)
			want[i] = scaled(want[i], group->rate_bps, sum);
		else
			want[i] = group->floor_bps +
				  scaled(want[i] - group->floor_bps, group->rate_bps - floors, sum - floors);
}

/* What it may be sending at, at most. */
static uint64_t member_holds(const struct qs_member *m, uint64_t now_ns)
{
	return now_ns < m->held_until_ns ? RTE_MAX(m->held_bps, m->share_bps) : m->share_bps;
}

static int shares_fall(struct rte_qsock_group *group, const uint64_t *want, bool exact)
{
	uint32_t i;

	for (i = 0; i < group->members; i++) {
		struct qs_member *m = &group->member[i];
		uint64_t least = exact ? 0 : m->share_bps / SHARE_STEP;
		uint64_t holds_bps = member_holds(m, qs_clock_now());
		struct qs_share told;

		if (want[i] + least >= m->share_bps)
			continue;
		if (member_call(m, &told, want[i]) != 0)
			return -1;
		m->held_bps = holds_bps;
		m->held_until_ns = RTE_MAX(told.free_ns, m->held_until_ns);
		m->share_bps = want[i];
	}
	return 0;
}

/* A moment for what has begun at rates of before, if that is all it takes. */
static void shares_wait(const struct rte_qsock_group *group)
{
	uint64_t until_ns = 0, from_ns = qs_clock_now();
	uint32_t i;

	for (i = 0; i < group->members; i++)
		if (group->member[i].held_until_ns <= from_ns + SHARE_WAIT_NS)
			until_ns = RTE_MAX(until_ns, group->member[i].held_until_ns);
	while (qs_clock_now() < until_ns)
		rte_pause();
}

static uint64_t shares_free(const struct rte_qsock_group *group)
{
	uint64_t now_ns = qs_clock_now(), held = 0;
	uint32_t i;

	for (i = 0; i < group->members; i++)
		held += member_holds(&group->member[i], now_ns);
	return held < group->rate_bps ? group->rate_bps - held : 0;
}

static int shares_rise(struct rte_qsock_group *group, const uint64_t *want)
{
	uint64_t free_bps = shares_free(group);
	uint32_t i;

	for (i = 0; i < group->members && free_bps > 0; i++) {
		struct qs_member *m = &group->member[i];
		uint64_t more_bps = want[i] > m->share_bps ? RTE_MIN(want[i] - m->share_bps, free_bps) : 0;
		struct qs_share told;

		if (more_bps <= m->share_bps / SHARE_STEP)
			continue;
		if (member_call(m, &told, m->share_bps + more_bps) != 0)
			return -1;
		m->share_bps += more_bps;
		free_bps -= more_bps;
	}
	return 0;
}

int qs_group_share(struct rte_qsock_group *group, bool exact)
{
	uint64_t want[RTE_QSOCK_GROUP_MAX];

	if (shares_measure(group) != 0)
		return -1;
	shares_want(group, want);
	if (shares_fall(group, want, exact) != 0)
		return -1;
	shares_wait(group);
	return shares_rise(group, want);
}
