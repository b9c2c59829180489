/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, finding, asking and freeing a port: [ctl]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "core/qs_alloc.h"
#include "core/qs_clock.h"
#include "core/qs_ctl.h"
#include "core/qs_migrate.h"
#include "core/qs_port.h"
#include "core/qs_port_conf.h"
#include "core/qs_telemetry.h"
#include "core/qs_txcore.h"
#include "eal/qs_log.h"
#include "obs/qs_record.h"

static TAILQ_HEAD(, rte_qsock_port) ports = TAILQ_HEAD_INITIALIZER(ports);
static pthread_mutex_t ports_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ports_left = PTHREAD_COND_INITIALIZER; /* somebody has left a port */

static void *port_alloc(void *arg, size_t bytes)
{
	const struct rte_qsock_port *port = arg;

	return rte_zmalloc_socket("qsock_sched", bytes, RTE_CACHE_LINE_SIZE, port->socket_id);
}

/* Memory that comes as it is used; where that is not to be had, all of it at once. */
static void *port_reserve(void *arg, size_t bytes)
{
	struct rte_qsock_port *port = arg;
	void *at = NULL;
	unsigned int i;

	for (i = 0; i < QS_PAGES_MAX && at == NULL; i++)
		if (port->pages[i].at == NULL)
			at = qs_pages_map(&port->pages[i], bytes, port->socket_id);
	return at != NULL ? at : port_alloc(arg, bytes);
}

static void port_release(void *arg, void *p)
{
	struct rte_qsock_port *port = arg;
	unsigned int i;

	for (i = 0; i < QS_PAGES_MAX; i++)
		if (port->pages[i].at == p)
			break;
	if (i < QS_PAGES_MAX)
		qs_pages_unmap(&port->pages[i]);
	else
		rte_free(p);
}

size_t qs_port_mapped(const struct rte_qsock_port *port)
{
	size_t bytes = qs_pages_used(&port->table->tx_pages);
	unsigned int i;

	for (i = 0; i < QS_PAGES_MAX; i++)
		bytes += qs_pages_used(&port->pages[i]);
	return bytes;
}

static int port_make_sched(struct rte_qsock_port *port, const struct rte_qsock_port_conf *conf)
{
	struct rte_qsock_sched_conf sched = {
		.name = port->scheduler,
		.precedence = conf->precedence,
		.work_conserving = conf->work_conserving,
		.max_streams = conf->max_sockets,
		.max_packets = conf->max_packets,
		.on_drop = qs_drop_event,
		.on_drop_arg = port,
		.alloc = port_alloc,
		.reserve = port_reserve,
		.release = port_release,
		.alloc_arg = port,
	};
	int ret = rte_qsock_sched_create(&sched, &port->tx.sched);

	if (ret == 0)
		qs_sched_beside(port->tx.sched, port->sockets_tx);
	if (ret == -ENOENT)
		return qs_fail(
			ENOENT,
			"port %s: no scheduler \"%s\": dwcs, vds, edf, fifo, or one that is registered",
			port->name, port->scheduler);
	if (ret == -ENOMEM)
		return qs_fail(ENOMEM, "port %s: no memory for %u sockets and %u packets", port->name,
			       conf->max_sockets, conf->max_packets);
	return ret == 0 ? 0
			: qs_fail(-ret, "port %s: scheduler \"%s\" refused its configuration", port->name,
				  port->scheduler);
}

/* Where its sockets stand: in a table of its own, or in one that it shares. */
static int port_make_table(struct rte_qsock_port *port, struct qs_table *table)
{
	bool own = table == NULL;

	if (own)
		table = qs_table_make(port->name, port->max_sockets, port->socket_id);
	if (table == NULL)
		return -1;
	qs_table_join(table, port);
	if (own)
		qs_table_drop(table);
	else
		qs_migration_join(port);
	return 0;
}

