/* SPDX-License-Identifier: BSD-3-Clause */
/* What [ctl] asks of the TX core. */
#include <errno.h>

#include "core/qs_ctl.h"
#include "core/qs_txcore.h"
#include "obs/qs_record.h"

/* What the TX core itself needs of a stream's parameters. */
static void apply_conf(struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf)
{
	uint32_t credit = conf->queue_packets;

	if (qs->ring_packets != 0)
		credit = RTE_MIN(credit, qs->ring_packets);
	/* What is beyond its limits is not refused but dropped, when it arrives. */
	if (qs->bounded)
		credit = INT32_MAX;
	__atomic_store_n(&qs->credit, credit, __ATOMIC_RELAXED);
	qs->limit = conf->queue_packets;
}

static int op_add(struct rte_qsock_port *port, struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf)
{
	int ret = rte_qsock_sched_add(port->tx.sched, qs->id, conf);

	if (ret != 0)
		return ret;
	apply_conf(qs, conf);
	qs->state = QS_SOCKET_OPEN;
	qs_record_open(port->tx.record, qs->id, qs->name, conf);
	return 0;
}

static int op_change(struct rte_qsock_port *port, struct rte_qsock *qs,
		     const struct rte_qsock_stream_conf *conf)
{
	int ret = rte_qsock_sched_change(port->tx.sched, qs->id, conf);

	if (ret != 0)
		return ret;
	qs_record_unlike(port->tx.record);
	apply_conf(qs, conf);
	return 0;
}

/* Frames that wait for the driver, of packets that the discipline has given away. */
static uint32_t info_decided(const struct rte_qsock_port *port, uint32_t id)
{
	const struct qs_egress_queue *out = &port->tx.out;
	uint32_t i, n = 0;

	for (i = 0; i < out->count; i++)
		n += out->of[i].id == id && out->of[i].last;
	for (i = out->first; i < out->end; i++)
		n += out->wait[i].of.id == id;
	return n;
}

static int op_info(struct rte_qsock_port *port, struct rte_qsock *qs, struct rte_qsock_info *info)
{
	struct qs_ends ends = {
		.on_time = qs->on_time,
		.late = qs->late,
		.late_drop = qs->late_drop,
		.frame_drop = qs->frame_drop,
		.sent_bytes = qs->sent_bytes,
	};
	struct qs_offers offers;
	uint64_t put;
	int ret = rte_qsock_sched_state(port->tx.sched, qs->id, &info->state);

	if (ret != 0)
		return ret;
	ends.violations = info->state.violations;
	rte_qsock_sched_conf_get(port->tx.sched, qs->id, &info->conf);
	put = __atomic_load_n(&qs->put, __ATOMIC_ACQUIRE);
	offers.put = put + qs_socket_waiting(qs);
	offers.refused = __atomic_load_n(&qs->refused, __ATOMIC_RELAXED);
	offers.put_drop = __atomic_load_n(&qs->put_drop, __ATOMIC_RELAXED);
	qs_counts_fill(&info->counts, &ends, &qs->rare, &offers, &qs->base, qs->left);
	info->ring_used =
		(uint32_t)(put - qs->left - info->state.backlog_packets) - info_decided(port, qs->id);
	info->now_ns = qs_txcore_clock(port);
	info->rate_bps = qs_rate_bps(&qs->rate, info->now_ns, qs->sent_bytes);
	return 0;
}

static void rare_reset(struct qs_rare_ends *rare, uint64_t left, uint64_t violations)
{
	*rare = (struct qs_rare_ends){.base_left = left, .base_violations = violations};
}

static int op_reset(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	struct rte_qsock_stream_state state = {0};

	rte_qsock_sched_state(port->tx.sched, qs->id, &state);
	qs->on_time = 0;
	qs->late = 0;
	qs->late_drop = 0;
	qs->frame_drop = 0;
	qs->sent_bytes = 0;
	qs->rate = (struct qs_rate){0};
	qs->rate_next_ns = 0;
	rare_reset(&qs->rare, qs->left, state.violations);
	qs->base.refused = __atomic_load_n(&qs->refused, __ATOMIC_RELAXED);
	qs->base.put_drop = __atomic_load_n(&qs->put_drop, __ATOMIC_RELAXED);
	if (qs->obs != NULL) {
		qs_histogram_clear(&qs->obs->delay);
		qs_histogram_clear(&qs->obs->lateness);
	}
	return 0;
}

static int op_port_info(const struct rte_qsock_port *port, struct qs_port_snapshot *s)
{
	s->totals = port->tx.totals;
	s->totals.ends.violations = qs_sched_violations(port->tx.sched);
	s->decisions = port->tx.pace.decisions;
	s->busy_ns = port->tx.pace.busy_ns;
	s->sleeps = port->idle.sleeps;
	s->slept_ns = port->idle.slept_ns;
	qs_stalls_fill(&port->tx.stalls, &s->stalls);
	return 0;
}

static int op_port_reset(struct rte_qsock_port *port)
{
	struct qs_port_totals *t = &port->tx.totals;

	t->ends = (struct qs_ends){0};
	rare_reset(&t->rare, t->left, qs_sched_violations(port->tx.sched));
	port->tx.pace.decisions = 0;
	port->tx.pace.busy_ns = 0;
	port->idle.sleeps = 0;
	port->idle.slept_ns = 0;
	qs_stalls_reset(&port->tx.stalls);
	t->since_ns = qs_txcore_clock(port);
	return 0;
}

static int op_close(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	if (qs->state != QS_SOCKET_OPEN)
		return -EINVAL;
	qs_closing_begin(port, qs, qs_txcore_clock(port));
	return 0;
}

/* The port's end: whatever is queued anywhere ends as closed. */
static int op_close_all(struct rte_qsock_port *port)
{
	uint64_t clock_ns = qs_txcore_clock(port);
	uint32_t id;

	for (id = 0; id < port->max_sockets; id++) {
		struct rte_qsock *qs = port->chunks[id / QS_CHUNK] != NULL ? qs_port_socket(port, id) : NULL;

		if (qs != NULL && (qs->state == QS_SOCKET_OPEN || qs->state == QS_SOCKET_CLOSING))
			qs_closing_finish(port, qs, clock_ns);
	}
	/* Nobody knows their streams any more. */
	while (qs_lanes_any(&port->lanes))
		qs_ingest(port, clock_ns);
	qs_egress_close(port);
	return 0;
}

int qs_op_run(struct rte_qsock_port *port, enum qs_op op, struct rte_qsock *qs, void *arg)
{
	switch (op) {
	case QS_OP_ADD:
		return op_add(port, qs, arg);
	case QS_OP_CHANGE:
		return op_change(port, qs, arg);
	case QS_OP_CLOSE:
		return op_close(port, qs);
	case QS_OP_INFO:
		return op_info(port, qs, arg);
	case QS_OP_PORT_INFO:
		return op_port_info(port, arg);
	case QS_OP_RESET:
		return op_reset(port, qs);
	case QS_OP_PORT_RESET:
		return op_port_reset(port);
	case QS_OP_RATE:
		qs_record_unlike(port->tx.record);
		port->tx.pace.link.rate_bps = *(const uint64_t *)arg;
		return 0;
	case QS_OP_CLOSE_ALL:
		return op_close_all(port);
	}
	return -EINVAL;
}
