/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Batches and bursts, as the live core uses a scheduler, against one packet and one decision at a time: the
 * same packets in the same order with the same events, whatever is changed meanwhile.
 */
#include "sched/qs_clock.h"
#include "sched/qs_pick.h"

#include "sched_rig.h"

#define STREAMS_MAX 300u
#define PACKETS 4000u
#define BATCH 150u
#define LOG_MAX 400u

struct log {
	uint32_t n;
	uint64_t sum; /* of what did not fit */
	struct rte_qsock_event ev[LOG_MAX];
};

struct pair {
	struct rte_qsock_sched *batched, *single;
	struct log drops[2];
	struct qs_pace pace[2];
	uint32_t nr_streams;
	bool clocked; /* dwcs or vds */
	bool used[STREAMS_MAX];
	uint64_t seed;
	uint64_t period_ns;
	uint32_t alike;		  /* of 16 packets: so many are of the stream of the one before */
	uint64_t picked, dropped; /* over all runs */
};

static uint32_t some(struct pair *p, uint32_t below)
{
	return rig_random(&p->seed, below);
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct log *log = arg;

	if (log->n < LOG_MAX)
		log->ev[log->n++] = *ev;
	else
		log->sum += ev->time_ns * 31 + ev->seq * 7 + ev->stream + ev->x + ev->y * 3 + ev->type;
}

static void assert_event(const struct rte_qsock_event *a, const struct rte_qsock_event *b)
{
	assert_int_equal(a->stream, b->stream);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->violations, b->violations);
	assert_int_equal(a->x, b->x);
	assert_int_equal(a->y, b->y);
	assert_int_equal(a->late, b->late);
	assert_int_equal(a->pkt.cookie, b->pkt.cookie);
	assert_int_equal(a->pkt.arrival_ns, b->pkt.arrival_ns);
	assert_int_equal(a->pkt.flags, b->pkt.flags);
}

/* Drops on arrival come in the order of arrivals, which is not the same: they are compared by stream. */
static int by_stream(const void *a, const void *b)
{
	const struct rte_qsock_event *ea = a, *eb = b;

	if (ea->stream != eb->stream)
		return ea->stream < eb->stream ? -1 : 1;
	return ea->seq < eb->seq ? -1 : ea->seq > eb->seq;
}

static void assert_drops(struct pair *p, bool sorted)
{
	struct log *a = &p->drops[0], *b = &p->drops[1];

	assert_int_equal(a->n, b->n);
	assert_true(a->sum == b->sum);
	if (sorted) {
		qsort(a->ev, a->n, sizeof(a->ev[0]), by_stream);
		qsort(b->ev, b->n, sizeof(b->ev[0]), by_stream);
	}
	for (uint32_t i = 0; i < a->n; i++)
		assert_event(&a->ev[i], &b->ev[i]);
	p->dropped += a->n;
	a->n = b->n = 0;
}

static struct rte_qsock_stream_conf some_stream(struct pair *p)
{
	struct rte_qsock_stream_conf conf;

	rte_qsock_stream_defaults(&conf);
	conf.ipg_ns = p->period_ns + p->period_ns / 4 * some(p, 8);
	if (some(p, 6) == 0)
		conf.ipg_ns += some(p, 4000);
	if (some(p, 12) == 0)
		conf.ipg_ns *= 200;
	conf.deadline_ns = conf.ipg_ns;
	conf.old = 1 + some(p, some(p, 8) != 0 ? 5 : 60000);
	conf.oln = some(p, conf.old + 1);
	conf.queue_packets = some(p, 4) != 0 ? 64 : 1 + some(p, 3);
	conf.droppable = some(p, 2) != 0;
	conf.in_order = some(p, 3) == 0;
	conf.unit = some(p, 6) == 0 ? RTE_QSOCK_UNIT_FRAME : RTE_QSOCK_UNIT_PACKET;
	conf.cls = some(p, 10) == 0 ? RTE_QSOCK_BEST_EFFORT : RTE_QSOCK_REALTIME;
	return conf;
}

