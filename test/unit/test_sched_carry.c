/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams carried between two schedulers, time and again, against a scheduler where they stay: the same
 * packets have the same ends, at the same times.
 */
#include "sched/qs_carry.h"

#include "sched_rig.h"

#define STREAMS 6u
#define STEPS 4000u
#define QUEUE 24u

struct log {
	uint32_t n;
	struct rte_qsock_event ev[256];
};

static uint64_t seed;

static uint32_t some(uint32_t below)
{
	return rig_random(&seed, below);
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct log *log = arg;

	assert_true(log->n < 256);
	log->ev[log->n++] = *ev;
}

static struct rte_qsock_sched *make(const char *name, struct log *log, uint8_t precedence)
{
	const struct rte_qsock_sched_conf conf = {
		.name = name,
		.precedence = precedence,
		.max_streams = STREAMS,
		.max_packets = STREAMS * QUEUE,
		.on_drop = on_drop,
		.on_drop_arg = log,
	};
	struct rte_qsock_sched *s;

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	return s;
}

static struct rte_qsock_stream_conf some_stream(bool frames)
{
	struct rte_qsock_stream_conf conf;

	rte_qsock_stream_defaults(&conf);
	conf.ipg_ns = 1000 + some(8000);
	conf.deadline_ns = conf.ipg_ns;
	conf.old = 1 + some(6);
	conf.oln = some(conf.old);
	conf.queue_packets = 1 + some(QUEUE);
	conf.droppable = some(2);
	conf.in_order = some(2);
	conf.cls = some(4) == 0 ? RTE_QSOCK_BEST_EFFORT : RTE_QSOCK_REALTIME;
	conf.unit = frames && some(2) ? RTE_QSOCK_UNIT_FRAME : RTE_QSOCK_UNIT_PACKET;
	return conf;
}

static void carry(struct rte_qsock_sched *from, struct rte_qsock_sched *to, uint32_t id, uint64_t now_ns)
{
	struct qs_rec recs[QUEUE];
	struct qs_carried c = {.recs = recs};
	uint32_t own[QUEUE], i, n = qs_carry_size(from, id);
	uint64_t violations = qs_sched_violations(from) + qs_sched_violations(to);

	for (i = 0; i < n; i++)
		assert_non_null(qs_rec_new(to, &own[i]));
	assert_int_equal(qs_carry_out(from, id, &c), 0);
	assert_int_equal(c.n, n);
	assert_int_equal(qs_carry_size(from, id), 0);
	assert_int_equal(qs_carry_in(to, id, &c, own, now_ns), 0);
	assert_int_equal(qs_carry_size(to, id), n);
	assert_int_equal(qs_sched_violations(from) + qs_sched_violations(to), violations);
}

static void arrive(struct rte_qsock_sched *s, uint32_t id, uint64_t now_ns, uint16_t flags, uint64_t own_ns,
		   uint64_t cookie)
{
	const struct rte_qsock_pkt pkt = {
		.cookie = cookie,
		.arrival_ns = now_ns,
		.deadline_ns = own_ns,
		.len_bytes = 1000,
		.frames = 1,
		.flags = flags,
	};

	assert_in_range(rte_qsock_sched_enqueue(s, id, &pkt, now_ns), 0, 1);
}

static uint16_t some_flags(void)
{
	static const uint16_t flags[] = {0, 0, 0, ND, DR, FS, FE, FS | FE, FS | ND};

	return flags[some(sizeof(flags) / sizeof(flags[0]))];
}

static void same_event(const struct rte_qsock_event *a, const struct rte_qsock_event *b)
{
	assert_int_equal(a->stream, b->stream);
	assert_int_equal(a->pkt.cookie, b->pkt.cookie);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->x, b->x);
	assert_int_equal(a->y, b->y);
	assert_int_equal(a->late, b->late);
	assert_int_equal(a->violations, b->violations);
	assert_int_equal(a->pkt.arrival_ns, b->pkt.arrival_ns);
}

static void same_drops(struct log *a, struct log *b)
{
	assert_int_equal(a->n, b->n);
	for (uint32_t i = 0; i < a->n; i++)
		same_event(&a->ev[i], &b->ev[i]);
	a->n = 0;
	b->n = 0;
}

static uint64_t nr_sent, nr_dropped, nr_carried;

