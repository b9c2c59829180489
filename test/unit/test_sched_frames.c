/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in dwcs: miss.c (unit = packet) and request.c (unit = frame). */
#include "sched_rig.h"

static struct rig *with(struct rte_qsock_stream_conf conf)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, conf);
	return r;
}

static struct rig *by_packet(void)
{
	return with(rig_stream(5, 9, RIG_T));
}

static struct rig *by_frame(uint32_t queue_packets)
{
	struct rte_qsock_stream_conf conf = rig_stream(5, 9, RIG_T);

	conf.unit = RTE_QSOCK_UNIT_FRAME;
	conf.queue_packets = queue_packets;
	return with(conf);
}

/* unit = packet: the rest of the frame follows the late one, each a miss. */
static void packets_condemned(void **state)
{
	struct rig *r = by_packet();

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_false(rig_decide(r, 1000)); /* D: 1000, and with two misses 3000 */
	rig_expect(r, "1000 late 0.0! 4/8  1000 frame 0.2! 3/7");
	assert_true(rig_decide(r, 2000));
	rig_expect(r, "2000 sent 0.1 3/6"); /* not late: D was 3000 */
	assert_true(rig_decide(r, 3000));
	rig_expect(r, "3000 sent 0.3 3/5");
	rig_free(r);
}

/* What is still to come is dropped on arrival, after the arrival rule, and D goes on. */
static void packets_to_come(void **state)
{
	struct rig *r = by_packet();

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_false(rig_decide(r, 1000));
	assert_int_equal(rig_pkt(r, 0, 5000, 0, 0), 1); /* ts = 5000, then 6000 */
	assert_int_equal(rig_pkt(r, 0, 5000, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 5000, FE, 0), 1); /* ts = 7000 */
	assert_int_equal(rig_pkt(r, 0, 5000, 0, 0), 0);
	rig_expect(r, "1000 late 0.0! 4/8  5000 frame 0.1! 3/7  5000 frame 0.3! 2/6");
	assert_false(rig_decide(r, 6999));
	assert_true(rig_decide(r, 7000));
	assert_true(rig_decide(r, 8000));
	rig_expect(r, "7000 sent 0.2 2/5  8000 sent 0.4 2/4");
	rig_free(r);
}

/* A stream that is ready may have to wait again: its D goes on by drops on arrival. */
static void ready_waits_again(void **state)
{
	struct rig *r = by_packet();

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_false(rig_decide(r, 1000));
	assert_int_equal(rig_pkt(r, 0, 3000, ND, 0), 0); /* ready */
	assert_int_equal(rig_pkt(r, 0, 3000, 0, 0), 1);	 /* ts = 4000 */
	assert_false(rig_decide(r, 3000));
	assert_true(rig_decide(r, 4000));
	rig_expect(r, "1000 late 0.0! 4/8  3000 frame 0.2! 3/7  4000 sent 0.1 3/6");
	rig_free(r);
}

static void next_start_is_free(void **state)
{
	struct rig *r = by_packet();

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_false(rig_decide(r, 1000));
	assert_int_equal(rig_pkt(r, 0, 2000, FS, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 2000, 0, 0), 0);
	rig_expect(r, "1000 late 0.0! 4/8");
	rig_free(r);
}

/* Packets of a frame share one period; rule A runs at its end. */
static void frame_is_one_request(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0); /* outside: a frame of one */
	assert_int_equal(rig_pkt(r, 0, 0, FS | FE, 0), 0);
	rig_slots(r, 0, 1, 4);
	rig_expect(r, "0 sent 0.0 5/9  1 sent 0.1 5/9  2 sent 0.2 5/8");
	assert_true(rig_decide(r, 1000));
	assert_false(rig_decide(r, 1500));
	assert_true(rig_decide(r, 2000));
	rig_expect(r, "1000 sent 0.3 5/7  2000 sent 0.4 5/6");
	rig_free(r);
}

/* The end is still to come: the frame goes on, without the arrival rule. */
static void frame_goes_on(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rig_pkt(r, 0, 400, 0, 0), 0);
	assert_true(rig_decide(r, 400)); /* still D = 1000 */
	assert_int_equal(rig_pkt(r, 0, 900, FE, 0), 0);
	assert_true(rig_decide(r, 900));
	rig_expect(r, "0 sent 0.0 5/9  400 sent 0.1 5/9  900 sent 0.2 5/8");
	rig_free(r);
}

/* Not backlogged, nothing is missed; the first packet that comes after D finds it missed. */
static void miss_after_a_pause(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rig_pkt(r, 0, 1500, 0, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 1500, ND, 0), 0);
	assert_true(rig_decide(r, 1500));
	rig_expect(r, "0 sent 0.0 5/9  1500 late 0.1! 4/8  1500 sent 0.2! 4/8");
	assert_int_equal(rig_pkt(r, 0, 1600, 0, 0), 1);
	assert_int_equal(rig_pkt(r, 0, 1600, ND | FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 1600, 0, 0), 0);
	assert_true(rig_decide(r, 1600)); /* the end: no rule A, D = 2000 */
	assert_true(rig_decide(r, 1700));
	rig_expect(r, "1600 frame 0.3! 4/8  1600 sent 0.4! 4/8  1700 sent 0.5 4/7");
	rig_free(r);
}

