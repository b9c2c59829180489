/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What control takes of a TX core that is busy: one core sends and polls as fast as it can, the other one
 * opens, changes, asks and closes sockets. The TX core's loop is that of rte_qsock_tx_poll(), but that it
 * serves messages itself first, with the clock on both sides; and each poll is timed, with and without them.
 *
 * Times are the TSC's: where the host takes the CPU away meanwhile that is in the greatest ones, which is why
 * those of rounds without any control stand beside them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "core/qs_ctl.h"
#include "core/qs_port.h"
#include "perf.h"
#include "sender.h"

#define SPARE 64u	    /* sockets that come and go */
#define CYCLE_PACKETS 1000u /* of --packets: one opening, changing, asking and closing */
#define CYCLES_MAX 10000u
#define FULL_SHARE 20u	    /* closing one with packets is a 20th of that */
#define FULL_PACKETS 1024u  /* so many */
#define QUIET_SHARE_US 200u /* rounds without control, for each of these */
#define SLOW_BPS                                                                                             \
	100000u /* of a link that a queue waits for: 142 packets a second, which may be made up for */
#define SAMPLES_MAX (1u << 19)

enum timed {
	TIMED_OPEN,
	TIMED_CHANGE,
	TIMED_INFO,
	TIMED_CLOSE,
	TIMED_RATES,
	TIMED_CLOSE_FULL,
	TIMED_ROUND_QUIET,
	TIMED_ROUND_BUSY,
	TIMED_ROUND_FULL,
	TIMED_KINDS,
};

static const char *const timed_name[TIMED_KINDS] = {
	"open",
	"change",
	"info",
	"close",
	"change, sum of rates by 16",
	"close, 1,024 packets queued",
	"round of 32, no control",
	"round of 32, open to close",
	"round, while 1,024 end",
};

struct samples {
	uint32_t n;
	uint32_t ticks[SAMPLES_MAX];
};

struct control {
	const struct perf_world *w;
	struct perf_port *p;
	uint32_t cycles;
	struct samples samples[TIMED_KINDS];
	/* Told to the TX core. */
	uint32_t message __rte_cache_aligned; /* enum timed: what the next one is */
	uint32_t rounds;		      /* enum timed: what these are */
	bool flood;
	bool stop;
};

struct control_values {
	struct perf_values median[TIMED_KINDS], p99[TIMED_KINDS], most[TIMED_KINDS];
};

static void sample_add(struct samples *s, uint64_t ticks)
{
	if (s->n < SAMPLES_MAX)
		s->ticks[s->n++] = (uint32_t)RTE_MIN(ticks, (uint64_t)UINT32_MAX);
}

static void core_serve(struct control *c)
{
	uint64_t start;

	if (likely(__atomic_load_n(&c->p->port->ctl.posted, __ATOMIC_RELAXED) == 0))
		return;
	start = rte_rdtsc();
	qs_ctl_serve(c->p->port);
	sample_add(&c->samples[__atomic_load_n(&c->message, __ATOMIC_RELAXED)], rte_rdtsc() - start);
}

static void core_flood(struct control *c, uint32_t *state)
{
	struct rte_qsock *qs[PERF_BURST];
	struct rte_mbuf *m[PERF_BURST];
	uint16_t left;
	uint32_t i;

	if (!__atomic_load_n(&c->flood, __ATOMIC_RELAXED) ||
	    rte_pktmbuf_alloc_bulk(c->w->pool, m, PERF_BURST) != 0)
		return;
	for (i = 0; i < PERF_BURST; i++)
		perf_write(m[i]);
	sender_choose(c->p, SENDER_BURST, qs, state);
	left = sender_put(SENDER_BURST, qs, m, PERF_BURST);
	rte_pktmbuf_free_bulk(m, left);
}

static void core_round(struct control *c)
{
	const uint64_t *closed = &c->p->port->tx.totals.rare.closed, before = *closed;
	uint64_t start = rte_rdtsc(), ticks;
	uint32_t what;

	rte_qsock_tx_poll(c->p->port);
	ticks = rte_rdtsc() - start;
	what = __atomic_load_n(&c->rounds, __ATOMIC_RELAXED);
	if (what == TIMED_ROUND_FULL && *closed == before)
		return; /* nothing has ended in it */
	sample_add(&c->samples[what], ticks);
}

