/* SPDX-License-Identifier: BSD-3-Clause */
#include "sched_rig.h"

static struct rig *deadline_first(void)
{
	return rig_dwcs(RTE_QSOCK_PRECEDENCE_DEADLINE, false);
}

/* spec/scheduling.md, known answers: who is served, and the windows after the misses of each slot. */
static void known_answer_three(void **state)
{
	static const uint32_t served[] = {0, 1, 0, 2, 0, 1, 0, 2};
	static const char *const windows[][3] = {
		{"1/1", "2/3", "5/7"}, {"1/2", "2/2", "4/6"}, {"1/1", "1/1", "3/5"}, {"1/2", "3/4", "3/4"},
		{"1/1", "2/3", "2/3"}, {"1/2", "2/2", "1/2"}, {"1/1", "1/1", "0/1"}, {"1/2", "3/4", "6/8"},
	};
	struct rig *r = deadline_first();
	uint32_t seq[3] = {0, 0, 0};

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, rig_stream(3, 4, RIG_T));
	rig_add(r, 2, rig_stream(6, 8, RIG_T));
	for (uint32_t id = 0; id < 3; id++)
		rig_pkts(r, id, 0, 40);
	for (uint32_t slot = 0; slot < 24; slot++) {
		char expected[256];
		size_t len = 0;

		for (uint32_t id = 0; id < 3 && slot > 0; id++)
			if (id != served[(slot - 1) % 8])
				len += (size_t)snprintf(expected + len, sizeof(expected) - len,
							"%u late %u.%u! %s  ", slot * RIG_T, id, seq[id]++,
							windows[(slot - 1) % 8][id]);

		uint32_t id = served[slot % 8];

		snprintf(expected + len, sizeof(expected) - len, "%u sent %u.%u %s", slot * RIG_T, id,
			 seq[id]++, windows[slot % 8][id]);
		assert_true(rig_decide(r, slot * RIG_T));
		rig_expect(r, expected);
	}
	rig_free(r);
}

static void known_answer_overload(void **state)
{
	struct rig *r = deadline_first();

	rig_add(r, 0, rig_stream(0, 2, RIG_T));
	rig_add(r, 1, rig_stream(0, 2, RIG_T));
	rig_pkts(r, 0, 0, 10);
	rig_pkts(r, 1, 0, 10);
	rig_slots(r, 0, RIG_T, 5);
	rig_expect(r, "0 sent 0.0 0/1  1000 late 1.0! 0/3*1  1000 sent 1.1 0/2*1  2000 late 0.1! 0/2*1  "
		      "2000 sent 0.2 0/2*1  3000 late 1.2! 0/3*2  3000 sent 1.3 0/2*2  4000 late 0.3! 0/3*2  "
		      "4000 sent 0.4 0/2*2");
	rig_free(r);
}

static void arrival_rule(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_pkts(r, 0, 500, 1);
	assert_true(rig_decide(r, 500)); /* D was 1500, is 2500 */
	rig_pkts(r, 0, 600, 1);		 /* D = max(2500 - 1000, 600) + 1000: eligible at 1500 */
	assert_false(rig_decide(r, 600));
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 1500);
	assert_false(rig_decide(r, 1499));
	assert_true(rig_decide(r, 1500));
	rig_pkts(r, 0, 9000, 1); /* D = max(2500, 9000) + 1000 */
	assert_true(rig_decide(r, 9999));
	rig_pkts(r, 0, 20000, 1);
	assert_false(rig_decide(r, 21000)); /* on time would be before 21000 */
	rig_expect(r, "500 sent 0.0 1/1  1500 sent 0.1 1/2  9999 sent 0.2 1/1  21000 late 0.3! 1/2");
	rig_free(r);
}

static void no_drift(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(0, 1, RIG_T));
	rig_pkts(r, 0, 0, 4);
	assert_true(rig_decide(r, 900));
	assert_true(rig_decide(r, 1000));
	assert_false(rig_decide(r, 1999));
	assert_true(rig_decide(r, 2999));
	assert_true(rig_decide(r, 3000));
	rig_free(r);
}

