/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stats.h>

static void event(struct stats *st, uint8_t type, bool late, uint64_t delay_ns)
{
	struct rte_qsock_event ev = {.type = type, .late = late, .time_ns = 5 + delay_ns};

	ev.pkt.arrival_ns = 5;
	ev.pkt.len_bytes = 100;
	assert_int_equal(stats_event(st, &ev), 0);
}

static void counters(void **state)
{
	struct stats st;
	struct delays d;

	assert_int_equal(stats_init(&st, 2), 0);
	st.streams[0].offered = 9;
	event(&st, RTE_QSOCK_EV_SENT, false, 1);
	event(&st, RTE_QSOCK_EV_SENT, true, 2);
	event(&st, RTE_QSOCK_EV_LATE_DROP, true, 3);
	event(&st, RTE_QSOCK_EV_FRAME_DROP, true, 4);
	event(&st, RTE_QSOCK_EV_QUEUE_DROP, false, 0);
	assert_int_equal(st.streams[0].sent, 2);
	assert_int_equal(st.streams[0].late, 1);
	assert_int_equal(st.streams[0].bytes, 200);
	assert_int_equal(st.streams[0].late_drop, 1);
	assert_int_equal(st.streams[0].frame_drop, 1);
	assert_int_equal(st.streams[0].queue_drop, 1);
	assert_int_equal(stats_queued(&st.streams[0]), 4);
	stats_delays(&st, 1, &d);
	assert_int_equal(d.count, 0);
	stats_free(&st);
}

/* Nearest rank, of 1 .. 1000 in any order. */
static void exact(void **state)
{
	struct stats st;
	struct delays d;
	uint64_t i;

	assert_int_equal(stats_init(&st, 1), 0);
	for (i = 0; i < 1000; i++)
		event(&st, RTE_QSOCK_EV_SENT, false, i * 7 % 1000 + 1);
	stats_delays(&st, 0, &d);
	assert_int_equal(d.count, 1000);
	assert_int_equal(d.min_ns, 1);
	assert_int_equal(d.mean_ns, 500);
	assert_int_equal(d.p50_ns, 500);
	assert_int_equal(d.p99_ns, 990);
	assert_int_equal(d.p999_ns, 999);
	assert_int_equal(d.max_ns, 1000);
	stats_free(&st);
}

/* Beyond what is kept exactly, nothing that was counted is lost. */
static void spill(void **state)
{
	struct stats st;
	struct delays d;
	uint64_t i;

	assert_int_equal(stats_init(&st, 2), 0);
	for (i = 0; i < 100; i++)
		event(&st, RTE_QSOCK_EV_SENT, false, 3);
	st.n_samples = STATS_SAMPLES_MAX; /* as if the other stream held them */
	for (i = 0; i < 100; i++)
		event(&st, RTE_QSOCK_EV_SENT, false, 1000);
	assert_false(st.exact);
	stats_delays(&st, 0, &d);
	assert_int_equal(d.count, 200);
	assert_int_equal(d.min_ns, 3);
	assert_int_equal(d.p50_ns, 3);
	assert_int_equal(d.p99_ns, 1000);
	assert_int_equal(d.mean_ns, 501);
	stats_free(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(exact),
		cmocka_unit_test(spill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
