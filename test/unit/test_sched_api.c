/* SPDX-License-Identifier: BSD-3-Clause */
/* What all disciplines share: sched.c, queue.c, fifo.c. */
#include "sched_rig.h"

static void refused_configurations(void **state)
{
	struct rig r;
	struct rte_qsock_sched *s;
	struct rte_qsock_sched_conf good = rig_conf(&r, "fifo"), conf;

	assert_int_equal(rte_qsock_sched_create(NULL, &s), -EINVAL);
	assert_int_equal(rte_qsock_sched_create(&good, NULL), -EINVAL);
#define REFUSED(field, value, rc)                                                                            \
	do {                                                                                                 \
		conf = good;                                                                                 \
		conf.field = value;                                                                          \
		assert_int_equal(rte_qsock_sched_create(&conf, &s), rc);                                     \
	} while (0)
	REFUSED(name, "none", -ENOENT);
	REFUSED(name, NULL, -ENOENT);
	REFUSED(on_drop, NULL, -EINVAL);
	REFUSED(max_streams, 0, -EINVAL);
	REFUSED(max_streams, RTE_QSOCK_STREAMS_MAX + 1, -EINVAL);
	REFUSED(max_packets, 0, -EINVAL);
	REFUSED(max_packets, RTE_QSOCK_PACKETS_MAX + 1, -EINVAL);
	REFUSED(precedence, 2, -EINVAL);
	rte_qsock_sched_free(NULL);
}

struct memory {
	int left; /* allocations that succeed */
	int held;
};

static void *take(void *arg, size_t bytes)
{
	struct memory *m = arg;

	if (m->left-- <= 0)
		return NULL;

	void *p = aligned_alloc(64, bytes);

	assert_non_null(p);
	assert_int_equal(bytes % 64, 0);
	m->held++;
	return memset(p, 0, bytes);
}

static void give(void *arg, void *p)
{
	struct memory *m = arg;

	m->held--;
	free(p);
}

/* Whichever allocation fails, what was taken is given back. */
static void no_memory(void **state)
{
	const char *name;

	for (unsigned int d = 0; (name = rte_qsock_sched_name(d)) != NULL; d++) {
		struct rig r;
		struct rte_qsock_sched_conf conf = rig_conf(&r, name);
		struct rte_qsock_sched *s = NULL;
		struct memory m = {.left = 0};
		int failures = 0;

		conf.alloc = take;
		conf.release = give;
		conf.alloc_arg = &m;
		for (;;) {
			m.left = failures;
			int rc = rte_qsock_sched_create(&conf, &s);

			if (rc == 0)
				break;
			assert_int_equal(rc, -ENOMEM);
			assert_int_equal(m.held, 0);
			failures++;
		}
		assert_true(failures >= 4);
		rte_qsock_sched_free(s);
		assert_int_equal(m.held, 0);
	}
}

/* Memory that comes later is memory of the caller's, too. */
static void memory_for_later(void **state)
{
	struct rig r;
	struct rte_qsock_sched_conf conf = rig_conf(&r, "dwcs");
	struct memory now = {.left = 1000};
	struct rte_qsock_sched *s = NULL;

	conf.reserve = take;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), -EINVAL);
	conf.alloc = take;
	conf.release = give;
	conf.alloc_arg = &now;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	assert_true(now.held > 4);
	rte_qsock_sched_free(s);
	assert_int_equal(now.held, 0);
}

static void streams_come_and_go(void **state)
{
	struct rig *r = rig_new("dwcs");
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T), got;
	struct rte_qsock_stream_state now;

	assert_int_equal(rte_qsock_sched_add(r->sched, 8, &conf), -EINVAL);
	assert_int_equal(rte_qsock_sched_add(r->sched, 7, &conf), 0);
	assert_int_equal(rte_qsock_sched_add(r->sched, 7, &conf), -EEXIST);
	assert_int_equal(rte_qsock_sched_conf_get(r->sched, 7, &got), 0);
	assert_int_equal(got.ipg_ns, RIG_T);
	assert_int_equal(rte_qsock_sched_conf_get(r->sched, 6, &got), -ENOENT);
	assert_int_equal(rte_qsock_sched_state(r->sched, 6, &now), -ENOENT);
	assert_int_equal(rte_qsock_sched_change(r->sched, 6, &conf), -ENOENT);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 6, 0), -ENOENT);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 99, 0), -ENOENT);
	assert_int_equal(rte_qsock_sched_state(r->sched, 7, &now), 0);
	assert_true(now.eligible_ns == RTE_QSOCK_NEVER);
	assert_int_equal(now.backlog_packets, 0);
	rig_pkts(r, 7, 100, 2);
	assert_int_equal(rte_qsock_sched_state(r->sched, 7, &now), 0);
	assert_int_equal(now.eligible_ns, 100);
	assert_int_equal(now.deadline_ns, 1100);
	assert_int_equal(now.backlog_packets, 2);
	assert_int_equal(now.backlog_bytes, 2000);
	conf.cls = RTE_QSOCK_BEST_EFFORT;
	assert_int_equal(rte_qsock_sched_change(r->sched, 7, &conf), -EBUSY);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 7, 5), 2);
	assert_int_equal(rte_qsock_sched_room(r->sched), 256);
	assert_int_equal(rte_qsock_sched_add(r->sched, 7, &conf), 0);
	rig_free(r);
}