static void port_set(struct rte_qsock_port *port, const struct rte_qsock_port_conf *conf)
{
	snprintf(port->name, sizeof(port->name), "%s", conf->name);
	snprintf(port->scheduler, sizeof(port->scheduler), "%s", conf->scheduler);
	port->socket_id = conf->socket_id;
	port->max_sockets = conf->max_sockets;
	port->max_frame_bytes = conf->egress->ops->max_frame_bytes(conf->egress);
	port->lcore = -1;
	port->around.device_node = -1;
	port->idle.fd = -1;
	qs_lanes_init(&port->lanes, conf->max_packets);
	port->tx.egress = conf->egress;
	port->tx.pace.ahead_ns = conf->ahead_ns;
	port->tx.pace.catchup_ns = conf->catchup_ns;
	port->tx.pace.link.rate_bps = conf->rate_bps;
	port->tx.pace.link.overhead_bytes = conf->overhead_bytes;
	port->tx.pace.clock_ns = qs_clock_now();
	port->tx.totals.since_ns = port->tx.pace.clock_ns;
	qs_await_init(&port->tx.await, false);
	port->tx.stalls.over_ns = conf->stall_ns;
}

/* Everything but the egress, which stays its maker's until the port exists. */
static void port_unmake(struct rte_qsock_port *port)
{
	qs_record_stop(port->tx.record);
	rte_qsock_sched_free(port->tx.sched);
	qs_lanes_free(&port->lanes);
	qs_idle_fini(&port->idle);
	if (port->table != NULL)
		qs_table_leave(port->table, port);
	rte_free(port);
}

static struct rte_qsock_port *port_find(const char *name)
{
	struct rte_qsock_port *port;

	TAILQ_FOREACH (port, &ports, next)
		if (strcmp(port->name, name) == 0)
			return port;
	return NULL;
}

/* An egress is freed with its port: two ports cannot have it. */
static const struct rte_qsock_port *port_of(const struct rte_qsock_egress *egress)
{
	const struct rte_qsock_port *port;

	TAILQ_FOREACH (port, &ports, next)
		if (port->tx.egress == egress)
			return port;
	return NULL;
}

static struct qs_record *port_record(const struct rte_qsock_port *port,
				     const struct rte_qsock_port_conf *conf)
{
	const struct qs_record_port about = {
		.scheduler = port->scheduler,
		.rate_bps = conf->rate_bps,
		.ahead_ns = conf->ahead_ns,
		.catchup_ns = conf->catchup_ns,
		.overhead_bytes = conf->overhead_bytes,
		.max_sockets = conf->max_sockets,
		.precedence = conf->precedence,
		.work_conserving = conf->work_conserving,
	};

	return qs_record_start(conf->record, &about);
}

static struct rte_qsock_port *port_make(const struct rte_qsock_port_conf *conf, struct qs_table *table)
{
	const struct rte_qsock_port *other;
	struct rte_qsock_port *port;

	if (port_find(conf->name) != NULL)
		return qs_fail_null(EEXIST, "port name \"%s\" is in use", conf->name);
	other = port_of(conf->egress);
	if (other != NULL)
		return qs_fail_null(EBUSY, "port %s: its egress is that of port %s", conf->name, other->name);
	port = qs_zalloc("qsock_port", sizeof(*port), conf->socket_id);
	if (port == NULL)
		return qs_fail_null(ENOMEM, "port %s: no memory (%zu bytes)", conf->name, sizeof(*port));
	port_set(port, conf);
	if (port_make_table(port, table) != 0 || port_make_sched(port, conf) != 0 ||
	    qs_idle_init(&port->idle, conf->sleep_after_ns) != 0)
		goto fail;
	if (conf->record != NULL) {
		port->tx.record = port_record(port, conf);
		if (port->tx.record == NULL)
			goto fail;
	}
	TAILQ_INSERT_TAIL(&ports, port, next);
	qs_egress_rate(port);
	return port;
fail:
	port_unmake(port);
	return NULL;
}

struct rte_qsock_port *qs_port_create_in(struct qs_table *table, const struct rte_qsock_port_conf *user_conf)
{
	struct rte_qsock_port_conf conf;
	struct rte_qsock_port *port;

