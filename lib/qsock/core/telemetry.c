/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dpdk-telemetry.py can ask. A reply has at most 16 KiB and a dictionary 256 entries, so lists of
 * sockets come in pages. The callbacks run in EAL's telemetry thread, which is [ctl].
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "core/qs_port.h"
#include "core/qs_telemetry.h"
#include "eal/qs_compat.h"

#define SOCKETS_A_PAGE 128u /* names of 31 characters, quoted: under 5 KiB */

/* What a command was asked: PORT[,MORE]. */
struct question {
	char port[RTE_QSOCK_NAMESIZE];
	const char *more; /* NULL: nothing */
	struct rte_tel_data *d;
	uint32_t skip, listed;
};

static int question_parse(struct question *q, const char *params, struct rte_tel_data *d)
{
	const char *comma;
	size_t len;

	memset(q, 0, sizeof(*q));
	q->d = d;
	if (params == NULL || params[0] == 0)
		return -EINVAL;
	comma = strchr(params, ',');
	len = comma != NULL ? (size_t)(comma - params) : strlen(params);
	if (len == 0 || len >= sizeof(q->port))
		return -EINVAL;
	memcpy(q->port, params, len);
	q->more = comma != NULL ? comma + 1 : NULL;
	return 0;
}

static void tell_counts(struct rte_tel_data *d, const struct rte_qsock_counts *c)
{
	qs_tel_u64(d, "offered", c->offered);
	qs_tel_u64(d, "refused", c->refused);
	qs_tel_u64(d, "queue_drop", c->queue_drop);
	qs_tel_u64(d, "accepted", c->accepted);
	qs_tel_u64(d, "on_time", c->on_time);
	qs_tel_u64(d, "late", c->late);
	qs_tel_u64(d, "late_drop", c->late_drop);
	qs_tel_u64(d, "frame_drop", c->frame_drop);
	qs_tel_u64(d, "closed", c->closed);
	qs_tel_u64(d, "neigh_drop", c->neigh_drop);
	qs_tel_u64(d, "tx_error", c->tx_error);
	qs_tel_u64(d, "queued", c->queued);
	qs_tel_u64(d, "sent_bytes", c->sent_bytes);
	qs_tel_u64(d, "violations", c->violations);
	qs_tel_u64(d, "late_queue", c->late_queue);
	qs_tel_u64(d, "late_stall", c->late_stall);
	qs_tel_u64(d, "late_driver", c->late_driver);
}

static void tell_delay(struct rte_tel_data *d, const char *what, const struct rte_qsock_delay *delay)
{
	const struct {
		const char *name;
		uint64_t value;
	} entries[] = {
		{"count", delay->count},   {"min_ns", delay->min_ns}, {"mean_ns", delay->mean_ns},
		{"p50_ns", delay->p50_ns}, {"p99_ns", delay->p99_ns}, {"p999_ns", delay->p999_ns},
		{"max_ns", delay->max_ns},
	};
	char name[64];
	unsigned int i;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		snprintf(name, sizeof(name), "%s_%s", what, entries[i].name);
		qs_tel_u64(d, name, entries[i].value);
	}
}

/* ---- /qsock/ports */

static int list_port(struct rte_qsock_port *port, void *arg)
{
	struct question *q = arg;

	if (q->listed++ < SOCKETS_A_PAGE)
		rte_tel_data_add_array_string(q->d, port->name);
	return 0;
}

static int cmd_ports(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q = {.d = d};

	rte_tel_data_start_array(d, RTE_TEL_STRING_VAL);
	qs_port_foreach(list_port, &q);
	return 0;
}

/* ---- /qsock/port,PORT */

static const char *idle_name(uint32_t idle)
{
	static const char *const names[] = {"pause", "monitor", "pause, sleep", "monitor, sleep"};

	return names[(idle & RTE_QSOCK_IDLE_MONITOR ? 1 : 0) + (idle & RTE_QSOCK_IDLE_SLEEP ? 2 : 0)];
}