static void refused_packets(void **state)
{
	struct rig *r = rig_new("fifo");
	struct rte_qsock_pkt pkt = {.arrival_ns = 50, .len_bytes = 60};

	rig_add(r, 0, rig_stream(0, 0, 0));
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), -EINVAL); /* no frames */
	pkt.frames = 1;
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 1, &pkt, 50), -ENOENT);
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 8, &pkt, 50), -ENOENT);
	pkt.flags = DR | ND;
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), -EINVAL);
	pkt.flags = 16;
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), -EINVAL);
	pkt.flags = 0;
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), 0);
	pkt.arrival_ns = 49; /* time does not go back */
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), -EINVAL);
	pkt.arrival_ns = RTE_QSOCK_TIME_MAX_NS + 1;
	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 0, &pkt, 50), -EINVAL);
	rig_free(r);
}

static void fifo_over_all(void **state)
{
	struct rig *r = rig_new("fifo");
	struct rte_qsock_stream_conf be = rig_stream(2, 3, 0);

	be.cls = RTE_QSOCK_BEST_EFFORT;
	rig_add(r, 0, rig_stream(1, 2, RIG_T));
	rig_add(r, 1, be);
	assert_int_equal(rig_pkt(r, 1, 0, 0, 1), 0); /* nothing expires */
	assert_int_equal(rig_pkt(r, 0, 1, FS, 2), 0);
	assert_int_equal(rig_pkt(r, 0, 1, 0, 0), 0);
	assert_int_equal(rig_pkt(r, 1, 1, 0, 0), 0);
	rig_slots(r, 90000, 1, 5);
	rig_expect(r, "90000 sent 1.0 2/3  90001 sent 0.0 1/2  90002 sent 0.1 1/2  90003 sent 1.1 2/3");
	assert_true(rte_qsock_sched_next_ns(r->sched) == RTE_QSOCK_NEVER);
	rig_free(r);
}

/* A stream that is removed leaves a fifo in the middle. */
static void fifo_without_one(void **state)
{
	struct rig *r = rig_new("fifo");

	for (uint32_t id = 0; id < 3; id++)
		rig_add(r, id, rig_stream(0, 0, 0));
	for (uint64_t t = 0; t < 2; t++)
		for (uint32_t id = 0; id < 3; id++)
			rig_pkts(r, id, t, 1);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 1, 5), 2);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 0, 5), 2);
	rig_slots(r, 6, 1, 3);
	rig_expect(r,
		   "5 closed 1.0 0/0  5 closed 1.1 0/0  5 closed 0.0 0/0  5 closed 0.1 0/0  6 sent 2.0 0/0  "
		   "7 sent 2.1 0/0");
	rig_free(r);
}

static void queue_limits(void **state)
{
	struct rig *r = rig_new("fifo");
	struct rte_qsock_stream_conf conf = rig_stream(0, 0, 0);

	conf.queue_packets = 2;
	rig_add(r, 0, conf);
	rig_pkts(r, 0, 0, 2);
	assert_int_equal(rig_pkt(r, 0, 3, 0, 0), 1);
	assert_true(rig_decide(r, 3));
	rig_pkts(r, 0, 4, 1); /* what is sent has left the queue */
	rig_expect(r, "3 full 0.2 0/0  3 sent 0.0 0/0");
	conf.queue_packets = 1; /* concerns later arrivals */
	rig_change(r, 0, conf);
	assert_int_equal(rig_pkt(r, 0, 5, 0, 0), 1);
	rig_slots(r, 5, 0, 2);
	rig_expect(r, "5 full 0.4 0/0  5 sent 0.1 0/0  5 sent 0.3 0/0");
	rig_free(r);
}