static void window_before_deadline(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(2, 3, RIG_T));	    /* W' 2/3, D 1000 */
	rig_add(r, 1, rig_stream(1, 3, 5 * RIG_T)); /* W' 1/3, D 5000 */
	rig_add(r, 2, rig_stream(0, 2, 9 * RIG_T)); /* W' 0, y' 2 */
	rig_add(r, 3, rig_stream(0, 3, 9 * RIG_T)); /* W' 0, y' 3: higher y' first */
	rig_add(r, 4, rig_stream(0, 0, 8 * RIG_T)); /* W' 0, y' 0 */
	for (uint32_t id = 0; id < 5; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 5);
	rig_expect(r, "0 sent 3.0 0/2  1 sent 2.0 0/1  2 sent 4.0 0/0  3 sent 1.0 1/2  4 sent 0.0 2/2");
	rig_free(r);
}

static void window_ties(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(2, 4, 3 * RIG_T)); /* 1/2, D 3000, x' 2 */
	rig_add(r, 1, rig_stream(1, 2, 3 * RIG_T)); /* 1/2, D 3000, x' 1: lower x' */
	rig_add(r, 2, rig_stream(3, 6, 2 * RIG_T)); /* 1/2, D 2000: earlier */
	rig_add(r, 3, rig_stream(0, 5, 7 * RIG_T)); /* 0 of 5, D 7000 */
	rig_add(r, 4, rig_stream(0, 5, 6 * RIG_T)); /* 0 of 5, D 6000: earlier */
	for (uint32_t id = 0; id < 5; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 5);
	rig_expect(r, "0 sent 4.0 0/4  1 sent 3.0 0/4  2 sent 2.0 3/5  3 sent 1.0 1/1  4 sent 0.0 2/3");
	rig_free(r);
}

static void deadline_ties(void **state)
{
	struct rig *r = deadline_first();

	rig_add(r, 0, rig_stream(2, 4, 2 * RIG_T)); /* W' 1/2, x' 2 */
	rig_add(r, 1, rig_stream(1, 2, 2 * RIG_T)); /* W' 1/2, x' 1 */
	rig_add(r, 2, rig_stream(1, 3, 2 * RIG_T)); /* W' 1/3 */
	rig_add(r, 3, rig_stream(0, 2, 2 * RIG_T)); /* 0, y' 2 */
	rig_add(r, 4, rig_stream(0, 3, 2 * RIG_T)); /* 0, y' 3 */
	rig_add(r, 5, rig_stream(9, 9, RIG_T));	    /* earlier deadline */
	for (uint32_t id = 0; id < 6; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 6);
	rig_expect(r, "0 sent 5.0 8/8  1 sent 4.0 0/2  2 sent 3.0 0/1  3 sent 2.0 1/2  4 sent 1.0 1/1  "
		      "5 sent 0.0 2/3");
	rig_free(r);
}

/* All else equal: the head that arrived earlier, then the lower id. */
static void arrival_then_id(void **state)
{
	struct rig *r = rig_new("dwcs");

	for (uint32_t id = 0; id < 4; id++)
		rig_add(r, id, rig_stream(1, 2, RIG_T));
	/* Stream 3 has D = 2000 by its second period, and so has who arrives at 1000. */
	rig_pkts(r, 3, 0, 2);
	assert_true(rig_decide(r, 0));
	rig_pkts(r, 0, 1000, 1);
	rig_pkts(r, 2, 1000, 1);
	rig_expect(r, "0 sent 3.0 1/1");
	rig_change(r, 3, rig_stream(1, 2, RIG_T));
	rig_slots(r, 1000, 1, 3);
	rig_expect(r, "1000 sent 3.1 1/1  1001 sent 0.0 1/1  1002 sent 2.0 1/1");
	rig_free(r);
}

