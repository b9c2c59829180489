/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <eal/qs_compat.h>
#include <rte_errno.h>
#include <rte_qsock_egress.h>
#include <rte_qsock_group.h>

#include "capture.h"
#include "queues.h"
#include "table.h"

#define BALANCE_US 2000

struct dq_queues {
	struct rte_qsock_group *group;
	pthread_t thread;
	bool runs, stop;
};

static void *balance(void *arg)
{
	struct dq_queues *q = arg;

	while (!__atomic_load_n(&q->stop, __ATOMIC_ACQUIRE)) {
		/* A TX core that does not answer is told of where somebody asks for it. */
		rte_qsock_group_balance(q->group);
		usleep(BALANCE_US);
	}
	return NULL;
}

static int failed(const struct dq_port *p, enum qs_port_key key, struct dq_error *e)
{
	return dq_fail(e, rte_errno, (int)key, "[port %u]: %s", p->conf.id, dq_captured());
}

/* The group; the egresses are its own then. */
static int make_group(struct dq_queues *q, struct dq_port *p, const struct rte_qsock_port_conf *conf,
		      struct dq_error *e)
{
	struct rte_qsock_egress **egress = p->egress;
	const struct rte_qsock_group_conf group = {
		.size = sizeof(group), .port = *conf, .egress = egress, .members = p->conf.tx_queues};
	uint16_t i, n;
	int rc = 0;

	dq_capture_begin();
	for (n = 0; n < p->conf.tx_queues; n++)
		if ((egress[n] = dq_device_egress(&p->device, &p->conf, n)) == NULL)
			break;
	if (n == p->conf.tx_queues)
		q->group = rte_qsock_group_create(&group);
	dq_capture_end();
	if (q->group != NULL)
		return 0;
	rc = failed(p, QS_PORT_TX_QUEUES, e);
	for (i = 0; i < n; i++)
		egress[i]->ops->free(egress[i]);
	return rc;
}

static int start(struct dq_queues *q, const struct dq_port *p, struct dq_error *e)
{
	uint32_t i;
	int rc = 0;

	dq_capture_begin();
	for (i = 0; i < p->conf.tx_queues && rc == 0; i++)
		rc = rte_qsock_tx_launch(rte_qsock_group_port(q->group, i), p->lcores[i]);
	dq_capture_end();
	if (rc < 0)
		return failed(p, QS_PORT_TX_LCORE, e);
	rc = qs_thread_create(&q->thread, "qs-shares", balance, q);
	if (rc != 0)
		return dq_fail(e, rc, DQ_NO_KEY, "[port %u]: no thread for its shares", p->conf.id);
	q->runs = true;
	return 0;
}

int dq_queues_open(struct dq_port *p, const struct rte_qsock_port_conf *conf, struct dq_error *e)
{
	struct dq_queues *q = calloc(1, sizeof(*q));
	int rc;

	if (q == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	rc = make_group(q, p, conf, e);
	if (rc == 0)
		rc = start(q, p, e);
	if (rc < 0) {
		dq_queues_close(q);
		return rc;
	}
	p->queues = q;
	return 0;
}

void dq_queues_close(struct dq_queues *q)
{
	if (q == NULL)
		return;
	if (q->runs) {
		__atomic_store_n(&q->stop, true, __ATOMIC_RELEASE);
		pthread_join(q->thread, NULL);
	}
	if (q->group != NULL)
		rte_qsock_group_free(q->group);
	free(q);
}

struct rte_qsock_group *dq_queues_group(const struct dq_port *p)
{
	return p->queues != NULL ? p->queues->group : NULL;
}

int dq_queues_foreach(const struct dq_port *p, int (*fn)(struct rte_qsock_port *port, void *arg), void *arg)
{
	uint32_t i;
	int rc = 0;

	if (p->queues == NULL)
		return fn(p->port, arg);
	for (i = 0; i < p->conf.tx_queues && rc == 0; i++)
		rc = fn(rte_qsock_group_port(p->queues->group, i), arg);
	return rc;
}

/* What is not in the group's own figures. Links are busy on the average. */
static int add_info(struct rte_qsock_port *port, void *arg)
{
	struct rte_qsock_port_info *sum = arg, one;

	if (rte_qsock_port_info_get(port, &one) < 0)
		return -1;
	sum->decisions += one.decisions;
	sum->busy_ns += one.busy_ns;
	sum->sleeps += one.sleeps;
	sum->slept_ns += one.slept_ns;
	sum->link_down = sum->link_down || one.link_down;
	sum->stalls.polls += one.stalls.polls;
	sum->stalls.count += one.stalls.count;
	sum->stalls.total_ns += one.stalls.total_ns;
	sum->stalls.max_ns = RTE_MAX(sum->stalls.max_ns, one.stalls.max_ns);
	sum->stalls.over_ns = one.stalls.over_ns;
	sum->since_ns = one.since_ns;
	sum->now_ns = one.now_ns;
	sum->max_sockets = one.max_sockets;
	memcpy(sum->driver, one.driver, sizeof(sum->driver));
	snprintf(sum->scheduler, sizeof(sum->scheduler), "%s", one.scheduler);
	return 0;
}

int dq_queues_info(const struct dq_port *p, struct rte_qsock_port_info *info)
{
	struct rte_qsock_group_info group;

	if (p->queues == NULL)
		return rte_qsock_port_info_get(p->port, info);
	*info = (struct rte_qsock_port_info){0};
	if (dq_queues_foreach(p, add_info, info) < 0 ||
	    rte_qsock_group_info_get(p->queues->group, &group) < 0)
		return -1;
	info->busy_ns /= group.members;
	info->total = group.total;
	info->rate_bps = group.rate_bps;
	info->sockets = group.sockets;
	return 0;
}

int dq_queues_print(const struct dq_port *p, FILE *out, const char *indent)
{
	struct rte_qsock_group_info group;
	struct dq_table *t;
	uint32_t i;

	if (p->queues == NULL)
		return 0;
	if (rte_qsock_group_info_get(p->queues->group, &group) < 0)
		return -1;
	t = dq_table_new("<queue|lcore|share|asked for|streams");
	for (i = 0; i < group.members; i++) {
		dq_table_number(t, i);
		dq_table_number(t, p->lcores[i]);
		dq_table_rate(t, group.member[i].share_bps);
		dq_table_rate(t, group.member[i].demand_bps);
		dq_table_number(t, group.member[i].sockets);
	}
	dq_table_text(t, "all");
	dq_table_text(t, "");
	dq_table_rate(t, group.shared_bps);
	dq_table_text(t, "");
	dq_table_number(t, group.sockets);
	fputc('\n', out);
	dq_table_print(t, out, indent);
	return 0;
}
