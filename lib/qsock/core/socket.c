/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, changing, looking at and closing a socket: [ctl]. Sending is in send.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "core/qs_chunk.h"
#include "core/qs_ctl.h"
#include "core/qs_migrate.h"
#include "core/qs_names.h"
#include "core/qs_port.h"
#include "eal/qs_log.h"

/* The lowest id that is free, from one on. @return it; max_sockets: none */
static uint32_t socket_id_find(const struct rte_qsock_port *port, uint32_t from)
{
	uint32_t word = from / 64, words = (port->max_sockets + 63) / 64;
	uint64_t before = (UINT64_C(1) << (from % 64)) - 1, bits;

	for (; word < words; word++, before = 0) {
		bits = ~(port->table->used[word] | before);
		if (bits != 0)
			return RTE_MIN(word * 64 + (uint32_t)__builtin_ctzll(bits), port->max_sockets);
	}
	return port->max_sockets;
}

/* The one for a new socket: who goes by it must not be called as another was named. */
static uint32_t socket_id_choose(const struct rte_qsock_port *port, bool named)
{
	uint32_t id = socket_id_find(port, 0), other;

	for (other = id; !named && other < port->max_sockets; other = socket_id_find(port, other + 1))
		if (!qs_names_taken(port, other))
			return other;
	return id;
}

/* A free id, with memory behind it and a name of its own. NULL with rte_errno. The lock is held. */
static struct rte_qsock *socket_reserve(struct rte_qsock_port *port, const char *name)
{
	struct rte_qsock *qs;
	char own[RTE_QSOCK_NAMESIZE];
	uint32_t id;

	qs_table_reap(port->table);
	id = socket_id_choose(port, name != NULL);
	if (id == port->max_sockets)
		return qs_fail_null(ENOSPC, "port %s: all of its %u sockets are open", port->name,
				    port->max_sockets);
	qs = qs_chunk_socket(port, id);
	if (qs == NULL || qs_names_give(qs, name) != 0)
		return qs_fail_null(ENOMEM, "port %s: no memory for sockets", port->name);
	name = qs_socket_name(qs, own);
	if (qs_names_find(port, name) != NULL)
		return qs_fail_null(EEXIST, "port %s: socket name \"%s\" is in use", port->name, name);
	qs->state = QS_SOCKET_OPENING;
	port->table->used[id / 64] |= UINT64_C(1) << (id % 64);
	qs_names_add(port, qs);
	return qs;
}