/* Fractions that differ by 1 / (65535 * 65534) only. */
static void close_windows(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(65534, 65535, RIG_T));
	rig_add(r, 1, rig_stream(65533, 65534, RIG_T));
	rig_add(r, 2, rig_stream(1, 65535, RIG_T));
	rig_add(r, 3, rig_stream(1, 65534, RIG_T));
	for (uint32_t id = 0; id < 4; id++)
		rig_pkts(r, id, 0, 1);
	rig_slots(r, 0, 1, 4);
	rig_expect(r,
		   "0 sent 2.0 1/65534  1 sent 3.0 1/65533  2 sent 1.0 65533/65533  3 sent 0.0 65534/65534");
	rig_free(r);
}

/* As close, and here the lower fraction has the higher x'. */
static void close_windows_by_rank_alone(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(32767, 65533, RIG_T));
	rig_add(r, 1, rig_stream(32768, 65535, RIG_T));
	rig_pkts(r, 0, 0, 1);
	rig_pkts(r, 1, 0, 1);
	rig_slots(r, 0, 1, 2);
	rig_expect(r, "0 sent 1.0 32768/65534  1 sent 0.0 32767/65532");
	rig_free(r);
}

static void work_conserving(void **state)
{
	struct rig *r = rig_dwcs(RTE_QSOCK_PRECEDENCE_WINDOW, true);

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_pkts(r, 0, 0, 3);
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 0);
	rig_slots(r, 0, 1, 4);
	rig_expect(r, "0 sent 0.0 1/1  1 sent 0.1 1/2  2 sent 0.2 1/1");
	rig_free(r);
}

static void best_effort_takes_the_rest(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf be = rig_stream(3, 4, 0);

	be.cls = RTE_QSOCK_BEST_EFFORT;
	rig_add(r, 0, be);
	rig_add(r, 1, be);
	rig_add(r, 2, rig_stream(9, 9, RIG_T));
	assert_int_equal(rig_pkt(r, 1, 0, 0, 5), 0); /* no deadline counts */
	assert_int_equal(rig_pkt(r, 0, 10, FS, 0), 0);
	rig_pkts(r, 1, 10, 1);
	rig_pkts(r, 2, 10, 1);
	rig_slots(r, 100000 - 99000, 1, 4);
	rig_expect(r, "1000 sent 2.0 8/8  1001 sent 1.0 3/4  1002 sent 0.0 3/4  1003 sent 1.1 3/4");
	rig_free(r);
}

static void non_droppable_is_sent_late(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_true(rig_decide(r, 3500)); /* misses at 1000, 2000, 3000: 0/1 0/2* 0/3* */
	rig_expect(r, "3500 sent 0.0! 1/2*2");
	assert_false(rig_decide(r, 3999)); /* D = 5000 */
	assert_true(rig_decide(r, 4000));
	rig_expect(r, "4000 sent 0.1 1/1*2");
	rig_free(r);
}