static int tell_port(struct rte_qsock_port *port, void *arg)
{
	struct question *q = arg;
	struct rte_qsock_port_info info;

	if (rte_qsock_port_info_get(port, &info) != 0)
		return -1;
	rte_tel_data_start_dict(q->d);
	rte_tel_data_add_dict_string(q->d, "name", port->name);
	rte_tel_data_add_dict_string(q->d, "scheduler", info.scheduler);
	qs_tel_u64(q->d, "rate_bps", info.rate_bps);
	qs_tel_u64(q->d, "sockets", info.sockets);
	qs_tel_u64(q->d, "max_sockets", info.max_sockets);
	qs_tel_u64(q->d, "link_down", info.link_down);
	tell_counts(q->d, &info.total);
	qs_tel_u64(q->d, "decisions", info.decisions);
	qs_tel_u64(q->d, "busy_ns", info.busy_ns);
	rte_tel_data_add_dict_string(q->d, "idle", idle_name(info.idle));
	qs_tel_u64(q->d, "rests", info.rests);
	qs_tel_u64(q->d, "sleeps", info.sleeps);
	qs_tel_u64(q->d, "slept_ns", info.slept_ns);
	qs_tel_u64(q->d, "since_ns", info.since_ns);
	qs_tel_u64(q->d, "now_ns", info.now_ns);
	qs_tel_u64(q->d, "polls", info.stalls.polls);
	qs_tel_u64(q->d, "stalls", info.stalls.count);
	qs_tel_u64(q->d, "stalls_total_ns", info.stalls.total_ns);
	qs_tel_u64(q->d, "stalls_max_ns", info.stalls.max_ns);
	qs_tel_u64(q->d, "stalls_last_at_ns", info.stalls.last_at_ns);
	qs_tel_u64(q->d, "stalls_over_ns", info.stalls.over_ns);
	return 0;
}

static int cmd_port(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q;

	return question_parse(&q, params, d) == 0 ? qs_port_with(q.port, tell_port, &q) : -EINVAL;
}

/* ---- /qsock/stalls,PORT */

/* The latest stalls: two lists, of when they began and how long they were. */
static int tell_stalls(struct rte_qsock_port *port, void *arg)
{
	struct rte_tel_data *start = rte_tel_data_alloc(), *length = rte_tel_data_alloc();
	struct question *q = arg;
	struct rte_qsock_port_info info;
	unsigned int i;

	if (start == NULL || length == NULL || rte_qsock_port_info_get(port, &info) != 0) {
		rte_tel_data_free(start);
		rte_tel_data_free(length);
		return -1;
	}
	qs_tel_start_u64s(start);
	qs_tel_start_u64s(length);
	for (i = 0; i < RTE_QSOCK_STALLS_KEPT && info.stalls.last[i].length_ns != 0; i++) {
		qs_tel_add_u64(start, info.stalls.last[i].start_ns);
		qs_tel_add_u64(length, info.stalls.last[i].length_ns);
	}
	rte_tel_data_start_dict(q->d);
	qs_tel_u64(q->d, "over_ns", info.stalls.over_ns);
	qs_tel_u64(q->d, "count", info.stalls.count);
	/* They are EAL's from now on. */
	rte_tel_data_add_dict_container(q->d, "start_ns", start, 0);
	rte_tel_data_add_dict_container(q->d, "length_ns", length, 0);
	return 0;
}

static int cmd_stalls(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q;

	return question_parse(&q, params, d) == 0 ? qs_port_with(q.port, tell_stalls, &q) : -EINVAL;
}

/* ---- /qsock/numa,PORT */

static void tell_pages(struct rte_tel_data *d, const char *what, const struct qs_numa_pages *pages,
		       int wanted)
{
	char name[RTE_MEMPOOL_NAMESIZE + 16];

	snprintf(name, sizeof(name), "%s_node", what);
	rte_tel_data_add_dict_int(d, name, qs_numa_most(pages));
	snprintf(name, sizeof(name), "%s_remote_pages", what);
	qs_tel_u64(d, name, qs_numa_remote(pages, wanted));
}

/* Of -1: none, or not known. Pages are those that were looked at. */
static int tell_numa(struct rte_qsock_port *port, void *arg)
{
	struct question *q = arg;
	struct qs_placement p;
	unsigned int i;

	qs_placement_get(port, &p);
	rte_tel_data_start_dict(q->d);
	rte_tel_data_add_dict_int(q->d, "device_node", p.device_node);
	rte_tel_data_add_dict_int(q->d, "lcore", p.lcore);
	rte_tel_data_add_dict_int(q->d, "lcore_node", p.lcore_node);
	qs_tel_u64(q->d, "pages_known", p.known);
	tell_pages(q->d, "memory", &p.memory, p.lcore_node);
	for (i = 0; i < p.n_pools; i++)
		tell_pages(q->d, p.pool[i].name, &p.pool[i].pages, p.device_node);
	qs_tel_u64(q->d, "remote", p.remote);
	return 0;
}

static int cmd_numa(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q;

	return question_parse(&q, params, d) == 0 ? qs_port_with(q.port, tell_numa, &q) : -EINVAL;
}

