/* SPDX-License-Identifier: BSD-3-Clause */
/* conf.c: ranges, and messages that name the value. */
#include "sched_rig.h"

static void defaults(void **state)
{
	struct rte_qsock_stream_conf conf;

	rte_qsock_stream_defaults(&conf);
	assert_int_equal(conf.cls, RTE_QSOCK_REALTIME);
	assert_int_equal(conf.unit, RTE_QSOCK_UNIT_PACKET);
	assert_int_equal(conf.queue_packets, 1024);
	assert_true(conf.droppable);
	assert_false(conf.in_order);
}

#define REFUSED(discipline, field, value, text)                                                              \
	do {                                                                                                 \
		struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);                                 \
		char why[160];                                                                               \
		conf.field = value;                                                                          \
		assert_int_equal(rte_qsock_stream_check(discipline, &conf, why, sizeof(why)), -EINVAL);      \
		assert_string_equal(why, text);                                                              \
		assert_int_equal(rte_qsock_stream_check(discipline, &conf, NULL, 0), -EINVAL);               \
	} while (0)

#define ACCEPTED(discipline, field, value)                                                                   \
	do {                                                                                                 \
		struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);                                 \
		char why[160] = "x";                                                                         \
		conf.field = value;                                                                          \
		assert_int_equal(rte_qsock_stream_check(discipline, &conf, why, sizeof(why)), 0);            \
		assert_string_equal(why, "");                                                                \
	} while (0)

static void ranges(void **state)
{
	REFUSED("dwcs", ipg_ns, 999, "ipg 999 ns: not in 1000 .. 1000000000000 ns");
	REFUSED("fifo", ipg_ns, 1000000000001, "ipg 1000000000001 ns: not in 1000 .. 1000000000000 ns");
	ACCEPTED("dwcs", ipg_ns, 1000000000000);
	ACCEPTED("dwcs", ipg_ns, 1000);
	REFUSED("edf", deadline_ns, 1000000000001, "deadline 1000000000001 ns: not in 1 .. 1000000000000 ns");
	ACCEPTED("edf", deadline_ns, 1000000000000);
	ACCEPTED("edf", deadline_ns, 1);
	REFUSED("dwcs", old, 65536, "old 65536: not in 0 .. 65535");
	ACCEPTED("dwcs", old, 65535);
	REFUSED("dwcs", oln, 3, "oln 3: not in 0 .. old, which is 2");
	ACCEPTED("dwcs", oln, 2);
	REFUSED("dwcs", queue_packets, 0, "queue 0 packets: not in 1 .. 65536");
	REFUSED("dwcs", queue_packets, 65537, "queue 65537 packets: not in 1 .. 65536");
	ACCEPTED("dwcs", queue_packets, 65536);
	REFUSED("dwcs", cls, 2, "class 2: not in 0 (realtime) .. 1 (best-effort)");
	REFUSED("dwcs", unit, 2, "unit 2: not in 0 (packet) .. 1 (frame)");
}

static void what_a_discipline_needs(void **state)
{
	REFUSED("dwcs", ipg_ns, 0,
		"ipg 0 ns: a real-time stream needs a request period, 1000 .. 1000000000000 ns");
	REFUSED("vds", ipg_ns, 0,
		"ipg 0 ns: a real-time stream needs a request period, 1000 .. 1000000000000 ns");
	REFUSED("edf", deadline_ns, 0,
		"deadline 0 ns: a real-time stream needs a relative deadline, 1 .. 1000000000000 ns");
	ACCEPTED("edf", ipg_ns, 0);
	ACCEPTED("fifo", ipg_ns, 0);
	ACCEPTED("dwcs", deadline_ns, 0);

	struct rte_qsock_stream_conf conf = rig_stream(0, 0, RIG_T);
	char why[160];

	assert_int_equal(rte_qsock_stream_check("vds", &conf, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "old 0: vds needs a window, 1 .. 65535");
	assert_int_equal(rte_qsock_stream_check("dwcs", &conf, why, sizeof(why)), 0);
	conf.cls = RTE_QSOCK_BEST_EFFORT;
	conf.ipg_ns = 0;
	conf.deadline_ns = 0;
	assert_int_equal(rte_qsock_stream_check("vds", &conf, why, sizeof(why)), 0);
	assert_int_equal(rte_qsock_stream_check("dwcs", &conf, why, sizeof(why)), 0);
	assert_int_equal(rte_qsock_stream_check("edf", &conf, why, sizeof(why)), 0);
}

static void no_such_discipline(void **state)
{
	struct rte_qsock_stream_conf conf = rig_stream(0, 0, RIG_T);
	char why[10];

	assert_int_equal(rte_qsock_stream_check("wfq", &conf, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "no discip");
	assert_int_equal(rte_qsock_stream_check(NULL, &conf, NULL, 0), -ENOENT);
	assert_int_equal(rte_qsock_stream_check("dwcs", NULL, why, sizeof(why)), -EINVAL);
}

/* They are kept in few bits: the ends of all ranges come back. */
static void kept_whole(void **state)
{
	const struct rte_qsock_stream_conf ends[] = {
		{.queue_packets = 1, .cls = RTE_QSOCK_BEST_EFFORT},
		{.ipg_ns = RTE_QSOCK_IPG_MIN_NS,
		 .deadline_ns = 1,
		 .old = RTE_QSOCK_WINDOW_MAX,
		 .queue_packets = RTE_QSOCK_QUEUE_MAX,
		 .in_order = true},
		{.ipg_ns = RTE_QSOCK_IPG_MAX_NS,
		 .deadline_ns = RTE_QSOCK_DEADLINE_MAX_NS,
		 .oln = RTE_QSOCK_WINDOW_MAX,
		 .old = RTE_QSOCK_WINDOW_MAX,
		 .queue_packets = RTE_QSOCK_QUEUE_MAX,
		 .cls = RTE_QSOCK_BEST_EFFORT,
		 .unit = RTE_QSOCK_UNIT_FRAME,
		 .droppable = true,
		 .in_order = true},
	};
	struct rte_qsock_stream_conf conf;
	struct rig *r = rig_new("fifo");
	uint32_t id;

	for (id = 0; id < 3; id++)
		rig_add(r, id, ends[id]);
	/* Neighbours keep out of each other's bits; so does a change. */
	assert_int_equal(rte_qsock_sched_change(r->sched, 1, &ends[2]), 0);
	assert_int_equal(rte_qsock_sched_change(r->sched, 1, &ends[1]), 0);
	for (id = 0; id < 3; id++) {
		memset(&conf, 0xff, sizeof(conf));
		assert_int_equal(rte_qsock_sched_conf_get(r->sched, id, &conf), 0);
		assert_memory_equal(&conf, &ends[id], sizeof(conf));
	}
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(ranges),
		cmocka_unit_test(what_a_discipline_needs),
		cmocka_unit_test(no_such_discipline),
		cmocka_unit_test(kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
