/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A scheduler under test, and what it did as text: "time what stream.seq x/y", with ! for late and *n for n
 * violations. Two blanks stand between events.
 */
#ifndef SCHED_RIG_H
#define SCHED_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "rte_qsock_sched.h"

#define RIG_T 1000u /* period of most tests */
#define ND RTE_QSOCK_PKT_NON_DROPPABLE
#define DR RTE_QSOCK_PKT_DROPPABLE
#define FS RTE_QSOCK_PKT_FRAME_START
#define FE RTE_QSOCK_PKT_FRAME_END

struct rig {
	struct rte_qsock_sched *sched;
	char log[8192];
	size_t len;
	uint64_t arrival_ns; /* latest */
	uint64_t dropped;
	uint64_t sent;
};

static inline void rig_note(struct rig *r, const struct rte_qsock_event *ev)
{
	static const char *const what[] = {"sent", "late", "frame", "full", "closed"};
	char violations[32] = "";

	if (ev->violations != 0)
		snprintf(violations, sizeof(violations), "*%llu", (unsigned long long)ev->violations);
	if (r->len < sizeof(r->log))
		r->len += (size_t)snprintf(
			r->log + r->len, sizeof(r->log) - r->len, "%s%llu %s %u.%llu%s %u/%u%s",
			r->len != 0 ? "  " : "", (unsigned long long)ev->time_ns, what[ev->type], ev->stream,
			(unsigned long long)ev->seq, ev->late ? "!" : "", ev->x, ev->y, violations);
}

static inline void rig_on_drop(void *arg, const struct rte_qsock_event *ev)
{
	struct rig *r = arg;

	r->dropped++;
	rig_note(r, ev);
}

static inline struct rte_qsock_sched_conf rig_conf(struct rig *r, const char *name)
{
	return (struct rte_qsock_sched_conf){
		.name = name,
		.max_streams = 8,
		.max_packets = 256,
		.on_drop = rig_on_drop,
		.on_drop_arg = r,
	};
}

static inline struct rig *rig_make(const struct rte_qsock_sched_conf *conf)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct rte_qsock_sched_conf own = *conf;

	own.on_drop = rig_on_drop;
	own.on_drop_arg = r;
	assert_int_equal(rte_qsock_sched_create(&own, &r->sched), 0);
	return r;
}

static inline struct rig *rig_new(const char *name)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, name);

	return rig_make(&conf);
}

/* A dwcs of this precedence, and whether it is work-conserving. */
static inline struct rig *rig_dwcs(uint8_t precedence, bool work_conserving)
{
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "dwcs");

	conf.precedence = precedence;
	conf.work_conserving = work_conserving;
	return rig_make(&conf);
}

static inline void rig_free(struct rig *r)
{
	rte_qsock_sched_free(r->sched);
	free(r);
}

static inline struct rte_qsock_stream_conf rig_stream(uint32_t x, uint32_t y, uint64_t ipg_ns)
{
	struct rte_qsock_stream_conf conf;

	rte_qsock_stream_defaults(&conf);
	conf.oln = x;
	conf.old = y;
	conf.ipg_ns = ipg_ns;
	conf.deadline_ns = ipg_ns;
	return conf;
}

static inline void rig_add(struct rig *r, uint32_t id, struct rte_qsock_stream_conf conf)
{
	assert_int_equal(rte_qsock_sched_add(r->sched, id, &conf), 0);
}

static inline void rig_change(struct rig *r, uint32_t id, struct rte_qsock_stream_conf conf)
{
	assert_int_equal(rte_qsock_sched_change(r->sched, id, &conf), 0);
}

/* A packet with flags and an own deadline arrives; what enqueue() said. */
static inline int rig_pkt(struct rig *r, uint32_t id, uint64_t arrival_ns, uint16_t flags,
			  uint64_t deadline_ns)
{
	const struct rte_qsock_pkt pkt = {
		.arrival_ns = arrival_ns,
		.deadline_ns = deadline_ns,
		.len_bytes = 1000,
		.frames = 1,
		.flags = flags,
	};

	r->arrival_ns = arrival_ns;
	return rte_qsock_sched_enqueue(r->sched, id, &pkt, arrival_ns);
}

static inline void rig_pkts(struct rig *r, uint32_t id, uint64_t arrival_ns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(rig_pkt(r, id, arrival_ns, 0, 0), 0);
}

static inline bool rig_decide(struct rig *r, uint64_t now_ns)
{
	struct rte_qsock_event sent;

	if (!rte_qsock_sched_decide(r->sched, now_ns, &sent))
		return false;
	assert_int_equal(sent.type, RTE_QSOCK_EV_SENT);
	r->sent++;
	rig_note(r, &sent);
	return true;
}

/* Decisions n times, a slot apart. */
static inline void rig_slots(struct rig *r, uint64_t from_ns, uint64_t slot_ns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		rig_decide(r, from_ns + i * slot_ns);
}

/* Compare the log, and begin a new one. */
#define rig_expect(r, text)                                                                                  \
	do {                                                                                                 \
		assert_string_equal((r)->log, text);                                                         \
		(r)->len = 0;                                                                                \
		(r)->log[0] = '\0';                                                                          \
	} while (0)

/* A cheap generator, the same everywhere. */
static inline uint32_t rig_random(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*state >> 33) % below);
}

#endif