static void packet_overrules_stream(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf keep = rig_stream(1, 2, RIG_T);

	keep.droppable = false;
	rig_add(r, 0, keep);
	assert_int_equal(rig_pkt(r, 0, 0, DR, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_true(rig_decide(r, 2000));
	rig_expect(r, "2000 late 0.0! 0/1  2000 sent 0.1! 1/2*1");
	rig_free(r);
}

/* After a long silence a packet comes whose own deadline is over, in a stream that may not send for long. */
static void late_after_a_silence(void **state)
{
	static const uint64_t silence_ns[] = {1000000, 5000000000, 20000000000, 600000000000};

	for (uint32_t i = 0; i < 4; i++) {
		const uint64_t now_ns = silence_ns[i];
		struct rig *r = rig_new("dwcs");

		rig_add(r, 0, rig_stream(1, 2, RTE_QSOCK_IPG_MAX_NS));
		rig_add(r, 1, rig_stream(1, 2, RTE_QSOCK_IPG_MAX_NS));
		rig_pkts(r, 0, 0, 1);
		rig_pkts(r, 1, 0, 2);
		assert_true(rig_decide(r, 0));
		assert_true(rig_decide(r, 1));
		assert_false(rig_decide(r, 2));
		assert_int_equal(rig_pkt(r, 0, now_ns, 0, 3), 0);
		rig_pkts(r, 0, now_ns, 1);
		assert_false(rig_decide(r, now_ns));
		assert_int_equal(r->dropped, 1);
		/* The miss was one: the next of it may go two periods after the first. */
		assert_true(rig_decide(r, RTE_QSOCK_IPG_MAX_NS + 1));
		assert_false(rig_decide(r, RTE_QSOCK_IPG_MAX_NS + 1));
		assert_true(rig_decide(r, 2 * RTE_QSOCK_IPG_MAX_NS));
		assert_int_equal(r->dropped, 1);
		rig_free(r);
	}
}

/* A stall of years costs no more than one of a period. */
static void long_stall(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0);
	assert_true(rig_decide(r, UINT64_C(1) << 61));
	rig_expect(r, "2305843009213693952 sent 0.0! 1/2*2305843009213692");
	rig_free(r);
}

static void own_deadline(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, rig_stream(1, 2, RIG_T));
	/* Stream 0's head is due at 5000: D = 1000 and 2000 pass without a miss. */
	assert_int_equal(rig_pkt(r, 0, 0, 0, 5000), 0);
	rig_pkts(r, 1, 0, 1);
	assert_true(rig_decide(r, 0)); /* equal W', stream 1 has the earlier deadline */
	assert_true(rig_decide(r, 3000));
	rig_expect(r, "0 sent 1.0 1/1  3000 sent 0.0 1/1");
	/* D = 2000 now. Another of its own, due before it is eligible. */
	assert_int_equal(rig_pkt(r, 0, 3000, ND, 3100), 0);
	assert_int_equal(rig_pkt(r, 0, 3000, 0, 0), 0);
	assert_false(rig_decide(r, 3500)); /* D = 4000 goes on to 5000 */
	assert_true(rig_decide(r, 4000));
	rig_expect(r, "4000 sent 0.1! 1/1"); /* rule B: 1/1 to 1/2; D itself was not missed */
	rig_free(r);
}

/* A non-droppable packet that consumed its own deadline may miss D as well. */
static void own_deadline_then_period(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(5, 9, RIG_T));
	assert_int_equal(rig_pkt(r, 0, 0, ND, 500), 0);
	assert_true(rig_decide(r, 2500)); /* own at 500, then D = 2000 */
	rig_expect(r, "2500 sent 0.0! 3/6");
	rig_free(r);
}

/* Expiry before eligibility is found at the next decision, not between. */
static void expiry_waits_for_a_decision(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_pkts(r, 0, 0, 1);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 500), 0);
	assert_true(rig_decide(r, 0));
	assert_false(rig_decide(r, 100)); /* a transmission has ended: a decision */
	assert_false(rig_decide(r, 600)); /* a poll */
	assert_false(rig_decide(r, 900));
	rig_expect(r, "0 sent 0.0 1/1");
	assert_false(rig_decide(r, 1000)); /* it becomes eligible */
	rig_expect(r, "1000 late 0.1! 1/2");
	rig_free(r);
}

static void expiry_goes_by_id(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 5, rig_stream(1, 2, RIG_T));
	rig_add(r, 2, rig_stream(1, 2, 2 * RIG_T));
	rig_add(r, 7, rig_stream(1, 2, 3 * RIG_T));
	rig_pkts(r, 7, 0, 1);
	rig_pkts(r, 5, 0, 2);
	rig_pkts(r, 2, 0, 1);
	assert_false(rig_decide(r, 9000));
	rig_expect(r, "9000 late 2.0! 0/1  9000 late 5.0! 0/1  9000 late 5.1! 0/2*1  9000 late 7.0! 0/1");
	rig_free(r);
}

