/* SPDX-License-Identifier: BSD-3-Clause */
#include "decide_load.h"

#include <math.h>
#include <stdlib.h>

#include "sched/qs_prefetch.h"

#define FRAME_BYTES 64u
#define OVERHEAD_BYTES 24u
#define RATE_MAX_BPS 40e9  /* of frames of 64 bytes a core can decide on about as many */
#define SHORTEST_NS 1010.0 /* no period is shorter; 1 us is the least that is allowed */
#define SPREAD_BITS 6	   /* the longest period is 2^6 times the shortest */
#define START_NS 1000000000u
#define WARM_UP 16u /* decisions a stream: the longest period */

static const uint16_t windows[16][2] = {
	{0, 4}, {1, 2}, {1, 3}, {2, 3}, {1, 4},	 {3, 4},  {1, 5},  {2, 5},
	{1, 8}, {3, 8}, {6, 8}, {4, 5}, {1, 10}, {7, 10}, {1, 20}, {9, 10},
};

static uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct load *l = arg;

	l->gone[l->nr_gone++] = ev->stream;
	l->counts.dropped++;
}

/* Packets in a queue: a burst of one stream alone, and so few of many that their records do not count. */
static uint32_t depth_of(uint32_t streams)
{
	uint32_t depth = 4096 / streams;

	return depth > 64 ? 64 : depth < 2 ? 2 : depth;
}

/* The shortest period, from the sum of the others' ratios to it; and the rate of the link. */
static double shortest_ns(struct load *l, const struct load_conf *conf, double sum)
{
	double bits = (FRAME_BYTES + OVERHEAD_BYTES) * 8.0, percent = conf->percent / 100.0;
	double slot_ns = bits * 1e9 / RATE_MAX_BPS, least_ns = SHORTEST_NS * percent / sum;

	slot_ns = slot_ns > least_ns ? slot_ns : least_ns;
	l->pace.link.rate_bps = (uint64_t)(bits * 1e9 / slot_ns);
	l->pace.link.overhead_bytes = OVERHEAD_BYTES;
	l->pace.ahead_ns = (uint64_t)(slot_ns * LOAD_BURST);
	return slot_ns * sum / percent;
}

/* Streams in the order of their ids, which says nothing of their periods. @return 0; -1 */
static int add_streams(struct load *l, const struct load_conf *conf, double *shortest, uint64_t *seed)
{
	double *factor = malloc(conf->streams * sizeof(*factor)), sum = 0;
	struct rte_qsock_stream_conf stream;
	uint32_t i;
	int ret = 0;

	if (factor == NULL)
		return -1;
	for (i = 0; i < conf->streams; i++) {
		factor[i] = conf->streams == 1
				    ? 1
				    : exp2((double)(random64(seed) >> 11) / (1ull << 53) * SPREAD_BITS);
		sum += 1 / factor[i];
	}
	*shortest = shortest_ns(l, conf, sum);
	rte_qsock_stream_defaults(&stream);
	/* By deadlines from the arrival all of a backlog is late, and would be dropped. */
	stream.droppable = l->sched->ops != &qs_discipline_edf.ops;
	for (i = 0; i < conf->streams && ret == 0; i++) {
		const uint16_t *window = windows[random64(seed) % 16];

		stream.ipg_ns = (uint64_t)(*shortest * factor[i]);
		stream.deadline_ns = stream.ipg_ns;
		stream.oln = window[0];
		stream.old = window[1];
		ret = rte_qsock_sched_add(l->sched, i, &stream);
	}
	free(factor);
	return ret == 0 ? 0 : -1;
}

static inline void renew(struct load *l, uint32_t rec, uint32_t stream)
{
	struct qs_rec *r = qs_rec_at(l->sched, rec);

	r->stream = stream;
	r->pkt =
		(struct rte_qsock_pkt){.arrival_ns = l->pace.clock_ns, .len_bytes = FRAME_BYTES, .frames = 1};
	qs_sched_prefetch(l->sched, stream);
}