static struct rte_qsock_pkt some_packet(struct pair *p, bool plain)
{
	struct rte_qsock_pkt pkt = {
		.cookie = some(p, 1u << 30),
		.arrival_ns = p->pace[0].clock_ns,
		.len_bytes = 60 + some(p, 4) * 400,
		.frames = 1,
	};

	if (plain)
		return pkt;
	if (some(p, 8) == 0)
		pkt.deadline_ns = pkt.arrival_ns + 1 + some(p, (uint32_t)p->period_ns * 3);
	if (some(p, 8) == 0)
		pkt.flags |= some(p, 2) != 0 ? DR : ND;
	if (some(p, 12) == 0)
		pkt.flags |= FS;
	if (some(p, 12) == 0)
		pkt.flags |= FE;
	return pkt;
}

/* Whoever has become ready is put in order alone: another way than that of a batch. */
static void order_single(struct pair *p)
{
	struct qs_clock *c = qs_clock(p->single);

	if (p->clocked && c->row.sorted != c->row.end)
		c->rules->order(p->single);
}

/* The same packets: a batch in any order of ids that is allowed, and one by one in order. */
static void arrive(struct pair *p, uint32_t n, bool plain)
{
	static struct rte_qsock_pkt pkts[BATCH];
	uint32_t ids[BATCH], recs[BATCH], lost[BATCH], nr_lost = 0, nr_refused = 0;
	bool shuffled = !qs_sched_needs_order(p->batched);

	if (n > rte_qsock_sched_room(p->batched))
		n = rte_qsock_sched_room(p->batched);
	for (uint32_t k = 0; k < n; k++) {
		ids[k] = k > 0 && some(p, 16) < p->alike ? ids[k - 1] : some(p, p->nr_streams);
		pkts[k] = some_packet(p, plain);
	}
	for (uint32_t k = 1; !shuffled && k < n; k++) /* in order of id */
		for (uint32_t j = k; j > 0 && ids[j] < ids[j - 1]; j--) {
			uint32_t t = ids[j];

			ids[j] = ids[j - 1];
			ids[j - 1] = t;
		}
	for (uint32_t k = 0; k < n; k++) {
		struct qs_rec *rec = qs_rec_new(p->batched, &recs[k]);

		assert_non_null(rec);
		rec->pkt = pkts[k];
		rec->stream = ids[k];
	}
	memcpy(lost, recs, sizeof(lost));
	nr_lost = qs_sched_arrive(p->batched, lost, n, p->pace[0].clock_ns);
	for (uint32_t k = 0; k < nr_lost; k++) {
		assert_false(p->used[qs_rec_at(p->batched, lost[k])->stream]);
		qs_rec_put(p->batched, lost[k]);
	}
	for (uint32_t id = 0; id < p->nr_streams; id++)
		for (uint32_t k = 0; k < n; k++) {
			if (ids[k] != id)
				continue;

			int rc = rte_qsock_sched_enqueue(p->single, id, &pkts[k], p->pace[1].clock_ns);

			assert_true(rc >= 0 || rc == -ENOENT);
			order_single(p);
			nr_refused += rc < 0;
		}
	assert_int_equal(nr_lost, nr_refused);
	p->pace[0].want = p->pace[1].want = true;
	assert_drops(p, true);
	assert_int_equal(rte_qsock_sched_room(p->batched), rte_qsock_sched_room(p->single));
}