static void change_of_parameters(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_state now;

	rig_add(r, 0, rig_stream(0, 2, RIG_T));
	rig_pkts(r, 0, 0, 4);
	assert_true(rig_decide(r, 1500));
	rig_expect(r, "1500 late 0.0! 0/3*1  1500 sent 0.1 0/2*1"); /* the tag was cleared */
	assert_true(rig_decide(r, 3000));
	rig_expect(r, "3000 late 0.2! 0/3*2  3000 sent 0.3 0/2*2");
	rig_pkts(r, 0, 3000, 1); /* ts = 4000 */

	struct rte_qsock_stream_conf conf = rig_stream(2, 5, 300);

	assert_int_equal(rte_qsock_sched_change(r->sched, 0, &conf), -EINVAL); /* below 1 us */
	conf.ipg_ns = 4 * RIG_T;
	rig_change(r, 0, conf);
	assert_int_equal(rte_qsock_sched_state(r->sched, 0, &now), 0);
	assert_int_equal(now.eligible_ns, 4000);
	assert_int_equal(now.deadline_ns, 8000);
	assert_int_equal(now.x, 2);
	assert_int_equal(now.y, 5);
	assert_int_equal(now.violations, 2);
	conf.ipg_ns = RIG_T; /* a shorter period: the timer comes earlier */
	rig_change(r, 0, conf);
	assert_false(rig_decide(r, 5000));
	rig_expect(r, "5000 late 0.4! 1/4*2");
	rig_free(r);
}

static void shorter_period_while_ready(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, 9 * RIG_T);

	rig_add(r, 0, conf);
	rig_add(r, 1, rig_stream(0, 2, 50 * RIG_T));
	rig_pkts(r, 0, 0, 1);
	rig_pkts(r, 1, 0, 1);
	assert_true(rig_decide(r, 0)); /* stream 0 is ready and waits */
	conf.ipg_ns = RIG_T;
	rig_change(r, 0, conf);
	assert_false(rig_decide(r, 1000));
	rig_expect(r, "0 sent 1.0 0/1  1000 late 0.0! 0/1");
	rig_free(r);
}

/* A removal elsewhere takes the clock along, so a change finds its stream ready and late before any poll. */
static void changed_when_ready_and_late(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);

	conf.droppable = false;
	rig_add(r, 0, conf);
	rig_add(r, 1, conf);
	rig_pkts(r, 0, 0, 2);
	assert_true(rig_decide(r, 0));
	assert_false(rig_decide(r, 10)); /* ts is 1000 */
	assert_int_equal(rte_qsock_sched_remove(r->sched, 1, 2600), 0);
	conf.ipg_ns = RIG_T + 500; /* D is 2500 */
	rig_change(r, 0, conf);
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 0);
	assert_true(rig_decide(r, 2600));
	rig_expect(r, "0 sent 0.0 1/1  2600 sent 0.1! 1/2");
	rig_free(r);
}

/* What a stream leaves behind, its timer included, does not concern the next one with its id. */
static void id_used_again(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf be = rig_stream(0, 0, 0);

	rig_add(r, 0, rig_stream(0, 1, RIG_T));
	rig_pkts(r, 0, 0, 3);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rte_qsock_sched_remove(r->sched, 0, 10), 2);
	rig_expect(r, "0 sent 0.0 0/1  10 closed 0.1 0/1  10 closed 0.2 0/1");
	be.cls = RTE_QSOCK_BEST_EFFORT;
	rig_add(r, 0, be);
	rig_pkts(r, 0, 2000, 2);
	assert_true(rig_decide(r, 5000));
	assert_int_equal(rte_qsock_sched_remove(r->sched, 0, 5000), 1);
	rig_add(r, 0, rig_stream(0, 1, RIG_T));
	rig_pkts(r, 0, 5000, 2);
	assert_true(rig_decide(r, 5000));
	assert_true(rig_decide(r, 6999));
	rig_expect(r, "5000 sent 0.0 0/0  5000 closed 0.1 0/0  5000 sent 0.0 0/1  6999 sent 0.1 0/1");
	rig_free(r);
}