static void hand_over(struct load *l, uint32_t *recs, uint32_t n)
{
	const struct qs_pace *p = &l->pace;

	if (n == 0)
		return;
	l->counts.arrived += n;
	l->pace.want = true;
	(void)qs_sched_arrive(l->sched, recs, n, p->free_ns > p->clock_ns ? p->free_ns : p->clock_ns);
}

/* Backlogs, of the streams in random order within the shortest period. @return 0; -1 */
static int backlog(struct load *l, uint32_t streams, double shortest, uint64_t *seed)
{
	uint32_t *order = malloc(streams * sizeof(*order)), i, k, depth = depth_of(streams);

	if (order == NULL)
		return -1;
	for (i = 0; i < streams; i++) {
		k = (uint32_t)(random64(seed) % (i + 1));
		order[i] = order[k];
		order[k] = i;
	}
	for (i = 0; i < streams; i++) {
		l->pace.clock_ns = START_NS + (uint64_t)(shortest * i / streams);
		for (k = 0; k < depth; k++) {
			uint32_t rec = 0;

			if (qs_rec_new(l->sched, &rec) == NULL)
				break;
			renew(l, rec, order[i]);
			hand_over(l, &rec, 1);
		}
	}
	free(order);
	l->pace.free_ns = l->pace.clock_ns;
	return 0;
}

int load_make(struct load *l, const struct load_conf *conf)
{
	struct rte_qsock_sched_conf sched = {
		.name = conf->scheduler,
		.precedence = conf->precedence,
		.max_streams = conf->streams,
		.max_packets = conf->streams * depth_of(conf->streams),
		.on_drop = on_drop,
		.on_drop_arg = l,
		.alloc = conf->alloc,
		.release = conf->release,
	};
	uint64_t seed = 88172645463325252, done;
	double shortest;

	*l = (struct load){0};
	l->gone = malloc(sched.max_packets * sizeof(*l->gone));
	if (l->gone == NULL || rte_qsock_sched_create(&sched, &l->sched) != 0 ||
	    add_streams(l, conf, &shortest, &seed) != 0 || backlog(l, conf->streams, shortest, &seed) != 0) {
		load_free(l);
		return -1;
	}
	for (done = 0; done < (uint64_t)WARM_UP * conf->streams; load_arrive(l))
		done += load_decide(l);
	l->counts = (struct load_counts){0};
	return 0;
}

void load_free(struct load *l)
{
	rte_qsock_sched_free(l->sched);
	free(l->gone);
	*l = (struct load){0};
}

uint32_t load_decide(struct load *l)
{
	l->nr_picked = qs_sched_pick(l->sched, &l->pace, l->picked, LOAD_BURST);
	return l->nr_picked;
}

/* The records of what was picked serve their streams again; what was dropped takes new ones. */
void load_arrive(struct load *l)
{
	uint32_t recs[LOAD_BURST], i, n;
	uint64_t next_ns;

	for (i = 0; i < l->nr_picked; i++) {
		recs[i] = l->picked[i].rec;
		l->counts.late += l->picked[i].late;
		renew(l, recs[i], qs_rec_at(l->sched, recs[i])->stream);
	}
	hand_over(l, recs, l->nr_picked);
	l->counts.sent += l->nr_picked;
	for (i = 0; i < l->nr_gone; i += n) {
		for (n = 0; n < LOAD_BURST && i + n < l->nr_gone; n++) {
			(void)qs_rec_new(l->sched, &recs[n]);
			renew(l, recs[n], l->gone[i + n]);
		}
		hand_over(l, recs, n);
	}
	l->nr_gone = 0;
	l->counts.idle += l->pace.decisions - l->decisions - l->nr_picked;
	l->decisions = l->pace.decisions;
	/* A burst that was cut short has found the link idle. */
	next_ns = l->nr_picked < LOAD_BURST ? rte_qsock_sched_next_ns(l->sched) : 0;
	l->pace.clock_ns = l->pace.free_ns > l->pace.clock_ns ? l->pace.free_ns : l->pace.clock_ns;
	if (next_ns > l->pace.clock_ns && next_ns != RTE_QSOCK_NEVER)
		l->pace.clock_ns = next_ns;
	l->nr_picked = 0;
}
