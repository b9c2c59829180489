/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two TX cores that share a device, a queue each, beside one. Every core makes packets, sends them on its own
 * member's sockets and polls the member, so that none waits for another: what two cores cost each other is
 * the device, the memory and the machine. Time is CPU time of each core.
 *
 * A move and a balancing step are timed where they run: one core polls both members, and the clock is read
 * around the messages that it serves. Their queues are of a stream whose time has not come.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_qsock_egress.h>
#include <rte_qsock_group.h>

#include "core/qs_ctl.h"
#include "core/qs_port.h"
#include "perf.h"
#include "sender.h"

#define MEMBERS 2u
#define SOCKETS_MAX 65536u /* of a member: each has tables for the sockets of all */
#define QUEUE_MIN 64u
#define MOVES 400u /* of a repetition */
#define MOVED_SIZES 3u

static const uint32_t moved_packets[MOVED_SIZES] = {0, 32, 1024};

/* A core that sends and polls. */
struct core {
	const struct perf_world *w;
	const struct perf_port *p;
	enum sender_kind kind;
	uint64_t packets;
	double ns; /* a packet */
};

static int core_run(void *arg)
{
	struct core *c = arg;
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	double start = perf_cpu_ns();
	uint32_t state = 1, i;
	uint64_t done;
	uint16_t n;

	for (done = 0; done < c->packets; done += PERF_BURST) {
		while (rte_pktmbuf_alloc_bulk(c->w->pool, m, PERF_BURST) != 0)
			rte_qsock_tx_poll(c->p->port);
		for (i = 0; i < PERF_BURST; i++)
			perf_write(m[i]);
		sender_choose(c->p, c->kind, qs, &state);
		for (n = PERF_BURST; n > 0;) {
			n = sender_put(c->kind, qs, m, n);
			rte_qsock_tx_poll(c->p->port);
		}
	}
	while (qs_lanes_any(&c->p->port->lanes) || qs_sched_queued(c->p->port->tx.sched) > 0)
		rte_qsock_tx_poll(c->p->port);
	c->ns = (perf_cpu_ns() - start) / (double)done;
	rte_qsock_tx_stop(c->p->port);
	return 0;
}

/* One core, with a port of its own or a member. */
static double one_core(const struct perf_world *w, const struct perf_options *o, const struct perf_port *p,
		       enum sender_kind kind)
{
	struct core c = {.w = w, .p = p, .kind = kind, .packets = o->packets};

	core_run(&c);
	return c.ns;
}

/* Both, at once. @return ns a packet of one of them */
static double two_cores(const struct perf_world *w, const struct perf_options *o, const struct perf_port *p,
			enum sender_kind kind)
{
	struct core c[MEMBERS];
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	uint32_t i;

	for (i = 0; i < MEMBERS; i++)
		c[i] = (struct core){.w = w, .p = &p[i], .kind = kind, .packets = o->packets};
	rte_eal_remote_launch(core_run, &c[1], lcore);
	core_run(&c[0]);
	rte_eal_wait_lcore(lcore);
	return (c[0].ns + c[1].ns) / MEMBERS;
}

static struct rte_qsock_group *group_make(const struct perf_world *w, const struct perf_options *o,
					  uint32_t sockets, bool gated)
{
	struct rte_qsock_egress *egress[MEMBERS];
	struct rte_qsock_group_conf conf = {
		.size = sizeof(conf),
		.egress = egress,
		.members = MEMBERS,
		.port =
			{
				.size = sizeof(conf.port),
				.name = "perf_group",
				.scheduler = o->scheduler,
				.rate_bps = RTE_QSOCK_RATE_MAX_BPS,
				.catchup_ns = 1000000000,
				.max_sockets = MEMBERS * sockets,
				.max_packets = PERF_PACKETS_MAX / MEMBERS,
				.work_conserving = !gated,
				.precedence = o->precedence,
				.socket_id = SOCKET_ID_ANY,
			},
	};
	struct rte_qsock_group *group;
	uint16_t i;

	for (i = 0; i < MEMBERS; i++)
		egress[i] = rte_qsock_egress_ethdev(w->eth_port_id, i);
	group = rte_qsock_group_create(&conf);
	if (group == NULL)
		fprintf(stderr, "dpdk-qsock-perf: group: %s\n", rte_strerror(rte_errno));
	return group;
}

static void rate_result(const struct perf_options *o, uint32_t sockets, const char *what,
			enum sender_kind kind, const struct perf_values *v, const struct perf_values *floor)
{
	char text[56];