static int control_core(void *arg)
{
	struct control *c = arg;
	uint32_t state = 1;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		core_flood(c, &state);
		core_serve(c);
		core_round(c);
	}
	return rte_qsock_tx_stop(c->p->port);
}

static void tell(uint32_t *what, enum timed kind)
{
	__atomic_store_n(what, kind, __ATOMIC_RELAXED);
}

static struct rte_qsock *spare_open(const struct control *c, uint64_t ipg_ns)
{
	struct rte_qsock_conf conf = {.size = sizeof(conf), .no_histogram = true};

	rte_qsock_stream_defaults(&conf.stream);
	conf.stream.droppable = false;
	conf.stream.ipg_ns = ipg_ns;
	conf.stream.deadline_ns = ipg_ns;
	conf.stream.oln = 1;
	conf.stream.old = 2;
	conf.stream.queue_packets = FULL_PACKETS;
	return rte_qsock_open(c->p->port, &conf);
}

static int spare_change(struct rte_qsock *qs, uint64_t ipg_ns)
{
	struct rte_qsock_info info;

	if (rte_qsock_info_get(qs, &info) != 0)
		return -1;
	info.conf.ipg_ns = ipg_ns;
	return rte_qsock_change(qs, &info.conf);
}

/* One socket from its beginning to its end. */
static int cycle(struct control *c)
{
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	int ret;

	tell(&c->message, TIMED_OPEN);
	qs = spare_open(c, 1000000);
	if (qs == NULL)
		return -1;
	tell(&c->message, TIMED_INFO);
	ret = rte_qsock_info_get(qs, &info);
	info.conf.ipg_ns = 2000000;
	tell(&c->message, TIMED_CHANGE);
	ret |= rte_qsock_change(qs, &info.conf);
	tell(&c->message, TIMED_CLOSE);
	return ret | rte_qsock_close(qs);
}

/* Sockets that are, one after the other, a thousand times as fast, and as slow again. */
static int rates(struct control *c)
{
	struct rte_qsock *qs[SPARE];
	uint32_t i, n;
	int ret = 0;

	for (n = 0; n < SPARE; n++) {
		qs[n] = spare_open(c, 1000000000);
		if (qs[n] == NULL)
			break;
	}
	tell(&c->message, TIMED_RATES);
	for (i = 0; i < n; i++)
		ret |= spare_change(qs[i], 1000);
	for (i = 0; i < n; i++)
		ret |= spare_change(qs[i], 1000000000);
	tell(&c->message, TIMED_CLOSE);
	for (i = 0; i < n; i++)
		ret |= rte_qsock_close(qs[i]);
	return n == SPARE ? ret : -1;
}

/* All that it has is in the discipline: nothing in the lane. */
static int wait_queued(struct rte_qsock *qs)
{
	struct rte_qsock_info info;
	int ret;

	do {
		ret = rte_qsock_info_get(qs, &info);
	} while (ret == 0 && info.state.backlog_packets < FULL_PACKETS / 2);
	return ret;
}

/* Whatever is on its way has gone. */
static int wait_empty(struct control *c)
{
	struct rte_qsock_port_info info;
	int ret;

	do {
		ret = rte_qsock_port_info_get(c->p->port, &info);
	} while (ret == 0 && info.total.queued > 0);
	return ret;
}

/* A socket is closed with what it has queued: the link is too slow for it. */
static int close_full(struct control *c)
{
	struct rte_mbuf *m[PERF_BURST];
	struct rte_qsock *qs;
	uint32_t sent, i;
	int ret;

	tell(&c->message, TIMED_OPEN);
	qs = spare_open(c, 1000000000);
	for (sent = 0; qs != NULL && sent < FULL_PACKETS; sent += PERF_BURST) {
		if (rte_pktmbuf_alloc_bulk(c->w->pool, m, PERF_BURST) != 0)
			return -1;
		for (i = 0; i < PERF_BURST; i++)
			perf_write(m[i]);
		for (i = 0; i < PERF_BURST;)
			i += rte_qsock_tx_burst(qs, &m[i], (uint16_t)(PERF_BURST - i));
	}
	if (qs == NULL || wait_queued(qs) != 0)
		return -1;
	tell(&c->message, TIMED_CLOSE_FULL);
	tell(&c->rounds, TIMED_ROUND_FULL);
	ret = rte_qsock_close(qs);
	tell(&c->message, TIMED_INFO);
	ret |= wait_empty(c);
	tell(&c->rounds, TIMED_INFO); /* empty rounds are of no interest */
	return ret;
}