/* ---- /qsock/sockets,PORT[,SKIP] */

static int list_socket(struct rte_qsock *qs, void *arg)
{
	struct question *q = arg;
	char own[RTE_QSOCK_NAMESIZE];

	if (q->skip > 0) {
		q->skip--;
		return 0;
	}
	rte_tel_data_add_array_string(q->d, qs_socket_name(qs, own));
	return ++q->listed == SOCKETS_A_PAGE;
}

static int list_sockets(struct rte_qsock_port *port, void *arg)
{
	struct question *q = arg;

	rte_tel_data_start_array(q->d, RTE_TEL_STRING_VAL);
	rte_qsock_foreach(port, list_socket, q);
	return 0;
}

static int cmd_sockets(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q;
	char *end = NULL;

	if (question_parse(&q, params, d) != 0)
		return -EINVAL;
	if (q.more != NULL) {
		q.skip = (uint32_t)strtoul(q.more, &end, 10);
		if (end == q.more || *end != 0)
			return -EINVAL;
	}
	return qs_port_with(q.port, list_sockets, &q);
}

/* ---- /qsock/socket,PORT,NAME */

static void tell_conf(struct rte_tel_data *d, const struct rte_qsock_stream_conf *c)
{
	rte_tel_data_add_dict_string(d, "class", c->cls == RTE_QSOCK_REALTIME ? "realtime" : "best-effort");
	rte_tel_data_add_dict_string(d, "unit", c->unit == RTE_QSOCK_UNIT_FRAME ? "frame" : "packet");
	qs_tel_u64(d, "ipg_ns", c->ipg_ns);
	qs_tel_u64(d, "deadline_ns", c->deadline_ns);
	qs_tel_u64(d, "oln", c->oln);
	qs_tel_u64(d, "old", c->old);
	qs_tel_u64(d, "queue_packets", c->queue_packets);
	qs_tel_u64(d, "droppable", c->droppable);
}

static int tell_socket(struct rte_qsock_port *port, void *arg)
{
	struct question *q = arg;
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	int ret = -1;

	/* The lock keeps the socket from being closed between the look and the question. */
	pthread_mutex_lock(&port->table->lock);
	qs = rte_qsock_lookup(port, q->more);
	if (qs != NULL)
		ret = rte_qsock_info_get(qs, &info);
	pthread_mutex_unlock(&port->table->lock);
	if (ret != 0)
		return -ENOENT;
	rte_tel_data_start_dict(q->d);
	rte_tel_data_add_dict_string(q->d, "name", info.name);
	qs_tel_u64(q->d, "id", info.id);
	tell_conf(q->d, &info.conf);
	tell_counts(q->d, &info.counts);
	qs_tel_u64(q->d, "rate_bps", info.rate_bps);
	qs_tel_u64(q->d, "ring_packets", info.ring_packets);
	qs_tel_u64(q->d, "ring_used", info.ring_used);
	qs_tel_u64(q->d, "x_now", info.state.x);
	qs_tel_u64(q->d, "y_now", info.state.y);
	qs_tel_u64(q->d, "backlog_packets", info.state.backlog_packets);
	qs_tel_u64(q->d, "backlog_bytes", info.state.backlog_bytes);
	tell_delay(q->d, "delay", &info.delay);
	tell_delay(q->d, "lateness", &info.lateness);
	return 0;
}

static int cmd_socket(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct question q;

	if (question_parse(&q, params, d) != 0 || q.more == NULL)
		return -EINVAL;
	return qs_port_with(q.port, tell_socket, &q);
}

static void telemetry_once(void)
{
	rte_telemetry_register_cmd("/qsock/ports", cmd_ports, "Names of the ports. No parameter");
	rte_telemetry_register_cmd("/qsock/port", cmd_port, "A port's figures. Parameter: PORT");
	rte_telemetry_register_cmd(
		"/qsock/stalls", cmd_stalls,
		"The latest stalls of a port's TX core, the latest first. Parameter: PORT");
	rte_telemetry_register_cmd("/qsock/numa", cmd_numa,
				   "Nodes of a port's device, TX core, memory and packets. Parameter: PORT");
	rte_telemetry_register_cmd(
		"/qsock/sockets", cmd_sockets,
		"Names of a port's sockets, 128 at a time. Parameters: PORT[,HOW MANY TO LEAVE OUT]");
	rte_telemetry_register_cmd("/qsock/socket", cmd_socket, "A socket's figures. Parameters: PORT,NAME");
}

void qs_telemetry_register(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, telemetry_once);
}