/* The timer of a stream that was removed stands between those of others. */
static void id_used_again_sooner(void **state)
{
	struct rig *r = rig_new("dwcs");

	for (uint32_t id = 0; id < 4; id++) {
		rig_add(r, id, rig_stream(id == 3 ? 0 : 1, 2, 9 * RIG_T));
		rig_pkts(r, id, 0, 1);
	}
	assert_true(rig_decide(r, 0));
	assert_int_equal(rte_qsock_sched_remove(r->sched, 1, 0), 1);
	rig_add(r, 1, rig_stream(2, 3, 5 * RIG_T)); /* so that slots keep their width */
	rig_pkts(r, 1, 10, 1);
	rig_expect(r, "0 sent 3.0 0/1  0 closed 1.0 1/2");
	assert_false(rig_decide(r, 9000));
	rig_expect(r, "9000 late 0.0! 0/1  9000 late 1.0! 1/2  9000 late 2.0! 0/1");
	rig_free(r);
}

/* A stream leaves with a miss that no decision has dealt with. */
static void due_and_gone(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf be = rig_stream(0, 0, 0);

	be.cls = RTE_QSOCK_BEST_EFFORT;
	for (int how = 0; how < 2; how++) {
		uint64_t t = (uint64_t)how * 10000;

		rig_add(r, 0, rig_stream(1, 2, RIG_T));
		rig_pkts(r, 0, t, 1);
		assert_true(rig_decide(r, t));
		assert_int_equal(rig_pkt(r, 0, t, 0, t + 500), 0);
		assert_false(rig_decide(r, t + 100));
		assert_false(rig_decide(r, t + 600));
		assert_int_equal(rte_qsock_sched_remove(r->sched, 0, t + 600), 1);
		rig_add(r, 0, be);
		rig_pkts(r, 0, t + 700, 1);
		assert_true(rig_decide(r, t + 700));
		assert_int_equal(rte_qsock_sched_remove(r->sched, 0, t + 700), 0);
	}
	rig_free(r);
}

/* Each packet's deadline is far away when it is sent: its timer is left behind, and room has to be made. */
static void far_deadlines_outlive_packets(void **state)
{
	const uint64_t ipg_ns = 20000, far_ns = 10000000000;
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, ipg_ns));
	rig_pkt(r, 0, 0, 0, far_ns);
	for (uint64_t t = 0; t < 100000 * ipg_ns; t += ipg_ns) {
		assert_int_equal(rig_pkt(r, 0, t, 0, t + far_ns), 0);
		assert_true(rig_decide(r, t));
		assert_int_equal(rte_qsock_sched_next_ns(r->sched), t + ipg_ns);
	}
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answer_three),
		cmocka_unit_test(known_answer_overload),
		cmocka_unit_test(arrival_rule),
		cmocka_unit_test(no_drift),
		cmocka_unit_test(window_before_deadline),
		cmocka_unit_test(window_ties),
		cmocka_unit_test(deadline_ties),
		cmocka_unit_test(arrival_then_id),
		cmocka_unit_test(close_windows),
		cmocka_unit_test(work_conserving),
		cmocka_unit_test(best_effort_takes_the_rest),
		cmocka_unit_test(non_droppable_is_sent_late),
		cmocka_unit_test(packet_overrules_stream),
		cmocka_unit_test(long_stall),
		cmocka_unit_test(late_after_a_silence),
		cmocka_unit_test(own_deadline),
		cmocka_unit_test(own_deadline_then_period),
		cmocka_unit_test(expiry_waits_for_a_decision),
		cmocka_unit_test(expiry_goes_by_id),
		cmocka_unit_test(change_of_parameters),
		cmocka_unit_test(shorter_period_while_ready),
		cmocka_unit_test(changed_when_ready_and_late),
		cmocka_unit_test(id_used_again),
		cmocka_unit_test(id_used_again_sooner),
		cmocka_unit_test(due_and_gone),
		cmocka_unit_test(close_windows_by_rank_alone),
		cmocka_unit_test(far_deadlines_outlive_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