/* What the core does for one decision. */
static bool decide_one(struct pair *p, struct rte_qsock_event *sent, uint64_t *start_ns)
{
	struct qs_pace *pace = &p->pace[1];
	uint64_t now_ns = pace->clock_ns > pace->free_ns ? pace->clock_ns : pace->free_ns;
	uint64_t earliest_ns = pace->clock_ns > pace->catchup_ns ? pace->clock_ns - pace->catchup_ns : 0;

	if (pace->clock_ns + pace->ahead_ns < pace->free_ns)
		return false;
	if (!pace->want && rte_qsock_sched_next_ns(p->single) > now_ns)
		return false;
	pace->decisions++;
	pace->now_ns = now_ns;
	pace->want = rte_qsock_sched_decide(p->single, now_ns, sent);
	if (!pace->want)
		return false;
	*start_ns = pace->free_ns > earliest_ns ? pace->free_ns : earliest_ns;
	pace->free_ns = *start_ns + qs_link_time_ns(&pace->link, sent->pkt.len_bytes, sent->pkt.frames);
	return true;
}

static void pick(struct pair *p, uint32_t max)
{
	struct qs_picked picked[BATCH];
	uint32_t n = qs_sched_pick(p->batched, &p->pace[0], picked, max);
	struct rte_qsock_event a, b;
	uint64_t start_ns;

	for (uint32_t k = 0; k < n; k++) {
		const struct qs_rec *rec = qs_rec_at(p->batched, picked[k].rec);

		assert_true(decide_one(p, &b, &start_ns));
		assert_int_equal(rec->stream, b.stream);
		assert_int_equal(rec->pkt.cookie, b.pkt.cookie);
		assert_int_equal(picked[k].late, b.late);
		assert_int_equal(picked[k].now_ns, b.time_ns);
		assert_int_equal(picked[k].start_ns, start_ns);
		if (max == 1) {
			qs_sched_event(p->batched, &picked[k], &a);
			assert_event(&a, &b);
		}
		qs_rec_put(p->batched, picked[k].rec);
	}
	if (n < max)
		assert_false(decide_one(p, &b, &start_ns));
	assert_int_equal(p->pace[0].want, p->pace[1].want);
	assert_int_equal(p->pace[0].free_ns, p->pace[1].free_ns);
	assert_int_equal(p->pace[0].decisions, p->pace[1].decisions);
	assert_drops(p, false);
	p->picked += n;
}

static void add(struct pair *p, uint32_t id)
{
	struct rte_qsock_stream_conf conf = some_stream(p);
	int rc = rte_qsock_sched_add(p->batched, id, &conf);

	assert_int_equal(rte_qsock_sched_add(p->single, id, &conf), rc);
	p->used[id] = p->used[id] || rc == 0;
	if (rc == 0 && some(p, 8) == 0) /* soon its numbers take more than 32 bits */
		p->batched->streams[id].seq = p->single->streams[id].seq = UINT32_MAX - some(p, 40);
}

/* Streams come, go and change. */
static void churn(struct pair *p)
{
	uint32_t id = some(p, p->nr_streams);
	struct rte_qsock_stream_conf conf = some_stream(p);

	if (!p->used[id]) {
		add(p, id);
	} else if (some(p, 3) == 0) {
		assert_int_equal(rte_qsock_sched_remove(p->batched, id, p->pace[0].clock_ns),
				 rte_qsock_sched_remove(p->single, id, p->pace[1].clock_ns));
		p->used[id] = false;
	} else {
		assert_int_equal(rte_qsock_sched_change(p->batched, id, &conf),
				 rte_qsock_sched_change(p->single, id, &conf));
	}
	assert_drops(p, false);
}

static void assert_states(struct pair *p)
{
	uint64_t violations = 0;

	for (uint32_t id = 0; id < p->nr_streams; id++) {
		struct rte_qsock_stream_state a, b;

		if (!p->used[id])
			continue;
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		assert_int_equal(rte_qsock_sched_state(p->batched, id, &a), 0);
		assert_int_equal(rte_qsock_sched_state(p->single, id, &b), 0);
		assert_int_equal(a.deadline_ns, b.deadline_ns);
		assert_int_equal(a.eligible_ns, b.eligible_ns);
		assert_int_equal(a.backlog_packets, b.backlog_packets);
		assert_int_equal(a.backlog_bytes, b.backlog_bytes);
		assert_int_equal(a.violations, b.violations);
		violations += a.violations;
	}
	assert_int_equal(qs_sched_violations(p->batched), qs_sched_violations(p->single));
	assert_true(qs_sched_violations(p->batched) >= violations);
}