/* One miss only, however long it takes. */
static void one_miss(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS | ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, ND | FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, FS | FE, 0), 0);
	assert_true(rig_decide(r, 5500));
	rig_expect(r, "5500 frame 0.1! 4/8  5500 sent 0.0! 4/8");
	assert_true(rig_decide(r, 5600));
	rig_expect(r, "5600 sent 0.2! 4/8"); /* over: D = 2000, which the next frame misses at once */
	assert_false(rig_decide(r, 5700));
	rig_expect(r, "5700 late 0.3! 3/7");
	rig_free(r);
}

/* The last packet is dropped on arrival: then the frame is over. */
static void end_dropped_on_arrival(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_false(rig_decide(r, 1000));
	assert_int_equal(rig_pkt(r, 0, 1200, FE, 0), 1);
	assert_int_equal(rig_pkt(r, 0, 1200, 0, 0), 0); /* ts = max(1000, 1200) */
	assert_true(rig_decide(r, 2199));
	rig_expect(r, "1000 late 0.0! 4/8  1200 frame 0.1! 4/8  2199 sent 0.2 4/7");
	rig_free(r);
}

/* A start ends what has not ended: clean, by rule A. */
static void next_start_ends(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rig_pkt(r, 0, 100, FS | FE, 0), 0); /* 5/8, ts = 1000 */
	assert_false(rig_decide(r, 999));
	assert_true(rig_decide(r, 1000));
	rig_expect(r, "0 sent 0.0 5/9  1000 sent 0.1 5/7");
	rig_free(r);
}

static void queue_drop_spoils(void **state)
{
	struct rig *r = by_frame(2);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, FE, 0), 1);
	rig_slots(r, 0, 1, 2);
	rig_expect(r, "0 full 0.2 5/9  0 sent 0.0 5/9  1 sent 0.1 5/9"); /* no rule A */
	assert_int_equal(rig_pkt(r, 0, 10, FS | FE, 0), 0);
	assert_false(rig_decide(r, 10)); /* but a period */
	assert_true(rig_decide(r, 1000));
	rig_expect(r, "1000 sent 0.3 5/8");
	rig_free(r);
}

/* The first packet of a frame finds the queue full, the next has room. */
static void queue_drop_at_the_start(void **state)
{
	struct rig *r = by_frame(1);

	assert_int_equal(rig_pkt(r, 0, 0, FS | FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 0, FS, 0), 1);
	assert_true(rig_decide(r, 0));
	assert_int_equal(rig_pkt(r, 0, 10, FE, 0), 0);
	assert_true(rig_decide(r, 1000));
	rig_expect(r, "0 full 0.1 5/9  0 sent 0.0 5/8  1000 sent 0.2 5/8"); /* no rule A for the second */
	/* A frame that never had room takes no period. */
	assert_int_equal(rig_pkt(r, 0, 3000, FS | FE, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 3000, FS, 0), 1);
	assert_true(rig_decide(r, 3000));
	assert_int_equal(rig_pkt(r, 0, 3100, FS | FE, 0), 0);
	assert_false(rig_decide(r, 3999));
	assert_true(rig_decide(r, 4000));
	rig_expect(r, "3000 full 0.4 5/8  3000 sent 0.3 5/7  4000 sent 0.5 5/6");
	rig_free(r);
}

/* The head's own deadline is the frame's miss. */
static void own_deadline(void **state)
{
	struct rig *r = by_frame(9);

	assert_int_equal(rig_pkt(r, 0, 0, FS, 300), 0);
	assert_int_equal(rig_pkt(r, 0, 0, ND | FE, 0), 0);
	assert_true(rig_decide(r, 300));
	rig_expect(r, "300 late 0.0! 4/8  300 sent 0.1! 4/8");
	rig_free(r);
}

/* A frame that has had its miss may outlast D, and still comes first by it. */
static void outlasts_its_deadline(void **state)
{
	struct rte_qsock_stream_conf stream = rig_stream(5, 9, RIG_T);
	struct rig *r = rig_dwcs(RTE_QSOCK_PRECEDENCE_DEADLINE, false);

	stream.unit = RTE_QSOCK_UNIT_FRAME;
	rig_add(r, 0, stream);
	rig_add(r, 1, rig_stream(1, 2, 5 * RIG_T));
	rig_add(r, 2, rig_stream(1, 2, RIG_T));
	assert_int_equal(rig_pkt(r, 0, 0, FS, 300), 0);
	assert_int_equal(rig_pkt(r, 0, 0, ND | FE, 0), 0);
	rig_pkts(r, 1, 0, 1);
	assert_int_equal(rig_pkt(r, 2, 0, 0, 350), 0);
	assert_true(rig_decide(r, 310)); /* stream 2 is earlier than D = 1000 */
	assert_true(rig_decide(r, 1500));
	assert_true(rig_decide(r, 1501));
	rig_expect(r, "310 late 0.0! 4/8  310 sent 2.0 1/1  1500 sent 0.1! 4/8  1501 sent 1.0 1/1");
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_condemned),	  cmocka_unit_test(packets_to_come),
		cmocka_unit_test(ready_waits_again),	  cmocka_unit_test(next_start_is_free),
		cmocka_unit_test(frame_is_one_request),	  cmocka_unit_test(frame_goes_on),
		cmocka_unit_test(miss_after_a_pause),	  cmocka_unit_test(one_miss),
		cmocka_unit_test(end_dropped_on_arrival), cmocka_unit_test(next_start_ends),
		cmocka_unit_test(queue_drop_spoils),	  cmocka_unit_test(queue_drop_at_the_start),
		cmocka_unit_test(own_deadline),		  cmocka_unit_test(outlasts_its_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