/* Records are a common store; who has no room in his own queue is told of that first. */
static void records_run_out(void **state)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "edf");
	struct rte_qsock_stream_conf stream = rig_stream(0, 0, RIG_T);
	struct rig *r;

	conf.max_packets = 3;
	r = rig_make(&conf);
	stream.queue_packets = 2;
	rig_add(r, 0, stream);
	rig_add(r, 1, stream);
	rig_pkts(r, 0, 0, 2);
	assert_int_equal(rte_qsock_sched_room(r->sched), 1);
	rig_pkts(r, 1, 0, 1);
	assert_int_equal(rig_pkt(r, 1, 0, 0, 0), -ENOBUFS);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 1);
	assert_true(rig_decide(r, 0));
	rig_pkts(r, 1, 0, 1);
	rig_expect(r, "0 full 0.2 0/0  0 sent 0.0 0/0");
	rig_free(r);
}

/* The largest queue: its length wraps to that of an empty one. */
static void largest_queue(void **state)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "dwcs");
	struct rte_qsock_stream_conf stream = rig_stream(0, 0, RIG_T);
	struct rte_qsock_stream_state now;
	struct rig *r;

	conf.max_packets = 70000;
	r = rig_make(&conf);
	stream.queue_packets = RTE_QSOCK_QUEUE_MAX;
	rig_add(r, 0, stream);
	rig_pkts(r, 0, 0, RTE_QSOCK_QUEUE_MAX);
	assert_int_equal(rig_pkt(r, 0, 0, 0, 0), 1);
	assert_int_equal(rte_qsock_sched_state(r->sched, 0, &now), 0);
	assert_int_equal(now.backlog_packets, 65536);
	assert_int_equal(now.backlog_bytes, 65536000);
	assert_true(rig_decide(r, 0));
	rig_pkts(r, 0, 0, 1);
	assert_int_equal(rte_qsock_sched_remove(r->sched, 0, 1), 65536);
	rig_free(r);
}

/* A clock that goes back is taken to stand still. */
static void clock_goes_back(void **state)
{
	struct rig *r = rig_new("dwcs");

	rig_add(r, 0, rig_stream(0, 1, RIG_T));
	rig_pkts(r, 0, 5000, 2);
	assert_true(rig_decide(r, 5500));
	assert_false(rig_decide(r, 100));
	assert_true(rig_decide(r, UINT64_MAX) == false);
	rig_expect(r, "5500 sent 0.0 0/1  4611686018427387904 late 0.1! 0/2*1");
	rig_free(r);
}

/* Any traffic, any discipline: each packet ends once, and all records come back. */
static void balance(void **state)
{
	const char *name;
	uint64_t seed = 41;

	for (unsigned int d = 0; (name = rte_qsock_sched_name(d)) != NULL; d++) {
		struct rig *r = rig_new(name);
		uint64_t offered = 0, now = 0;

		for (uint32_t id = 0; id < 8; id++) {
			struct rte_qsock_stream_conf conf = rig_stream(id % 3, 3 + id, RIG_T * (1 + id));

			conf.cls = id == 7;
			conf.unit = id / 3 % 2;
			conf.queue_packets = 1 + id * 2;
			rig_add(r, id, conf);
		}
		for (int step = 0; step < 20000; step++) {
			static const uint16_t flags[] = {0, 0, 0, FS, FE, FS | FE, ND, DR, ND | FS};

			now += rig_random(&seed, 300);
			for (uint32_t k = rig_random(&seed, 3); k > 0; k--) {
				uint64_t own = rig_random(&seed, 4) == 0 ? now + rig_random(&seed, 5000) : 0;

				offered++;
				rig_pkt(r, rig_random(&seed, 8), now, flags[rig_random(&seed, 9)], own);
			}
			if (rig_random(&seed, 2) != 0)
				rig_decide(r, now);
			r->len = 0;
		}
		for (uint32_t id = 0; id < 8; id++)
			assert_true(rte_qsock_sched_remove(r->sched, id, now) >= 0);
		assert_int_equal(r->sent + r->dropped, offered);
		assert_int_equal(rte_qsock_sched_room(r->sched), 256);
		rig_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_configurations), cmocka_unit_test(no_memory),
		cmocka_unit_test(memory_for_later),	  cmocka_unit_test(streams_come_and_go),
		cmocka_unit_test(refused_packets),	  cmocka_unit_test(fifo_over_all),
		cmocka_unit_test(fifo_without_one),	  cmocka_unit_test(queue_limits),
		cmocka_unit_test(records_run_out),	  cmocka_unit_test(largest_queue),
		cmocka_unit_test(clock_goes_back),	  cmocka_unit_test(balance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
