/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer: any calls in any order, on any discipline. Checked are the balance of packets, the order of
 * time, the promise of rte_qsock_sched_next_ns(), and what the sanitizers see.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rte_qsock_sched.h"

#define NR_STREAMS 6
#define NR_PACKETS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

struct run {
	struct rte_qsock_sched *sched;
	uint64_t accepted, ended;
	uint64_t now_ns;
};

static uint8_t byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->data++;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Small numbers mostly, large ones at times. */
static uint64_t number(struct input *in)
{
	uint8_t b = byte(in);

	return (uint64_t)byte(in) << (b % 8 == 0 ? b / 8 * 2 : b % 8);
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct run *r = arg;

	require(ev->type != RTE_QSOCK_EV_SENT && ev->stream < NR_STREAMS && ev->time_ns <= r->now_ns);
	r->ended++;
}

static struct rte_qsock_stream_conf stream(struct input *in)
{
	uint8_t b = byte(in);

	return (struct rte_qsock_stream_conf){
		.ipg_ns = 1000 + number(in) * 100,
		.deadline_ns = 1 + number(in),
		.oln = byte(in) % 8,
		.old = byte(in) % 12,
		.queue_packets = 1 + byte(in) % 12,
		.cls = (b & 7) == 0,
		.unit = b >> 3 & 1,
		.droppable = b >> 4 & 1,
		.in_order = b >> 5 & 1,
	};
}

static void enqueue(struct run *r, struct input *in)
{
	uint8_t b = byte(in);
	const struct rte_qsock_pkt pkt = {
		.arrival_ns = r->now_ns,
		.deadline_ns = b & 1 ? r->now_ns + number(in) * 8 : 0,
		.len_bytes = 60,
		.frames = 1,
		.flags = b >> 4,
	};
	uint64_t ended = r->ended;
	int rc = rte_qsock_sched_enqueue(r->sched, byte(in) % NR_STREAMS, &pkt, r->now_ns);

	require(rc != 1 || r->ended == ended + 1);
	r->accepted += rc >= 0;
}

static void decide(struct run *r)
{
	struct rte_qsock_event sent;
	uint64_t next_ns = rte_qsock_sched_next_ns(r->sched);
	uint64_t ended = r->ended;

	if (rte_qsock_sched_decide(r->sched, r->now_ns, &sent)) {
		require(sent.time_ns == r->now_ns && sent.type == RTE_QSOCK_EV_SENT);
		require(next_ns <= r->now_ns);
		r->ended++;
		return;
	}
	ended = r->ended;
	require(rte_qsock_sched_next_ns(r->sched) > r->now_ns);
	/* A second look without a cause changes nothing. */
	require(!rte_qsock_sched_decide(r->sched, r->now_ns, &sent) && r->ended == ended);
}

/* Time goes on, and never back. */
static void pass(struct run *r, uint64_t steps)
{
	const uint64_t left_ns = RTE_QSOCK_TIME_MAX_NS - r->now_ns;

	r->now_ns += steps < left_ns / 50 ? steps * 50 : left_ns;
}

static void step(struct run *r, struct input *in)
{
	uint32_t id;
	struct rte_qsock_stream_conf conf;

	switch (byte(in) % 16) {
	case 0:
		id = byte(in) % NR_STREAMS;
		conf = stream(in);
		(void)rte_qsock_sched_change(r->sched, id, &conf);
		break;
	case 1:
		id = byte(in) % NR_STREAMS;
		conf = stream(in);
		if (rte_qsock_sched_add(r->sched, id, &conf) == -EEXIST)
			(void)rte_qsock_sched_remove(r->sched, id, r->now_ns);
		break;
	case 2:
	case 3:
	case 4:
		pass(r, number(in));
		break;
	case 5:
	case 6:
	case 7:
	case 8:
	case 9:
		decide(r);
		break;
	default:
		enqueue(r, in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct run r = {.now_ns = 0};
	uint8_t b = byte(&in);
	struct rte_qsock_sched_conf conf = {
		.name = rte_qsock_sched_name(b % 4),
		.precedence = b >> 2 & 1,
		.work_conserving = b >> 3 & 1,
		.max_streams = NR_STREAMS,
		.max_packets = NR_PACKETS,
		.on_drop = on_drop,
		.on_drop_arg = &r,
	};

	require(rte_qsock_sched_create(&conf, &r.sched) == 0);
	while (in.left != 0)
		step(&r, &in);
	for (uint32_t id = 0; id < NR_STREAMS; id++)
		(void)rte_qsock_sched_remove(r.sched, id, r.now_ns);
	require(r.accepted == r.ended && rte_qsock_sched_room(r.sched) == NR_PACKETS);
	rte_qsock_sched_free(r.sched);
	return 0;
}