	snprintf(text, sizeof(text), "%s, %s", what, sender_name[kind]);
	perf_result(&(struct perf_row){.mode = "group",
				       .what = text,
				       .sched = o->scheduler,
				       .unit = PERF_NS_PACKET,
				       .sockets = sockets,
				       .v = v,
				       .floor = floor});
}

/* One core and two, in turn. */
static int rates(const struct perf_world *w, const struct perf_options *o, uint32_t sockets)
{
	static const enum sender_kind kinds[] = {SENDER_BURST, SENDER_ONE};
	struct perf_values lone[RTE_DIM(kinds)] = {0}, one[RTE_DIM(kinds)] = {0}, two[RTE_DIM(kinds)] = {0};
	uint32_t rep, k, i, queue = RTE_MAX(QUEUE_MIN, 8192 / sockets);
	struct perf_port own = {0}, member[MEMBERS] = {0};
	struct rte_qsock_group *group;
	int ret = perf_port_open(&own, w, o, sockets, queue, NULL);

	group = ret == 0 ? group_make(w, o, sockets, false) : NULL;
	for (i = 0; group != NULL && ret == 0 && i < MEMBERS; i++) {
		member[i] = (struct perf_port){.port = rte_qsock_group_port(group, i), .nr_sockets = sockets};
		ret = perf_port_sockets(&member[i], o, queue);
	}
	for (rep = 0; group != NULL && ret == 0 && rep < o->reps; rep++)
		for (k = 0; k < RTE_DIM(kinds); k++) {
			perf_add(&lone[k], one_core(w, o, &own, kinds[k]));
			perf_add(&one[k], one_core(w, o, &member[0], kinds[k]));
			perf_add(&two[k], two_cores(w, o, member, kinds[k]));
		}
	for (k = 0; k < RTE_DIM(kinds); k++) {
		rate_result(o, sockets, "one core, a port alone", kinds[k], &lone[k], NULL);
		rate_result(o, sockets, "one core, a member", kinds[k], &one[k], &lone[k]);
		rate_result(o, sockets, "each of two cores", kinds[k], &two[k], &lone[k]);
	}
	for (i = 0; i < MEMBERS; i++)
		free(member[i].sockets);
	if (group != NULL)
		rte_qsock_group_free(group);
	if (own.port != NULL)
		perf_port_close(&own);
	return group != NULL ? ret : -1;
}

/* The core that polls both members. */
struct poller {
	struct rte_qsock_port *port[MEMBERS];
	uint64_t ticks[MEMBERS]; /* in messages */
	bool stop __rte_cache_aligned;
};

static int poll_both(void *arg)
{
	struct poller *p = arg;
	uint64_t start;
	uint32_t i;

	while (!__atomic_load_n(&p->stop, __ATOMIC_RELAXED))
		for (i = 0; i < MEMBERS; i++) {
			if (__atomic_load_n(&p->port[i]->ctl.posted, __ATOMIC_RELAXED) != 0 &&
			    qs_port_owned(p->port[i])) {
				start = rte_rdtsc();
				qs_ctl_serve(p->port[i]);
				__atomic_store_n(&p->ticks[i], p->ticks[i] + rte_rdtsc() - start,
						 __ATOMIC_RELAXED);
			}
			rte_qsock_tx_poll(p->port[i]);
		}
	for (i = 0; i < MEMBERS; i++)
		rte_qsock_tx_stop(p->port[i]);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *v, uint32_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* Times of moves to and fro: the core that it leaves, the one that it comes to, and the mover. */
struct moved {
	double leave[MOVES], enter[MOVES], whole[MOVES];
};

static int move_often(struct poller *poll, struct rte_qsock_group *group, struct rte_qsock *qs,
		      struct moved *t, double ns_per_tick)
{
	uint64_t before[MEMBERS], start;
	uint32_t i, k, to;

	for (i = 0; i < MOVES; i++) {
		to = !(i % 2);
		for (k = 0; k < MEMBERS; k++)
			before[k] = __atomic_load_n(&poll->ticks[k], __ATOMIC_RELAXED);
		start = rte_rdtsc();
		if (rte_qsock_group_move(group, qs, to) != 0)
			return -1;
		t->whole[i] = (double)(rte_rdtsc() - start) * ns_per_tick;
		rte_delay_us_block(2); /* it adds up its ticks after it has answered */
		t->enter[i] = (double)(poll->ticks[to] - before[to]) * ns_per_tick;
		t->leave[i] = (double)(poll->ticks[!to] - before[!to]) * ns_per_tick;
	}
	return 0;
}

static void move_row(const struct perf_options *o, const char *what, uint32_t packets,
		     const struct perf_values *v)
{
	char text[56];

	snprintf(text, sizeof(text), "a move, %u packets queued: %s", packets, what);
	perf_result(&(struct perf_row){
		.mode = "group", .what = text, .sched = o->scheduler, .unit = "ns", .sockets = 1, .v = v});
}

/* A socket with so many packets, all but the first of which wait for their time. */
static struct rte_qsock *moved_open(const struct perf_world *w, struct rte_qsock_group *group,
				    uint32_t packets)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = true};
	struct rte_qsock *qs;
	struct rte_mbuf *m;
	uint32_t i;

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.droppable = false;
	conf.stream.ipg_ns = UINT64_C(900000000000);
	conf.stream.deadline_ns = conf.stream.ipg_ns;
	conf.stream.oln = 1;
	conf.stream.old = 2;
	conf.stream.queue_packets = packets + 1;
	qs = rte_qsock_open(rte_qsock_group_port(group, 0), &conf);
	for (i = 0; qs != NULL && packets > 0 && i <= packets; i++) {
		m = rte_pktmbuf_alloc(w->pool);
		if (m == NULL)
			return NULL;
		perf_write(m);
		if (rte_qsock_tx_burst(qs, &m, 1) != 1)
			rte_pktmbuf_free(m);
	}
	return qs;
}