	if (qs_port_conf_take(&conf, user_conf) != 0 || rte_qsock_meta_register() != 0)
		return NULL;
	pthread_mutex_lock(&ports_lock);
	port = port_make(&conf, table);
	pthread_mutex_unlock(&ports_lock);
	if (port != NULL)
		qs_telemetry_register();
	return port;
}

struct rte_qsock_port *rte_qsock_port_create(const struct rte_qsock_port_conf *conf)
{
	return qs_port_create_in(NULL, conf);
}

/* Give back what its sockets hold. The port is the caller's, and nobody looks for it any more. */
static void port_empty(struct rte_qsock_port *port)
{
	const struct rte_qsock *qs;
	uint32_t id;

	/* What is left ends in no decision, in the simulator as here. */
	qs_record_stop(port->tx.record);
	port->tx.record = NULL;
	qs_op_run(port, QS_OP_CLOSE_ALL, NULL, NULL);
	for (id = 0; id < port->max_sockets; id++) {
		if (!(port->table->used[id / 64] & UINT64_C(1) << (id % 64)))
			continue;
		qs = qs_port_socket(port, id);
		if (qs->port == port)
			rte_free(qs->tx != NULL ? qs->tx->obs : NULL);
	}
}

int qs_port_take(struct rte_qsock_port *port)
{
	enum qs_claim claim;

	if (port->lcore >= 0 && rte_qsock_tx_stop(port) != 0)
		return -1;
	claim = qs_port_claim_wait(port, true);
	if (claim != QS_CLAIM_NEW && claim != QS_CLAIM_HAD)
		return qs_fail(EBUSY, "port %s: another thread polls it", port->name);
	return 0;
}

void qs_port_end(struct rte_qsock_port *port, bool with_egress)
{
	pthread_mutex_lock(&ports_lock);
	TAILQ_REMOVE(&ports, port, next);
	while (port->users > 0)
		pthread_cond_wait(&ports_left, &ports_lock);
	pthread_mutex_unlock(&ports_lock);
	port_empty(port);
	if (with_egress)
		port->tx.egress->ops->free(port->tx.egress);
	port_unmake(port);
}

int rte_qsock_port_free(struct rte_qsock_port *port)
{
	if (port == NULL)
		return qs_fail(EINVAL, "free: no port given");
	if (port->table->migration != NULL)
		return qs_fail(EBUSY, "port %s: it belongs to a group, and goes with it", port->name);
	if (qs_port_take(port) != 0)
		return -1;
	qs_port_end(port, true);
	return 0;
}

struct rte_qsock_port *rte_qsock_port_lookup(const char *name)
{
	struct rte_qsock_port *port = NULL;

	if (name != NULL) {
		pthread_mutex_lock(&ports_lock);
		port = port_find(name);
		pthread_mutex_unlock(&ports_lock);
	}
	if (port == NULL)
		rte_errno = ENOENT;
	return port;
}

const char *rte_qsock_port_name(const struct rte_qsock_port *port)
{
	return port != NULL ? port->name : "";
}

int qs_port_foreach(int (*fn)(struct rte_qsock_port *port, void *arg), void *arg)
{
	struct rte_qsock_port *port;
	int ret = 0;

	pthread_mutex_lock(&ports_lock);
	TAILQ_FOREACH (port, &ports, next) {
		ret = fn(port, arg);
		if (ret != 0)
			break;
	}
	pthread_mutex_unlock(&ports_lock);
	return ret;
}

int qs_port_with(const char *name, int (*fn)(struct rte_qsock_port *port, void *arg), void *arg)
{
	struct rte_qsock_port *port;
	int ret;

	pthread_mutex_lock(&ports_lock);
	port = port_find(name);
	if (port != NULL)
		port->users++;
	pthread_mutex_unlock(&ports_lock);
	if (port == NULL)
		return -ENOENT;
	/* Without the lock: fn may wait for the TX core, or look for a port. */
	ret = fn(port, arg);
	pthread_mutex_lock(&ports_lock);
	port->users--;
	pthread_cond_broadcast(&ports_left);
	pthread_mutex_unlock(&ports_lock);
	return ret;
}
