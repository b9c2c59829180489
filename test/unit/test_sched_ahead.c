/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers taken ahead of their time: what happens is what happens where none are. */
#include "sched/qs_clock.h"
#include "sched_rig.h"

#define STREAMS 48u /* more than are taken at a time */
#define SLOT_NS 40u

struct pair {
	struct rig *ahead, *plain;
	uint64_t most; /* that were ahead at once */
};

static struct pair pair_make(const char *name, bool deadline_first)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, name);
	struct pair p = {.most = 0};

	conf.max_streams = STREAMS;
	conf.max_packets = 16 * STREAMS;
	conf.precedence = deadline_first ? RTE_QSOCK_PRECEDENCE_DEADLINE : RTE_QSOCK_PRECEDENCE_WINDOW;
	p.ahead = rig_make(&conf);
	p.plain = rig_make(&conf);
	return p;
}

static void pair_free(struct pair *p)
{
	rig_free(p->ahead);
	rig_free(p->plain);
}

/* One of so many streams, or packets, is not plain. Periods are some slots each. */
static struct rte_qsock_stream_conf any_stream(uint64_t *seed, uint32_t plain)
{
	uint32_t y = 1 + rig_random(seed, 4);
	struct rte_qsock_stream_conf conf = rig_stream(rig_random(seed, y + 1), y, 0);

	conf.ipg_ns = RIG_T * (1 + rig_random(seed, 6)) + rig_random(seed, 3) * 7;
	conf.queue_packets = 12;
	conf.droppable = rig_random(seed, 2) != 0;
	if (rig_random(seed, plain) == 0)
		conf.unit = RTE_QSOCK_UNIT_FRAME;
	if (rig_random(seed, 20) == 0)
		conf.cls = RTE_QSOCK_BEST_EFFORT;
	return conf;
}

static void change(struct pair *p, uint32_t id, uint64_t now_ns, uint64_t *seed, uint32_t plain)
{
	struct rte_qsock_stream_conf conf = any_stream(seed, plain);

	switch (rig_random(seed, 3)) {
	case 0:
		assert_int_equal(rte_qsock_sched_change(p->ahead->sched, id, &conf),
				 rte_qsock_sched_change(p->plain->sched, id, &conf));
		break;
	case 1:
		assert_int_equal(rte_qsock_sched_remove(p->ahead->sched, id, now_ns),
				 rte_qsock_sched_remove(p->plain->sched, id, now_ns));
		break;
	default:
		assert_int_equal(rte_qsock_sched_add(p->ahead->sched, id, &conf),
				 rte_qsock_sched_add(p->plain->sched, id, &conf));
	}
}

static void arrive(struct pair *p, uint32_t id, uint64_t now_ns, uint64_t *seed, uint32_t plain)
{
	uint64_t own_ns = rig_random(seed, 4 * plain) == 0 ? now_ns + rig_random(seed, 2 * RIG_T) : 0;
	uint16_t flags = rig_random(seed, plain) == 0 ? (uint16_t)(rig_random(seed, 4) << 2) : 0;

	assert_int_equal(rig_pkt(p->ahead, id, now_ns, flags, own_ns),
			 rig_pkt(p->plain, id, now_ns, flags, own_ns));
}

static void decide(struct pair *p, uint64_t now_ns)
{
	struct qs_ahead *a = &qs_clock(p->ahead->sched)->ahead;

	a->pause = a->pause > 8 ? 8 : a->pause; /* a test does not last as long as a pause */
	qs_clock(p->plain->sched)->ahead.pause = QS_AHEAD_PAUSE;
	assert_int_equal(rig_decide(p->ahead, now_ns), rig_decide(p->plain, now_ns));
	assert_int_equal(qs_ahead_any(&qs_clock(p->plain->sched)->ahead), false);
	assert_int_equal(rte_qsock_sched_next_ns(p->ahead->sched), rte_qsock_sched_next_ns(p->plain->sched));
	p->most = a->end - a->at > p->most ? a->end - a->at : p->most;
}