static int moves(const struct perf_world *w, const struct perf_options *o, struct rte_qsock_group *group,
		 struct poller *poll)
{
	static struct moved t;
	struct perf_values leave[MOVED_SIZES] = {0}, enter[MOVED_SIZES] = {0}, whole[MOVED_SIZES] = {0};
	struct rte_qsock *qs[MOVED_SIZES];
	uint32_t rep, s;

	for (s = 0; s < MOVED_SIZES; s++)
		if ((qs[s] = moved_open(w, group, moved_packets[s])) == NULL)
			return -1;
	for (rep = 0; rep < o->reps; rep++)
		for (s = 0; s < MOVED_SIZES; s++) {
			if (move_often(poll, group, qs[s], &t, w->ns_per_tick) != 0)
				return -1;
			perf_add(&leave[s], middle(t.leave, MOVES));
			perf_add(&enter[s], middle(t.enter, MOVES));
			perf_add(&whole[s], middle(t.whole, MOVES));
		}
	for (s = 0; s < MOVED_SIZES; s++) {
		move_row(o, "it leaves", moved_packets[s], &leave[s]);
		move_row(o, "it comes", moved_packets[s], &enter[s]);
		move_row(o, "the mover", moved_packets[s], &whole[s]);
	}
	return 0;
}

/* A step of balancing, on one of the cores. */
static int balances(const struct perf_world *w, const struct perf_options *o, struct rte_qsock_group *group,
		    struct poller *poll)
{
	static double ns[MOVES];
	struct perf_values v = {0};
	uint64_t before;
	uint32_t rep, i;

	for (rep = 0; rep < o->reps; rep++) {
		for (i = 0; i < MOVES; i++) {
			before = __atomic_load_n(&poll->ticks[0], __ATOMIC_RELAXED);
			if (rte_qsock_group_balance(group) != 0)
				return -1;
			rte_delay_us_block(2);
			ns[i] = (double)(poll->ticks[0] - before) * w->ns_per_tick;
		}
		perf_add(&v, middle(ns, MOVES));
	}
	perf_result(&(struct perf_row){.mode = "group",
				       .what = "a balancing step, on each core",
				       .sched = o->scheduler,
				       .unit = "ns",
				       .sockets = 1,
				       .v = &v});
	return 0;
}

static int messages(const struct perf_world *w, const struct perf_options *o)
{
	static struct poller poll;
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);
	struct rte_qsock_group *group = group_make(w, o, MOVED_SIZES, true);
	uint32_t i;
	int ret;

	if (group == NULL)
		return -1;
	poll = (struct poller){0};
	for (i = 0; i < MEMBERS; i++)
		poll.port[i] = rte_qsock_group_port(group, i);
	rte_eal_remote_launch(poll_both, &poll, lcore);
	ret = moves(w, o, group, &poll);
	if (ret == 0)
		ret = balances(w, o, group, &poll);
	__atomic_store_n(&poll.stop, true, __ATOMIC_RELAXED);
	rte_eal_wait_lcore(lcore);
	if (ret != 0)
		fprintf(stderr, "dpdk-qsock-perf: group: %s\n", rte_strerror(rte_errno));
	rte_qsock_group_free(group);
	return ret;
}

int perf_group(const struct perf_world *w, const struct perf_options *o)
{
	uint32_t i;
	int ret = 0;

	if (!perf_two_cores("group"))
		return 0;
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		if (o->sockets[i] <= SOCKETS_MAX)
			ret = rates(w, o, o->sockets[i]);
	return ret == 0 ? messages(w, o) : ret;
}
