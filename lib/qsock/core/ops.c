/* SPDX-License-Identifier: BSD-3-Clause */
/* What [ctl] asks of the TX core. */
#include <errno.h>

#include "core/qs_ctl.h"
#include "core/qs_migrate.h"
#include "core/qs_share.h"
#include "core/qs_txcore.h"
#include "obs/qs_record.h"

/* What the TX core itself needs of a stream's parameters. */
static void apply_conf(struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf)
{
	struct qs_socket_ctl *ctl = qs_socket_ctl(qs);
	uint32_t credit = conf->queue_packets;

	if (ctl->bounds.ring_packets != 0)
		credit = RTE_MIN(credit, (uint32_t)ctl->bounds.ring_packets);
	/* What is beyond its limits is not refused but dropped, when it arrives. */
	if (ctl->bounds.queue_ns != 0)
		credit = INT32_MAX;
	__atomic_store_n(&qs->credit, credit, __ATOMIC_RELAXED);
	ctl->conf = qs_brief_of(conf);
}

void qs_socket_admit(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	struct rte_qsock_stream_conf conf;

	if (qs->state != QS_SOCKET_OPEN && qs->state != QS_SOCKET_CLOSING)
		return;
	conf = qs_brief_whole(&qs_socket_ctl(qs)->conf);
	/* They were checked when they were set: what it can say is that it knows it. */
	(void)rte_qsock_sched_add(port->tx.sched, qs_socket_id(qs), &conf);
}

/* The discipline hears of it with its first packet: a socket at rest costs it nothing. */
static int op_add(struct rte_qsock_port *port, struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf)
{
	char own[RTE_QSOCK_NAMESIZE];

	apply_conf(qs, conf);
	qs->state = QS_SOCKET_OPEN;
	if (unlikely(port->tx.record != NULL))
		qs_record_open(port->tx.record, qs_socket_id(qs), qs_socket_name(qs, own), conf);
	return 0;
}

static int op_change(struct rte_qsock_port *port, struct rte_qsock *qs,
		     const struct rte_qsock_stream_conf *conf)
{
	int ret = rte_qsock_sched_change(port->tx.sched, qs_socket_id(qs), conf);

	if (ret != 0 && ret != -ENOENT) /* not known yet */
		return ret;
	qs_record_unlike(port->tx.record);
	apply_conf(qs, conf);
	return 0;
}

/* Of one that has never sent: all zero. */
static const struct qs_socket_tx never_sent;
static const struct qs_socket_rare never_rare;

static int op_info(struct rte_qsock_port *port, struct rte_qsock *qs, struct rte_qsock_info *info)
{
	const uint32_t id = qs_socket_id(qs);
	const struct qs_socket_tx *woken = __atomic_load_n(&qs->tx, __ATOMIC_ACQUIRE);
	const struct qs_socket_tx *tx = woken != NULL ? woken : &never_sent;
	const struct qs_socket_rare *rare = woken != NULL ? qs_tx_rare(woken) : &never_rare;
	const struct qs_offers base = {.refused = rare->base_refused, .put_drop = rare->base_put_drop};
	struct qs_ends ends = {
		.on_time = tx->on_time,
		.late = tx->late,
		.late_drop = rare->late_drop,
		.frame_drop = rare->frame_drop,
		.sent_bytes = tx->sent_bytes,
	};
	struct qs_offers offers;
	uint64_t put;

	info->conf = qs_brief_whole(&qs_socket_ctl(qs)->conf);
	/* Of one at rest not even a look. */
	if (woken == NULL || rte_qsock_sched_state(port->tx.sched, id, &info->state) != 0)
		qs_sched_state_new(port->tx.sched, &info->conf, &info->state);
	ends.violations = info->state.violations;
	offers = qs_socket_offers(qs);
	put = offers.put;
	offers.put += qs_socket_waiting(qs);
	qs_counts_fill(&info->counts, &ends, &rare->ends, &offers, &base, tx->left);
	info->ring_used =
		(uint32_t)(put - tx->left - info->state.backlog_packets) - qs_egress_decided(port, id);
	info->now_ns = qs_txcore_clock(port);
	info->rate_bps = qs_rate_bps(&rare->rate, tx->rate_newest, info->now_ns, tx->sent_bytes);
	return 0;
}

static void rare_reset(struct qs_rare_ends *rare, uint64_t left, uint64_t violations)
{
	*rare = (struct qs_rare_ends){.base_left = left, .base_violations = violations};
}

static int op_reset(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	struct qs_socket_tx *tx = __atomic_load_n(&qs->tx, __ATOMIC_ACQUIRE);
	struct qs_offers offers = qs_socket_offers(qs);
	struct rte_qsock_stream_state state = {0};
	struct qs_socket_rare *rare;

	if (tx == NULL)
		return 0;
	rte_qsock_sched_state(port->tx.sched, qs_socket_id(qs), &state);
	tx->on_time = 0;
	tx->sent_bytes = 0;
	tx->rate_next_ns = 0;
	rare = qs_tx_rare(tx);
	tx->late = 0;
	rare->late_drop = 0;
	rare->frame_drop = 0;
	rare->rate = (struct qs_rate){0};
	rare_reset(&rare->ends, tx->left, state.violations);
	rare->base_refused = offers.refused;
	rare->base_put_drop = offers.put_drop;
	if (tx->obs != NULL) {
		qs_histogram_clear(&tx->obs->delay);
		qs_histogram_clear(&tx->obs->lateness);
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
	s->rests = port->idle.rests;
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
	port->idle.rests = 0;
	port->idle.slept_ns = 0;
	qs_stalls_reset(&port->tx.stalls);
	t->since_ns = qs_txcore_clock(port);
	return 0;
}

static int op_close(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	if (qs->state != QS_SOCKET_OPEN)
		return -EINVAL;
	qs_closing_begin(port, qs, qs_txcore_go_on(port, 0));
	return 0;
}

/* The port's end: whatever is queued anywhere ends as closed. */
static int op_close_all(struct rte_qsock_port *port)
{
	uint64_t clock_ns = qs_txcore_clock(port);
	uint32_t id;

	for (id = 0; id < port->max_sockets; id++) {
		struct rte_qsock *qs = port->chunks[id / QS_CHUNK] != NULL ? qs_port_socket(port, id) : NULL;

		if (qs != NULL && qs->port == port &&
		    qs->state >= QS_SOCKET_OPEN && qs->state <= QS_SOCKET_ENDING)
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
		qs_link_rate_set(&port->tx.pace.link, *(const uint64_t *)arg);
		qs_egress_rate(port);
		return 0;
	case QS_OP_CLOSE_ALL:
		return op_close_all(port);
	case QS_OP_RESERVE:
		return qs_move_reserve(port, arg);
	case QS_OP_GIVE_BACK:
		return qs_move_give_back(port, arg);
	case QS_OP_LEAVE:
		return qs_move_leave(port, arg);
	case QS_OP_ENTER:
		return qs_move_enter(port, arg);
	case QS_OP_DRAIN:
		return qs_move_drain(port, arg);
	case QS_OP_SHARE:
		return qs_share_run(port, arg);
	}
	return -EINVAL;
}
