/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "sim.h"

#define PACKETS_MAX (UINT32_C(1) << 28) /* what a scheduler can be made with */

/* Whatever ends a packet comes by here. */
static void on_end(struct sim *sim, const struct rte_qsock_event *ev)
{
	if (stats_event(&sim->stats, ev) != 0)
		sim->rc = -ENOMEM;
	if (sim->events != NULL)
		events_write(sim->events, sim->cfg, ev);
	sim->feed->left(sim->feed, ev->stream);
}

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	on_end(arg, ev);
}

static int sim_fail(struct sim *sim, int rc, const char *what)
{
	snprintf(sim->why, sim->why_len, "%s: %s: %s", sim->cfg->path, what, strerror(-rc));
	return rc;
}

static int make_sched(struct sim *sim)
{
	struct rte_qsock_sched_conf conf = {
		.name = sim->port->scheduler,
		.precedence = sim->port->precedence,
		.work_conserving = sim->port->work_conserving,
		.max_streams = sim->cfg->n_streams,
		.on_drop = on_drop,
		.on_drop_arg = sim,
	};
	uint64_t packets = 0;
	uint32_t i;
	int rc;

	for (i = 0; i < sim->cfg->n_streams; i++)
		packets += sim->cfg->streams[i].conf.queue_packets;
	if (packets > PACKETS_MAX) {
		snprintf(sim->why, sim->why_len, "%s: queues of %llu packets in all: at most %u are allowed",
			 sim->cfg->path, (unsigned long long)packets, PACKETS_MAX);
		return -EINVAL;
	}
	conf.max_packets = (uint32_t)packets;
	rc = rte_qsock_sched_create(&conf, &sim->sched);
	if (rc != 0)
		return sim_fail(sim, rc, "the scheduler cannot be made");
	for (i = 0; i < sim->cfg->n_streams; i++) {
		rc = rte_qsock_sched_add(sim->sched, i, &sim->cfg->streams[i].conf);
		if (rc != 0)
			return sim_fail(sim, rc, "the scheduler refuses a stream");
	}
	return 0;
}

int sim_init(struct sim *sim, char *why, size_t why_len)
{
	sim->why = why;
	sim->why_len = why_len;
	sim->link = (struct qs_link){.rate_bps = sim->port->rate_bps,
				     .overhead_bytes = sim->port->overhead_bytes};
	if (stats_init(&sim->stats, sim->cfg->n_streams) != 0)
		return sim_fail(sim, -ENOMEM, "the statistics cannot be made");
	return make_sched(sim);
}

void sim_free(struct sim *sim)
{
	rte_qsock_sched_free(sim->sched);
	stats_free(&sim->stats);
}

static int admit(struct sim *sim, uint64_t now_ns, uint64_t admit_ns)
{
	struct rte_qsock_pkt pkt = {.frames = 1};
	struct arrival a;
	int rc;

	while (sim->feed->take(sim->feed, admit_ns, &a)) {
		pkt.arrival_ns = a.time_ns;
		pkt.deadline_ns = a.deadline_ns;
		pkt.len_bytes = a.bytes;
		pkt.flags = a.flags;
		sim->stats.streams[a.stream].offered++;
		rc = rte_qsock_sched_enqueue(sim->sched, a.stream, &pkt, now_ns);
		if (rc < 0)
			return sim_fail(sim, rc, "the scheduler refuses a packet");
	}
	return 0;
}

int sim_decide(struct sim *sim, uint64_t now_ns, uint64_t admit_ns, struct rte_qsock_event *sent)
{
	bool any;
	int rc;

	if (sim->decisions++ == 0)
		sim->start_ns = now_ns;
	sim->last_ns = now_ns;
	rc = admit(sim, now_ns, admit_ns);
	if (rc != 0)
		return rc;
	any = rte_qsock_sched_decide(sim->sched, now_ns, sent);
	if (any)
		on_end(sim, sent);
	if (sim->rc != 0)
		return sim_fail(sim, sim->rc, "the statistics cannot grow");
	return any;
}

void sim_transmit(struct sim *sim, const struct rte_qsock_event *sent, uint64_t start_ns)
{
	uint64_t q_ns = qs_link_time_ns(&sim->link, sent->pkt.len_bytes, sent->pkt.frames);

	sim->free_ns = start_ns + q_ns;
	sim->busy_ns += q_ns;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* When an idle link decides again: at the next arrival, or when a stream becomes eligible. */
static uint64_t after_idling(const struct sim *sim, uint64_t now_ns)
{
	uint64_t arrival_ns = sim->feed->next_ns(sim->feed, now_ns);
	uint64_t eligible_ns = rte_qsock_sched_next_ns(sim->sched);
	uint64_t next_ns = arrival_ns < eligible_ns ? arrival_ns : eligible_ns;

	return later(next_ns, now_ns);
}

int sim_run(struct sim *sim)
{
	uint64_t now_ns = after_idling(sim, 0);
	struct rte_qsock_event sent;
	int rc;

	while (now_ns != RTE_QSOCK_NEVER && now_ns <= sim->until_ns) {
		rc = sim_decide(sim, now_ns, now_ns, &sent);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			sim_transmit(sim, &sent, now_ns);
			now_ns = sim->free_ns;
		} else {
			now_ns = after_idling(sim, now_ns);
		}
	}
	sim->cut = now_ns != RTE_QSOCK_NEVER;
	return 0;
}