static int control_once(struct control *c)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < TIMED_KINDS; i++)
		c->samples[i].n = 0;
	tell(&c->rounds, TIMED_ROUND_QUIET);
	c->flood = true;
	c->stop = false;
	if (rte_eal_remote_launch(control_core, c, rte_get_next_lcore(-1, 1, 0)) != 0)
		return -1;
	usleep(c->cycles * QUIET_SHARE_US);
	tell(&c->rounds, TIMED_ROUND_BUSY);
	for (i = 0; i < c->cycles && ret == 0; i++)
		ret = cycle(c);
	if (ret == 0)
		ret = rates(c);
	/* Then without the flood, so that what it sends does not wait with the others. */
	__atomic_store_n(&c->flood, false, __ATOMIC_RELAXED);
	tell(&c->message, TIMED_INFO);
	tell(&c->rounds, TIMED_INFO);
	ret |= wait_empty(c);
	ret |= rte_qsock_port_rate_set(c->p->port, SLOW_BPS);
	for (i = 0; i <= c->cycles / FULL_SHARE && ret == 0; i++)
		ret = close_full(c);
	ret |= rte_qsock_port_rate_set(c->p->port, RTE_QSOCK_RATE_MAX_BPS);
	ret |= wait_empty(c);
	__atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
	return rte_eal_wait_lcore(rte_get_next_lcore(-1, 1, 0)) | ret;
}

static int by_ticks(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void control_add(struct control *c, struct control_values *v)
{
	const double ns = c->w->ns_per_tick;
	uint32_t kind;

	for (kind = 0; kind < TIMED_KINDS; kind++) {
		struct samples *s = &c->samples[kind];

		if (s->n == 0)
			continue;
		qsort(s->ticks, s->n, sizeof(s->ticks[0]), by_ticks);
		perf_add(&v->median[kind], ns * s->ticks[s->n / 2]);
		perf_add(&v->p99[kind], ns * s->ticks[(uint64_t)s->n * 99 / 100]);
		perf_add(&v->most[kind], ns * s->ticks[s->n - 1]);
	}
}

static void control_row(const struct perf_options *o, uint32_t sockets, const char *name, const char *which,
			const struct perf_values *v)
{
	char what[48];

	snprintf(what, sizeof(what), "%s: %s", name, which);
	perf_result(&(struct perf_row){.mode = "control",
				       .what = what,
				       .sched = o->scheduler,
				       .unit = "ns",
				       .sockets = sockets,
				       .v = v});
}

static int control_sockets(struct control *c, const struct perf_options *o, uint32_t sockets)
{
	struct control_values v = {0};
	struct perf_port p = {0};
	uint32_t rep, kind;
	int ret;

	if (perf_port_make(&p, c->w, o, sockets + SPARE, NULL) != 0)
		return -1;
	p.nr_sockets = sockets;
	if (perf_port_sockets(&p, o, FULL_PACKETS) != 0)
		return -1;
	c->p = &p;
	ret = control_once(c); /* once before: memory is made */
	for (rep = 0; rep < o->reps && ret == 0; rep++) {
		ret = control_once(c);
		control_add(c, &v);
	}
	if (ret != 0)
		fprintf(stderr, "dpdk-qsock-perf: control: %s\n", rte_strerror(rte_errno));
	perf_port_close(&p);
	for (kind = 0; kind < TIMED_KINDS; kind++) {
		control_row(o, sockets, timed_name[kind], "median", &v.median[kind]);
		control_row(o, sockets, timed_name[kind], "p99", &v.p99[kind]);
		control_row(o, sockets, timed_name[kind], "most", &v.most[kind]);
	}
	return ret;
}

int perf_control(const struct perf_world *w, const struct perf_options *o)
{
	struct control *c;
	uint32_t i;
	int ret = 0;

	if (!perf_two_cores("control"))
		return 0;
	c = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*c));
	if (c == NULL)
		return -1;
	c->w = w;
	c->cycles = (uint32_t)RTE_MIN(RTE_MAX(o->packets / CYCLE_PACKETS, UINT64_C(1)), (uint64_t)CYCLES_MAX);
	for (i = 0; i < o->nr_sockets && ret == 0; i++)
		/* The ends of what ids there may be. */
		if (o->sockets[i] + SPARE <= 1u << 20)
			ret = control_sockets(c, o, o->sockets[i]);
	free(c);
	return ret;
}
