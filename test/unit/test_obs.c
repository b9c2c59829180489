/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters, rates and stalls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obs/qs_counts.h"
#include "obs/qs_rate.h"
#include "obs/qs_stalls.h"

#define S UINT64_C(1000000000)

static void test_counts(void **state)
{
	struct qs_ends ends = {
		.on_time = 3, .late = 1, .late_drop = 2, .frame_drop = 1, .sent_bytes = 400, .violations = 7};
	struct qs_rare_ends rare = {.queue_drop = 2,
				    .closed = 1,
				    .neigh_drop = 1,
				    .tx_error = 1,
				    .base_left = 100,
				    .base_violations = 5};
	struct qs_offers offers = {.put = 120, .refused = 9, .put_drop = 4},
			 base = {.refused = 3, .put_drop = 1};
	struct rte_qsock_counts c;

	/* Since the reset 2 + 3 + 1 + 2 + 1 + 1 + 1 + 1 = 12 have ended. */
	qs_counts_fill(&c, &ends, &rare, &offers, &base, 112);
	assert_int_equal(c.refused, 6);
	assert_int_equal(c.queue_drop, 5);
	assert_int_equal(c.accepted, 18);
	assert_int_equal(c.offered, c.refused + c.queue_drop + c.accepted);
	assert_int_equal(c.queued, 8);
	assert_int_equal(c.accepted, c.on_time + c.late + c.late_drop + c.frame_drop + c.closed +
					     c.neigh_drop + c.tx_error + c.queued);
	assert_int_equal(c.violations, 2);
}

/* 1000 bytes every gap_ns from one second on, as account_packet() does. */
static uint64_t rate_after(uint64_t gap_ns, uint64_t for_ns, uint64_t idle_ns)
{
	struct qs_rate r = {0};
	uint64_t now, next = 0, bytes = 0;
	uint8_t newest = 0;

	for (now = S; now < S + for_ns; now += gap_ns) {
		if (now >= next) {
			newest = qs_rate_mark(&r, newest, now, bytes);
			next = now + QS_RATE_STEP_NS;
		}
		bytes += 1000;
	}
	return qs_rate_bps(&r, newest, now + idle_ns, bytes);
}

static void near(uint64_t rate, uint64_t want, uint64_t percent)
{
	assert_in_range(rate, want - want * percent / 100, want + want * percent / 100);
}

static void test_rate(void **state)
{
	struct qs_rate empty = {0};

	assert_int_equal(qs_rate_bps(&empty, 0, 5 * S, 0), 0);
	near(rate_after(1000000, 10 * S, 0), 8000000, 1); /* 1,000 packets a second */
	near(rate_after(100000, 3 * S, 0), 80000000, 1);
	near(rate_after(300000000, 20 * S, 0), 26666, 26);    /* fewer than marks */
	near(rate_after(1000000, 10 * S, S / 2), 4000000, 2); /* idle for half of the window */
	assert_int_equal(rate_after(1000000, 10 * S, 2 * S), 0);
	near(rate_after(1000000, S / 2, 0), 4000000, 2); /* a beginner */
}

static void test_stalls(void **state)
{
	struct qs_stalls s = {.over_ns = QS_STALL_NS};
	struct rte_qsock_stalls told;
	uint64_t i;

	qs_stalls_note(&s, 0, 5 * S);
	qs_stalls_note(&s, 5 * S, 5 * S + QS_STALL_NS);
	qs_stalls_fill(&s, &told);
	assert_int_equal(told.count, 0);
	assert_int_equal(told.last_at_ns, 0);
	qs_stalls_note(&s, 6 * S, 6 * S + QS_STALL_NS + 1);
	qs_stalls_note(&s, 7 * S, 7 * S + 300000);
	qs_stalls_fill(&s, &told);
	assert_int_equal(told.polls, 4);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.max_ns, 300000);
	assert_int_equal(told.total_ns, QS_STALL_NS + 1 + 300000);
	assert_int_equal(told.last_at_ns, 7 * S + 300000);
	assert_int_equal(told.last[0].start_ns, 7 * S);
	assert_int_equal(told.last[0].length_ns, 300000);
	assert_int_equal(told.last[1].length_ns, QS_STALL_NS + 1);
	assert_int_equal(told.last[2].length_ns, 0);
	/* More than are kept: the latest are. */
	for (i = 0; i < 100; i++)
		qs_stalls_note(&s, (8 + i) * S, (8 + i) * S + 60000);
	qs_stalls_fill(&s, &told);
	assert_int_equal(told.count, 102);
	for (i = 0; i < RTE_QSOCK_STALLS_KEPT; i++)
		assert_int_equal(told.last[i].start_ns, (107 - i) * S);
}