static void run(const char *name, uint8_t precedence, uint64_t run_seed)
{
	static struct log logs[2];
	struct rte_qsock_sched *stay = make(name, &logs[0], precedence);
	struct rte_qsock_sched *there[2] = {make(name, &logs[1], precedence),
					    make(name, &logs[1], precedence)};
	bool frames = strcmp(name, "dwcs") == 0 || strcmp(name, "vds") == 0;
	uint64_t now_ns = 1000000, cookie = 8;
	uint32_t id, k, at = 0;

	seed = run_seed;
	for (id = 0; id < STREAMS; id++) {
		struct rte_qsock_stream_conf conf = some_stream(frames);

		assert_int_equal(rte_qsock_sched_add(stay, id, &conf), 0);
		assert_int_equal(rte_qsock_sched_add(there[0], id, &conf), 0);
	}
	for (k = 0; k < STEPS; k++) {
		struct rte_qsock_event sent[2];
		bool found;

		now_ns += 1 + some(3000);
		if (some(5) == 0) {
			uint32_t first = some(STREAMS);

			for (id = 0; id < STREAMS; id++)
				carry(there[at], there[!at], (first + id) % STREAMS, now_ns);
			at = !at;
			nr_carried++;
		}
		/* In order of id; at least one, so that a decision is due in both. */
		for (id = some(STREAMS); id < STREAMS; id += 1 + some(3)) {
			uint16_t flags = some_flags();
			uint64_t own_ns = some(6) == 0 ? now_ns + some(6000) : 0;

			cookie += 8;
			arrive(stay, id, now_ns, flags, own_ns, cookie);
			arrive(there[at], id, now_ns, flags, own_ns, cookie);
		}
		found = rte_qsock_sched_decide(stay, now_ns, &sent[0]);
		assert_int_equal(rte_qsock_sched_decide(there[at], now_ns, &sent[1]), found);
		if (found)
			same_event(&sent[0], &sent[1]);
		nr_sent += found;
		nr_dropped += logs[0].n;
		same_drops(&logs[0], &logs[1]);
	}
	assert_int_equal(qs_sched_violations(stay),
			 qs_sched_violations(there[0]) + qs_sched_violations(there[1]));
	assert_int_equal(rte_qsock_sched_room(there[!at]), STREAMS * QUEUE);
	assert_int_equal(rte_qsock_sched_room(there[at]), rte_qsock_sched_room(stay));
	for (id = 0; id < STREAMS; id++)
		assert_int_equal(rte_qsock_sched_remove(stay, id, now_ns),
				 rte_qsock_sched_remove(there[at], id, now_ns));
	rte_qsock_sched_free(stay);
	rte_qsock_sched_free(there[0]);
	rte_qsock_sched_free(there[1]);
	logs[0].n = 0;
	logs[1].n = 0;
}

static void test_same(void **state)
{
	static const char *const names[] = {"dwcs", "vds", "edf", "fifo"};
	uint64_t s;
	uint32_t i;

	for (i = 0; i < 4; i++)
		for (s = 1; s <= 40; s++)
			run(names[i], s % 2, s);
	assert_true(nr_sent > 100000 && nr_dropped > 10000 && nr_carried > 10000);
}

/* ---- a discipline from outside: one queue after the other, by id */

static int low_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
		       uint64_t now_ns)
{
	return rte_qsock_sched_push(s, id, pkt, now_ns);
}

static bool low_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	for (uint32_t id = 0; id < STREAMS; id++)
		if (rte_qsock_sched_head(s, id) != NULL) {
			rte_qsock_sched_take(s, id, now_ns, false, sent);
			return true;
		}
	return false;
}

static const struct rte_qsock_sched_ops low_ops = {
	.name = "low",
	.enqueue = low_enqueue,
	.decide = low_decide,
};

/* All packets are there, in order, with the numbers that they had: from first on. */
static void carry_outside(uint32_t first)
{
	static struct log log;
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);
	struct rte_qsock_event sent;
	struct rte_qsock_sched *a, *b;
	uint32_t i;

	log.n = 0;
	a = make("low", &log, 0);
	b = make("low", &log, 0);
	assert_int_equal(rte_qsock_sched_add(a, 3, &conf), 0);
	a->streams[3].seq = first;
	for (i = 0; i < 10; i++)
		arrive(a, 3, 1000 + i, 0, 0, 8 * i);
	assert_true(rte_qsock_sched_decide(a, 2000, &sent));
	carry(a, b, 3, 3000);
	for (i = 1; i < 10; i++) {
		assert_true(rte_qsock_sched_decide(b, 4000, &sent));
		assert_int_equal(sent.pkt.cookie, 8 * i);
		assert_int_equal(sent.seq, (uint64_t)first + i);
		assert_int_equal(sent.pkt.arrival_ns, 3000);
	}
	assert_false(rte_qsock_sched_decide(b, 5000, &sent));
	assert_int_equal(log.n, 0);
	rte_qsock_sched_free(a);
	rte_qsock_sched_free(b);
}

static void test_outside(void **state)
{
	assert_int_equal(rte_qsock_sched_register(&low_ops), 0);
	carry_outside(0);
	carry_outside(UINT32_MAX - 4); /* their low halves wrap */
}

static void test_errors(void **state)
{
	static struct log log;
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);
	struct rte_qsock_sched *a = make("dwcs", &log, 0), *b = make("dwcs", &log, 0),
			       *edf = make("edf", &log, 0);
	struct qs_carried c = {0};

	assert_int_equal(qs_carry_out(a, 0, &c), -ENOENT);
	assert_int_equal(qs_carry_out(a, STREAMS, &c), -ENOENT);
	assert_int_equal(qs_carry_size(a, STREAMS), 0);
	conf.deadline_ns = 0;
	assert_int_equal(rte_qsock_sched_add(a, 0, &conf), 0);
	assert_int_equal(rte_qsock_sched_add(b, 0, &conf), 0);
	assert_int_equal(qs_carry_out(a, 0, &c), 0);
	assert_int_equal(qs_carry_in(b, 0, &c, NULL, 1000), -EEXIST);
	assert_int_equal(qs_carry_in(b, STREAMS, &c, NULL, 1000), -EINVAL);
	assert_int_equal(qs_carry_in(edf, 0, &c, NULL, 1000), -EINVAL);
	rte_qsock_sched_free(a);
	rte_qsock_sched_free(b);
	rte_qsock_sched_free(edf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
