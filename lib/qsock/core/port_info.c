/* SPDX-License-Identifier: BSD-3-Clause */
/* A port's figures, and what can be set while it runs: [ctl]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/qs_clock.h"
#include "core/qs_ctl.h"
#include "core/qs_port.h"
#include "core/qs_port_conf.h"
#include "eal/qs_log.h"

/* What a socket's producers have done while it was here. */
static void offers_add(struct qs_offers *sum, const struct rte_qsock_port *port, const struct rte_qsock *qs)
{
	const struct qs_offers offers = qs_socket_offers(qs), before = qs_offers_before(port, qs);

	sum->put += offers.put + qs_socket_waiting(qs) - before.put;
	sum->refused += offers.refused - before.refused;
	sum->put_drop += offers.put_drop - before.put_drop;
}

/* What producers have done so far. The lock is held, so that no socket is counted twice or not at all. */
static struct qs_offers port_offers(const struct rte_qsock_port *port)
{
	struct qs_offers sum = port->gone;
	uint32_t word, words = (port->max_sockets + 63) / 64;
	uint64_t bits;

	for (word = 0; word < words; word++)
		for (bits = port->table->used[word]; bits != 0; bits &= bits - 1) {
			const struct rte_qsock *qs =
				qs_port_socket(port, word * 64 + (uint32_t)__builtin_ctzll(bits));

			if (qs->port == port)
				offers_add(&sum, port, qs);
		}
	return sum;
}

static const char *port_driver(const struct rte_qsock_port *port)
{
	const char *name = port->tx.egress->ops->name;

	return name != NULL ? name : "";
}

static void info_fill(struct rte_qsock_port *port, struct rte_qsock_port_info *info,
		      const struct qs_port_snapshot *s)
{
	const struct qs_port_totals *t = &s->totals;
	/* After the TX core's snapshot: nothing can have ended that is not counted as put here. */
	struct qs_offers offers = port_offers(port);

	qs_counts_fill(&info->total, &t->ends, &t->rare, &offers, &port->base, t->left);
	info->stalls = s->stalls;
	info->rate_bps = qs_port_rate_bps(port);
	info->busy_ns = s->busy_ns;
	info->sleeps = s->sleeps;
	info->slept_ns = s->slept_ns;
	info->rests = s->rests;
	info->idle = qs_idle_steps(&port->idle);
	info->since_ns = t->since_ns;
	info->now_ns = qs_clock_now();
	info->decisions = s->decisions;
	info->sockets = __atomic_load_n(&port->sockets, __ATOMIC_RELAXED);
	info->max_sockets = port->max_sockets;
	info->link_down = __atomic_load_n(&port->tx.egress->link_down, __ATOMIC_RELAXED);
	snprintf(info->scheduler, sizeof(info->scheduler), "%s", port->scheduler);
	snprintf(info->driver, sizeof(info->driver), "%s", port_driver(port));
}

int rte_qsock_port_info_get(struct rte_qsock_port *port, struct rte_qsock_port_info *info)
{
	struct qs_port_snapshot snapshot;
	int ret;

	if (port == NULL || info == NULL)
		return qs_fail(EINVAL, "port info: no %s given", port == NULL ? "port" : "structure");
	memset(info, 0, sizeof(*info));
	pthread_mutex_lock(&port->table->lock);
	ret = qs_ctl_call(port, QS_OP_PORT_INFO, NULL, &snapshot);
	if (ret == 0)
		info_fill(port, info, &snapshot);
	pthread_mutex_unlock(&port->table->lock);
	return ret;
}

/* Counters begin at what was refused before, which takes memory where there are none yet. */
static int reset_socket(struct rte_qsock *qs, void *arg)
{
	const struct qs_offers offers = qs_socket_offers(qs);
	char own[RTE_QSOCK_NAMESIZE];

	if ((offers.refused != 0 || offers.put_drop != 0) && qs_socket_wake(qs) != 0)
		return qs_fail(ENOMEM, "stats reset: socket %s: no memory", qs_socket_name(qs, own));
	return qs_socket_call(qs, QS_OP_RESET, NULL);
}

int rte_qsock_stats_reset(struct rte_qsock *qs)
{
	return qs_socket_valid(qs, "stats reset") == 0 ? reset_socket(qs, NULL) : -1;
}

int rte_qsock_port_stats_reset(struct rte_qsock_port *port)
{
	struct qs_offers offers;
	int ret;

	if (port == NULL)
		return qs_fail(EINVAL, "stats reset: no port given");
	pthread_mutex_lock(&port->table->lock);
	/* Socket by socket, so that the TX core is not held up by a million of them. */
	ret = rte_qsock_foreach(port, reset_socket, NULL);
	if (ret == 0)
		ret = qs_ctl_call(port, QS_OP_PORT_RESET, NULL, NULL);
	if (ret == 0) {
		offers = port_offers(port);
		port->base.refused = offers.refused;
		port->base.put_drop = offers.put_drop;
	}
	pthread_mutex_unlock(&port->table->lock);
	return ret;
}

int rte_qsock_port_rate_set(struct rte_qsock_port *port, uint64_t rate_bps)
{
	if (port == NULL)
		return qs_fail(EINVAL, "rate set: no port given");
	if (qs_port_conf_rate(port->name, rate_bps) != 0)
		return -1;
	if (port->table->migration != NULL)
		return qs_fail(EBUSY, "port %s: its rate is a share of its group's", port->name);
	return qs_ctl_call(port, QS_OP_RATE, NULL, &rate_bps);
}

uint64_t qs_port_rate_bps(const struct rte_qsock_port *port)
{
	return __atomic_load_n(&port->tx.pace.link.rate_bps, __ATOMIC_RELAXED);
}