static struct rte_qsock_sched *make(struct pair *p, struct log *drops, const char *name, bool deadline_first,
				    bool work_conserving)
{
	struct rte_qsock_sched *s;
	const struct rte_qsock_sched_conf conf = {
		.name = name,
		.precedence = deadline_first ? RTE_QSOCK_PRECEDENCE_DEADLINE : RTE_QSOCK_PRECEDENCE_WINDOW,
		.work_conserving = work_conserving,
		.max_streams = p->nr_streams,
		.max_packets = PACKETS,
		.on_drop = on_drop,
		.on_drop_arg = drops,
	};

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	return s;
}

/* Load about 1, in polls of many packets or few. */
static void run(const char *name, bool deadline_first, uint64_t seed)
{
	static struct pair p;
	bool plain = seed % 2 == 0, work_conserving;
	uint32_t batch;

	memset(&p, 0, sizeof(p));
	p.seed = seed * 7919;
	p.clocked = strcmp(name, "dwcs") == 0 || strcmp(name, "vds") == 0;
	p.nr_streams = (const uint32_t[]){1, 5, 40, 100, STREAMS_MAX}[some(&p, 5)];
	p.period_ns = 1000 * p.nr_streams;
	p.alike = some(&p, 2) != 0 ? some(&p, 16) : 0;
	work_conserving = some(&p, 2) != 0;
	batch = 1 + some(&p, some(&p, 2) != 0 ? 8 : BATCH);
	p.batched = make(&p, &p.drops[0], name, deadline_first, work_conserving);
	p.single = make(&p, &p.drops[1], name, deadline_first, work_conserving);
	for (int i = 0; i < 2; i++) {
		p.pace[i].link.rate_bps = 8000000000u;
		p.pace[i].link.overhead_bytes = 24;
		p.pace[i].ahead_ns = seed % 3 == 0 ? 3000 : 0;
		p.pace[i].catchup_ns = seed % 5 == 0 ? 1000000 : 0;
	}
	for (uint32_t id = 0; id < p.nr_streams; id++)
		if (some(&p, 10) != 0)
			add(&p, id);
	for (uint32_t round = 0; round < 400; round++) {
		uint64_t step_ns = some(&p, batch * 1000) + (some(&p, 100) == 0 ? some(&p, 20000000) : 0);

		p.pace[0].clock_ns += step_ns;
		p.pace[1].clock_ns = p.pace[0].clock_ns;
		arrive(&p, some(&p, batch + 1), plain);
		for (uint32_t bursts = some(&p, 4); bursts > 0; bursts--)
			pick(&p, 1 + some(&p, some(&p, 2) != 0 ? 2 : BATCH));
		if (some(&p, 20) == 0)
			churn(&p);
		if (round % 50 == 0)
			assert_states(&p);
	}
	assert_states(&p);
	assert_true(p.picked > 0);
	rte_qsock_sched_free(p.batched);
	rte_qsock_sched_free(p.single);
}

static void dwcs_window(void **state)
{
	for (uint64_t seed = 1; seed <= 120; seed++)
		run("dwcs", false, seed);
}

static void dwcs_deadline(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		run("dwcs", true, seed);
}

static void vds(void **state)
{
	for (uint64_t seed = 1; seed <= 90; seed++)
		run("vds", false, seed);
}

static void edf(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		run("edf", false, seed);
}

static void fifo(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		run("fifo", false, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dwcs_window), cmocka_unit_test(dwcs_deadline), cmocka_unit_test(vds),
		cmocka_unit_test(edf),	       cmocka_unit_test(fifo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