/* A stall of 1 ms at 10 s, the driver full for 2 ms at 20 s. */
static void test_causes(void **state)
{
	struct qs_stalls s = {.over_ns = QS_STALL_NS};
	const uint64_t ms = 1000000, stall = 10 * S, full = 20 * S;

	assert_int_equal(qs_stalls_cause(&s, S, 2 * S, 5), QS_CAUSE_QUEUE);
	qs_stalls_note(&s, stall, stall + ms);
	qs_stalls_refused(&s, full);
	qs_stalls_refused(&s, full + ms);
	qs_stalls_taken(&s, full + 2 * ms);
	qs_stalls_taken(&s, full + 3 * ms);
	/* The deadline: within the gap, or after it by no more than it lasted. */
	assert_int_equal(qs_stalls_cause(&s, S, stall - 1, 0), QS_CAUSE_QUEUE);
	assert_int_equal(qs_stalls_cause(&s, S, stall, 0), QS_CAUSE_STALL);
	assert_int_equal(qs_stalls_cause(&s, S, stall + 2 * ms, 0), QS_CAUSE_STALL);
	assert_int_equal(qs_stalls_cause(&s, S, stall + 2 * ms + 1, 0), QS_CAUSE_QUEUE);
	assert_int_equal(qs_stalls_cause(&s, S, full - 1, 0), QS_CAUSE_QUEUE);
	assert_int_equal(qs_stalls_cause(&s, S, full + 4 * ms, 0), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, S, full + 4 * ms + 1, 0), QS_CAUSE_QUEUE);
	/* Sent, and no later than it was held up while it waited. */
	assert_int_equal(qs_stalls_cause(&s, S, 15 * S, ms), QS_CAUSE_STALL);
	assert_int_equal(qs_stalls_cause(&s, S, 25 * S, ms + 1), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, S, 25 * S, 2 * ms), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, S, 25 * S, 2 * ms + 1), QS_CAUSE_QUEUE);
	/* It came in the middle, and after the end. */
	assert_int_equal(qs_stalls_cause(&s, stall + ms / 2, 15 * S, ms / 2), QS_CAUSE_STALL);
	assert_int_equal(qs_stalls_cause(&s, full + 2 * ms, 25 * S, 1), QS_CAUSE_QUEUE);
	/* A stall while the driver is full comes first. */
	qs_stalls_note(&s, full + ms, full + 2 * ms);
	assert_int_equal(qs_stalls_cause(&s, S, full + ms - 1, 0), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, S, full + ms, 0), QS_CAUSE_STALL);
	/* What is close together is one: its length is what the driver was full for. */
	qs_stalls_refused(&s, 30 * S);
	qs_stalls_taken(&s, 30 * S + 10);
	qs_stalls_refused(&s, 30 * S + 9 + QS_STALL_NS);
	qs_stalls_taken(&s, 30 * S + 19 + QS_STALL_NS);
	assert_int_equal(qs_stalls_cause(&s, 29 * S, 30 * S + 39 + QS_STALL_NS, 0), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, 29 * S, 30 * S + 40 + QS_STALL_NS, 0), QS_CAUSE_QUEUE);
	assert_int_equal(qs_stalls_cause(&s, 29 * S, 35 * S, 20), QS_CAUSE_DRIVER);
	assert_int_equal(qs_stalls_cause(&s, 29 * S, 35 * S, 21), QS_CAUSE_QUEUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