/* The opposite. The lock is held. */
static void socket_release(struct rte_qsock_port *port, struct rte_qsock *qs)
{
	uint32_t id = qs_socket_id(qs);

	if (qs->tx != NULL) {
		rte_free(qs->tx->obs);
		qs->tx->obs = NULL;
	}
	qs->state = QS_SOCKET_FREE;
	qs_names_del(port, qs);
	port->table->used[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

void qs_port_reap(struct rte_qsock_port *port)
{
	uint32_t next = __atomic_exchange_n(&port->dead, 0, __ATOMIC_ACQUIRE);

	while (next != 0) {
		struct rte_qsock *qs = qs_port_socket(port, next - 1);

		next = qs_socket_ctl(qs)->next;
		qs_offers_leave(port, qs, qs->put);
		socket_release(port, qs);
	}
}

static int socket_check(const struct rte_qsock_port *port, const struct rte_qsock_conf *conf)
{
	char why[160];

	if (conf->name != NULL && (conf->name[0] == 0 || strlen(conf->name) >= RTE_QSOCK_NAMESIZE))
		return qs_fail(EINVAL, "socket name \"%.64s\": 1 .. %d characters", conf->name,
			       RTE_QSOCK_NAMESIZE - 1);
	if (rte_qsock_stream_check(port->scheduler, &conf->stream, why, sizeof(why)) != 0)
		return qs_fail(EINVAL, "port %s, socket %s: %s", port->name,
			       conf->name ? conf->name : "(unnamed)", why);
	if (conf->linger_ns > QS_LINGER_MAX_NS)
		return qs_fail(EINVAL, "linger_ns %" PRIu64 ": 0 .. %" PRIu64, conf->linger_ns,
			       QS_LINGER_MAX_NS);
	if (conf->queue_limit_ns > QS_LINGER_MAX_NS)
		return qs_fail(EINVAL, "queue_limit_ns %" PRIu64 ": 0 .. %" PRIu64, conf->queue_limit_ns,
			       QS_LINGER_MAX_NS);
	if (conf->ring_packets > RTE_QSOCK_QUEUE_MAX)
		return qs_fail(EINVAL, "ring_packets %u: 0 .. %u", conf->ring_packets, RTE_QSOCK_QUEUE_MAX);
	return 0;
}

/* Who wants histograms is not short of memory: its counters are made now, too. */
static int socket_watch(struct rte_qsock *qs)
{
	struct qs_socket_obs *obs = NULL;
	char own[RTE_QSOCK_NAMESIZE];

	if (qs_socket_wake(qs) == 0)
		obs = rte_zmalloc_socket("qsock_obs", sizeof(*obs), RTE_CACHE_LINE_SIZE, qs->port->socket_id);
	if (obs == NULL)
		return qs_fail(ENOMEM,
			       "socket %s: no memory for histograms (%zu bytes); no_histogram saves it",
			       qs_socket_name(qs, own), sizeof(*obs));
	qs->tx->obs = obs;
	qs->tx->watched = true;
	return 0;
}

/* Histograms and limits of a reserved socket. */
static int socket_fill(struct rte_qsock *qs, const struct rte_qsock_conf *conf)
{
	qs_socket_ctl(qs)->bounds = (struct qs_socket_bounds){
		.linger_ns = conf->linger_ns,
		.queue_ns = conf->queue_limit_ns,
		.ring_packets = conf->ring_packets,
	};
	qs->drop_when_full = conf->drop_when_full;
	if (conf->queue_limit_ns != 0)
		qs->what |= QS_SLOT_BOUNDED;
	return conf->no_histogram ? 0 : socket_watch(qs);
}

/* A refusal that a check before could not foresee. */
static void socket_undo(struct rte_qsock *qs)
{
	struct rte_qsock_port *port = qs->port;
	int error = rte_errno;

	pthread_mutex_lock(&port->table->lock);
	socket_release(port, qs);
	pthread_mutex_unlock(&port->table->lock);
	rte_errno = error;
}

struct rte_qsock *rte_qsock_open(struct rte_qsock_port *port, const struct rte_qsock_conf *user_conf)
{
	struct rte_qsock_conf conf;
	struct rte_qsock *qs;

	if (port == NULL)
		return qs_fail_null(EINVAL, "open: no port given");
	if (qs_conf_take(&conf, sizeof(conf), user_conf, "socket configuration") != 0 ||
	    socket_check(port, &conf) != 0)
		return NULL;
	pthread_mutex_lock(&port->table->lock);
	qs = socket_reserve(port, conf.name);
	pthread_mutex_unlock(&port->table->lock);
	if (qs == NULL)
		return NULL;
	if (socket_fill(qs, &conf) != 0 || qs_ctl_call(port, QS_OP_ADD, qs, &conf.stream) != 0) {
		socket_undo(qs);
		return NULL;
	}
	__atomic_fetch_add(&port->sockets, 1, __ATOMIC_RELAXED);
	return qs;
}

int qs_socket_valid(const struct rte_qsock *qs, const char *call)
{
	if (qs == NULL)
		return qs_fail(EINVAL, "%s: no socket given", call);
	if (qs->port == NULL || qs->state != QS_SOCKET_OPEN)
		return qs_fail(EINVAL, "%s: the socket is not open", call);
	return 0;
}

int qs_socket_call(struct rte_qsock *qs, enum qs_op op, void *arg)
{
	struct qs_table *table = qs_socket_port(qs)->table;
	int ret = 0;

	if (table->migration == NULL)
		return qs_ctl_call(qs->port, op, qs, arg);
	pthread_mutex_lock(&table->lock);
	if (table->migration->move.qs == qs)
		ret = qs_migration_finish(table);
	if (ret == 0)
		ret = qs_ctl_call(qs->port, op, qs, arg);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

int rte_qsock_close(struct rte_qsock *qs)
{
	struct rte_qsock_port *port;
	struct qs_table *table;
	int ret;

	if (qs_socket_valid(qs, "close") != 0)
		return -1;
	table = qs_socket_port(qs)->table;
	pthread_mutex_lock(&table->lock);
	port = qs->port;
	qs_names_del(port, qs);
	ret = qs_socket_call(qs, QS_OP_CLOSE, NULL);
	if (ret == 0)
		__atomic_fetch_sub(&port->sockets, 1, __ATOMIC_RELAXED);
	else
		qs_names_add(port, qs);
	qs_port_reap(port);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

int rte_qsock_change(struct rte_qsock *qs, const struct rte_qsock_stream_conf *conf)
{
	struct rte_qsock_stream_conf copy;
	char why[160], own[RTE_QSOCK_NAMESIZE];

	if (qs_socket_valid(qs, "change") != 0)
		return -1;
	if (conf == NULL)
		return qs_fail(EINVAL, "change: socket %s: no parameters given", qs_socket_name(qs, own));
	copy = *conf;
	if (rte_qsock_stream_check(qs_socket_port(qs)->scheduler, &copy, why, sizeof(why)) != 0)
		return qs_fail(EINVAL, "change: socket %s: %s", qs_socket_name(qs, own), why);
	if (qs_socket_call(qs, QS_OP_CHANGE, &copy) == 0)
		return 0;
	if (rte_errno == EBUSY)
		return qs_fail(EBUSY,
			       "change: socket %s: its class and unit are fixed while packets are queued",
			       qs_socket_name(qs, own));
	return -1;
}

static void delay_fill(struct rte_qsock_delay *d, const struct qs_histogram *live)
{
	struct qs_histogram copy, *h = &copy;

	/* The TX core goes on adding to it. */
	qs_histogram_copy(h, live);
	*d = (struct rte_qsock_delay){
		.count = h->count,
		.min_ns = h->count > 0 ? h->min_ns : 0,
		.mean_ns = qs_histogram_mean(h),
		.p50_ns = qs_histogram_percentile(h, 500),
		.p99_ns = qs_histogram_percentile(h, 990),
		.p999_ns = qs_histogram_percentile(h, 999),
		.max_ns = h->max_ns,
	};
}

int rte_qsock_info_get(struct rte_qsock *qs, struct rte_qsock_info *info)
{
	const struct qs_socket_obs *obs;
	char own[RTE_QSOCK_NAMESIZE];

	if (qs_socket_valid(qs, "info") != 0)
		return -1;
	if (info == NULL)
		return qs_fail(EINVAL, "info: socket %s: no structure given", qs_socket_name(qs, own));
	memset(info, 0, sizeof(*info));
	snprintf(info->name, sizeof(info->name), "%s", qs_socket_name(qs, own));
	info->id = qs_socket_id(qs);
	info->ring_packets = __atomic_load_n(&qs->credit, __ATOMIC_RELAXED);
	if (qs_socket_call(qs, QS_OP_INFO, info) != 0)
		return -1;
	/* The histograms are read from here: the TX core has better to do than to add buckets up. */
	obs = qs->tx != NULL ? qs->tx->obs : NULL;
	if (obs != NULL) {
		delay_fill(&info->delay, &obs->delay);
		delay_fill(&info->lateness, &obs->lateness);
	}
	return 0;
}

int rte_qsock_foreach(struct rte_qsock_port *port, int (*fn)(struct rte_qsock *qs, void *arg), void *arg)
{
	uint32_t word, words;
	int ret = 0;

	if (port == NULL || fn == NULL)
		return qs_fail(EINVAL, "foreach: no %s given", port == NULL ? "port" : "function");
	words = (port->max_sockets + 63) / 64;
	pthread_mutex_lock(&port->table->lock);
	for (word = 0; word < words && ret == 0; word++) {
		uint64_t bits;

		/* A copy: fn may close the socket that it is given. */
		for (bits = port->table->used[word]; bits != 0 && ret == 0; bits &= bits - 1) {
			struct rte_qsock *qs =
				qs_port_socket(port, word * 64 + (uint32_t)__builtin_ctzll(bits));

			if (qs->state == QS_SOCKET_OPEN && qs->port == port)
				ret = fn(qs, arg);
		}
	}
	pthread_mutex_unlock(&port->table->lock);
	return ret;
}

struct rte_qsock *rte_qsock_lookup(struct rte_qsock_port *port, const char *name)
{
	struct rte_qsock *qs;

	if (port == NULL || name == NULL)
		return qs_fail_null(EINVAL, "lookup: no %s given", port == NULL ? "port" : "name");
	pthread_mutex_lock(&port->table->lock);
	qs = qs_names_find(port, name);
	if (qs != NULL && (qs->state != QS_SOCKET_OPEN || qs->port != port))
		qs = NULL;
	pthread_mutex_unlock(&port->table->lock);
	if (qs == NULL)
		rte_errno = ENOENT;
	return qs;
}
