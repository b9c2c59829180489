/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched_rig.h"

static struct rte_qsock_stream_conf stream(uint64_t deadline_ns, bool droppable, bool in_order)
{
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, 0);

	conf.deadline_ns = deadline_ns;
	conf.droppable = droppable;
	conf.in_order = in_order;
	return conf;
}

static void earliest_first(void **state)
{
	struct rig *r = rig_new("edf");

	rig_add(r, 0, stream(3000, true, false));
	rig_add(r, 1, stream(2000, true, false));
	rig_add(r, 2, stream(2000, false, false));
	rig_pkts(r, 0, 0, 1);				 /* 3000 */
	assert_int_equal(rig_pkt(r, 0, 0, 0, 1500), 0);	 /* goes before the head of its queue */
	rig_pkts(r, 1, 0, 1);				 /* 2000 */
	rig_pkts(r, 2, 0, 1);				 /* 2000, higher id */
	assert_int_equal(rig_pkt(r, 0, 10, 0, 2000), 0); /* 2000, later arrival */
	rig_slots(r, 10, 1, 6);
	rig_expect(r, "10 sent 0.1 1/2  11 sent 1.0 1/2  12 sent 2.0 1/2  13 sent 0.2 1/2  14 sent 0.0 1/2");
	rig_free(r);
}

/* spec/scheduling.md, known answers: constant rates, shares 1:1:2:4, no miss. */
static void known_answer(void **state)
{
	static const uint64_t interval[] = {8000, 8000, 4000, 2000};
	struct rig *r = rig_new("edf");
	uint32_t sent[4] = {0, 0, 0, 0};

	for (uint32_t id = 0; id < 4; id++)
		rig_add(r, id, stream(interval[id], true, false));
	for (uint64_t now = 0; now < 800000; now += 1000) {
		struct rte_qsock_event ev;

		for (uint32_t id = 0; id < 4; id++)
			if (now % interval[id] == 0)
				rig_pkts(r, id, now, 1);
		assert_true(rte_qsock_sched_decide(r->sched, now, &ev));
		assert_false(ev.late);
		sent[ev.stream]++;
	}
	assert_int_equal(r->dropped, 0);
	assert_int_equal(sent[0], 100);
	assert_int_equal(sent[1], 100);
	assert_int_equal(sent[2], 200);
	assert_int_equal(sent[3], 400);
	rig_free(r);
}

static void lossy_and_lossless(void **state)
{
	struct rig *r = rig_new("edf");

	rig_add(r, 0, stream(1000, false, false));
	rig_add(r, 1, stream(1000, true, false));
	rig_pkts(r, 1, 0, 1);
	rig_pkts(r, 0, 0, 1);
	assert_int_equal(rig_pkt(r, 0, 0, DR, 0), 0);
	assert_int_equal(rig_pkt(r, 1, 0, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 1, 0, 0, 1001), 0);
	rig_slots(r, 1000, 0, 4); /* late means deadline <= now */
	rig_expect(r, "1000 late 0.1! 1/2  1000 late 1.0! 1/2  1000 sent 0.0! 1/2  1000 sent 1.1! 1/2  "
		      "1000 sent 1.2 1/2");
	rig_free(r);
}

/* By id, then from the front of each queue, whatever the deadlines are. */
static void order_of_expiry(void **state)
{
	struct rig *r = rig_new("edf");

	rig_add(r, 0, stream(9000, true, false));
	rig_add(r, 3, stream(9000, true, true));
	assert_int_equal(rig_pkt(r, 3, 0, 0, 100), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 300), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 5000), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 200), 0);
	assert_int_equal(rig_pkt(r, 3, 0, 0, 50), 0);
	assert_true(rig_decide(r, 400));
	rig_expect(r, "400 late 0.0! 1/2  400 late 0.2! 1/2  400 late 3.0! 1/2  400 late 3.1! 1/2  "
		      "400 sent 0.1 1/2");
	rig_free(r);
}

static void in_order(void **state)
{
	struct rig *r = rig_new("edf");

	rig_add(r, 0, stream(9000, true, true));
	rig_add(r, 1, stream(4000, true, false));
	assert_int_equal(rig_pkt(r, 0, 0, 0, 5000), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 1000), 0); /* does not compete, but expires */
	assert_int_equal(rig_pkt(r, 0, 0, ND, 1000), 0);
	rig_pkts(r, 1, 0, 1);
	assert_true(rig_decide(r, 0));
	rig_expect(r, "0 sent 1.0 1/2");
	rig_slots(r, 1000, 1, 3);
	rig_expect(r, "1000 late 0.1! 1/2  1000 sent 0.0 1/2  1001 sent 0.2! 1/2");
	rig_free(r);
}