/* changes: one of so many steps is one. */
static void as_plain(const char *name, bool deadline_first, uint32_t changes, uint32_t plain)
{
	uint64_t most = 0;

	for (uint64_t first = 1; first < 12; first++) {
		struct pair p = pair_make(name, deadline_first);
		uint64_t seed = first, now_ns = 0;

		for (uint32_t id = 0; id < STREAMS; id++) {
			struct rte_qsock_stream_conf conf = any_stream(&seed, plain);

			rig_add(p.ahead, id, conf);
			rig_add(p.plain, id, conf);
		}
		for (uint32_t i = 0; i < 6000; i++) {
			uint32_t id = rig_random(&seed, STREAMS);

			if (rig_random(&seed, changes) == 0)
				change(&p, id, now_ns, &seed, plain);
			else if (rig_random(&seed, 2) == 0)
				arrive(&p, id, now_ns, &seed, plain);
			else
				decide(&p, now_ns);
			if (rig_random(&seed, 10) == 0) /* another epoch: as if much time had passed */
				qs_clock(p.ahead->sched)->row.scale.renew_ns = 0;
			now_ns += rig_random(&seed, 2) == 0 ? SLOT_NS : 0;
			now_ns += rig_random(&seed, 100) == 0 ? rig_random(&seed, 6 * RIG_T) : 0;
			assert_string_equal(p.ahead->log, p.plain->log);
			rig_expect(p.ahead, p.ahead->log);
			rig_expect(p.plain, p.plain->log);
		}
		assert_true(p.ahead->sent > 1000);
		most = p.most > most ? p.most : most;
		pair_free(&p);
	}
	assert_true(most > 4);
}

static void dwcs_window(void **state)
{
	as_plain("dwcs", false, 50, 15);
}

static void dwcs_deadline(void **state)
{
	as_plain("dwcs", true, 50, 15);
}

static void vds(void **state)
{
	as_plain("vds", false, 50, 15);
}

static void few_changes(void **state)
{
	as_plain("dwcs", false, 2000, 100);
	as_plain("vds", false, 2000, 100);
}

static void many_frames(void **state)
{
	as_plain("dwcs", false, 200, 3);
	as_plain("vds", false, 200, 3);
}

/* What arrives may move a period whose begin has been taken already: a packet of a frame that is lost. */
static void moved_by_an_arrival(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, rig_stream(1, 2, RIG_T));
	rig_add(r, 2, rig_stream(1, 2, RTE_QSOCK_IPG_MAX_NS));
	rig_pkts(r, 2, 0, 2); /* so that none is alone */
	assert_true(rig_decide(r, 0));
	assert_int_equal(rig_pkt(r, 0, 0, FS | DR, 0), 0);
	assert_false(rig_decide(r, 1000));
	rig_pkts(r, 1, 1050, 2);
	assert_true(rig_decide(r, 1050));
	assert_int_equal(rig_pkt(r, 0, 1100, ND, 0), 0);
	assert_int_equal(rig_pkt(r, 0, 1100, ND, 0), 0);
	assert_true(rig_decide(r, 1100));
	assert_true(rig_decide(r, 2060));
	assert_true(qs_ahead_any(&qs_clock(r->sched)->ahead)); /* stream 0 at 2100 */
	assert_int_equal(rig_pkt(r, 0, 2070, DR, 0), 1);
	assert_false(rig_decide(r, 2100));
	assert_true(rig_decide(r, 3100));
	rig_expect(r, "0 sent 2.0 1/1  1000 late 0.0! 0/1  1050 sent 1.0 1/1  1100 sent 0.1 1/2  "
		      "2060 sent 1.1 1/2  2070 frame 0.3! 0/1  3100 sent 0.2 1/2");
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dwcs_window), cmocka_unit_test(dwcs_deadline),
		cmocka_unit_test(vds),	       cmocka_unit_test(few_changes),
		cmocka_unit_test(many_frames), cmocka_unit_test(moved_by_an_arrival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