/* A frame that lost a packet loses the rest, before and behind it in the queue, and what comes. */
static void frames(void **state)
{
	struct rig *r = rig_new("edf");

	rig_add(r, 0, stream(9000, true, false));
	rig_pkts(r, 0, 0, 1);
	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 500), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_true(rig_decide(r, 500));
	rig_expect(r, "500 late 0.3! 1/2  500 frame 0.1! 1/2  500 frame 0.4! 1/2  500 sent 0.0 1/2");
	assert_int_equal(rig_pkt(r, 0, 600, 0, 0), 1);
	assert_int_equal(rig_pkt(r, 0, 600, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 600, FE, 0), 1);
	assert_int_equal(rig_pkt(r, 0, 600, 0, 0), 0);
	rig_expect(r, "600 frame 0.5! 1/2  600 frame 0.7! 1/2");
	rig_slots(r, 600, 1, 4);
	rig_expect(r, "600 sent 0.2 1/2  601 sent 0.6 1/2  602 sent 0.8 1/2");
	rig_free(r);
}

static void best_effort_is_last(void **state)
{
	struct rig *r = rig_new("edf");
	struct rte_qsock_stream_conf be = stream(0, true, false);

	be.cls = RTE_QSOCK_BEST_EFFORT;
	rig_add(r, 0, be);
	rig_add(r, 1, stream(1000000, true, false));
	assert_int_equal(rig_pkt(r, 0, 0, 0, 1), 0);
	rig_pkts(r, 1, 5, 1);
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 0);
	rig_slots(r, 5, 1, 3);
	rig_expect(r, "5 sent 1.0 1/2  6 sent 0.0 1/2");
	assert_true(rte_qsock_sched_next_ns(r->sched) == RTE_QSOCK_NEVER);
	rig_free(r);
}

static void change_acts_at_once(void **state)
{
	struct rig *r = rig_new("edf");
	struct rte_qsock_stream_conf conf = stream(9000, true, false);

	rig_add(r, 0, conf);
	rig_add(r, 1, stream(5000, true, false));
	rig_pkts(r, 0, 0, 2);
	rig_pkts(r, 1, 0, 2);
	conf.deadline_ns = 100;
	conf.droppable = false;
	conf.in_order = true;
	rig_change(r, 0, conf);
	assert_true(rig_decide(r, 200));
	rig_expect(r, "200 sent 0.0! 1/2");
	conf.droppable = true;
	conf.in_order = false;
	rig_change(r, 0, conf);
	assert_true(rig_decide(r, 200));
	rig_expect(r, "200 late 0.1! 1/2  200 sent 1.0 1/2");
	assert_int_equal(rte_qsock_sched_remove(r->sched, 1, 300), 1);
	assert_false(rig_decide(r, 400));
	rig_expect(r, "300 closed 1.1 1/2");
	rig_free(r);
}

/* Any order of arrival and deadline, against a look at every packet. */
static void as_a_search(void **state)
{
	struct rig *r = rig_new("edf");
	uint64_t deadline[2000], seed = 9, now = 0;
	bool queued[2000] = {false};
	uint32_t n = 0;

	struct rte_qsock_stream_conf conf = stream(9000, false, false);

	conf.queue_packets = 200;
	rig_add(r, 0, conf);
	while (n < 2000) {
		struct rte_qsock_event ev;
		uint32_t best = UINT32_MAX;

		now += 10;
		for (uint32_t k = rig_random(&seed, 3); k > 0 && n < 2000; k--) {
			deadline[n] = now + 1 + rig_random(&seed, 3000);
			if (rig_pkt(r, 0, now, 0, deadline[n]) == 0)
				queued[n] = true;
			n++;
		}
		for (uint32_t i = 0; i < n; i++)
			if (queued[i] && (best == UINT32_MAX || deadline[i] < deadline[best]))
				best = i;
		assert_int_equal(rte_qsock_sched_decide(r->sched, now, &ev), best != UINT32_MAX);
		if (best != UINT32_MAX) {
			assert_int_equal(ev.seq, best);
			queued[best] = false;
		}
	}
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(earliest_first),
		cmocka_unit_test(known_answer),
		cmocka_unit_test(lossy_and_lossless),
		cmocka_unit_test(order_of_expiry),
		cmocka_unit_test(in_order),
		cmocka_unit_test(frames),
		cmocka_unit_test(best_effort_is_last),
		cmocka_unit_test(change_acts_at_once),
		cmocka_unit_test(as_a_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
