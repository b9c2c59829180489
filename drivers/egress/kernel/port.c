/* SPDX-License-Identifier: BSD-3-Clause */
/* A port from an interface's name to a running thread, and back. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "eal/qs_signals.h"
#include "kernel/qs_kport_priv.h"
#include "net/qs_link_mtu.h"

#define RATE_DEFAULT_BPS UINT64_C(1000000000)
#define MTU_DEFAULT 1500u
#define MTU_MIN 576u
#define SOCKETS_DEFAULT 1024u
#define PACKETS_DEFAULT 65536u

/* What the interface says, in Mbit/s; 0: it does not. */
static uint64_t speed_bps(const char *ifname)
{
	char path[64 + IFNAMSIZ];
	long mbps = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", ifname);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%ld", &mbps) != 1 || mbps < 0)
		mbps = 0;
	fclose(f);
	return (uint64_t)mbps * 1000000u;
}

static uint16_t mtu_of(const char *ifname)
{
	const uint32_t mtu = qs_link_mtu(ifname);

	return mtu < MTU_MIN ? MTU_DEFAULT : mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)mtu;
}

static uint64_t or_else(uint64_t value, uint64_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static int conf_settle(struct qs_kport *port, const struct qs_kport_conf *given)
{
	struct qs_kport_conf *c = &port->conf;

	*c = *given;
	if (strlen(given->ifname) >= IFNAMSIZ)
		return -ENODEV;
	snprintf(port->ifname, sizeof(port->ifname), "%s", given->ifname);
	c->ifname = port->ifname;
	port->ifindex = (int)if_nametoindex(port->ifname);
	if (port->ifindex == 0)
		return -ENODEV;
	c->rate_bps = or_else(c->rate_bps, or_else(speed_bps(port->ifname), RATE_DEFAULT_BPS));
	c->below_ns = or_else(c->below_ns, QS_KPORT_BELOW_NS);
	c->ahead_ns = or_else(c->ahead_ns, QS_KPORT_AHEAD_NS);
	c->catchup_ns = or_else(c->catchup_ns, QS_KPORT_CATCHUP_NS);
	c->stall_ns = or_else(c->stall_ns, QS_KPORT_STALL_NS);
	c->max_sockets = (uint32_t)or_else(c->max_sockets, SOCKETS_DEFAULT);
	c->max_packets = (uint32_t)or_else(c->max_packets, PACKETS_DEFAULT);
	c->max_bytes = or_else(c->max_bytes, QS_KPORT_MEMORY_BYTES);
	c->mtu = (uint16_t)or_else(c->mtu, mtu_of(port->ifname));
	if (c->max_sockets > QS_KPORT_SOCKETS_MAX || c->mtu < MTU_MIN ||
	    c->below_ns > QS_KPORT_BELOW_MAX_NS) {
		QS_LOG(ERR,
		       "kernel: %s: sockets %u (at most %u), mtu %u (at least %u), below %llu ns (at most "
		       "%llu)\n",
		       port->ifname, c->max_sockets, QS_KPORT_SOCKETS_MAX, c->mtu, MTU_MIN,
		       (unsigned long long)c->below_ns, (unsigned long long)QS_KPORT_BELOW_MAX_NS);
		return -EINVAL;
	}
	return 0;
}

static int sched_make(struct qs_kport *port)
{
	const struct qs_kport_conf *c = &port->conf;
	struct rte_qsock_sched_conf conf = {
		.name = c->scheduler,
		.precedence = c->precedence,
		.work_conserving = c->work_conserving,
		.max_streams = c->max_sockets,
		.max_packets = c->max_packets,
		.on_drop = qs_kend_drop,
		.on_drop_arg = port,
	};

	port->link = (struct qs_link){.rate_bps = c->rate_bps, .overhead_bytes = c->overhead_bytes};
	port->stalls.over_ns = c->stall_ns;
	qs_kbelow_init(port);
	TAILQ_INIT(&port->closing);
	STAILQ_INIT(&port->decided);
	SLIST_INIT(&port->touched);
	return rte_qsock_sched_create(&conf, &port->sched);
}

static int tables_make(struct qs_kport *port)
{
	uint32_t n = port->conf.max_sockets, i;

	port->streams = calloc(n, sizeof(port->streams[0]));
	port->free_ids = calloc(n, sizeof(port->free_ids[0]));
	for (i = 0; i < QS_IDSET_LEVELS - 1; i++)
		port->ready.levels[i] = calloc(qs_idset_words(n, i), sizeof(uint64_t));
	if (port->streams == NULL || port->free_ids == NULL || port->ready.levels[0] == NULL ||
	    port->ready.levels[1] == NULL || port->ready.levels[2] == NULL)
		return -ENOMEM;
	/* The lowest id first. */
	for (i = 0; i < n; i++)
		port->free_ids[i] = n - 1 - i;
	port->nr_free = n;
	return 0;
}

static int descriptors_make(struct qs_kport *port)
{
	port->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	port->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return port->event_fd < 0 || port->epoll_fd < 0 ? -errno : 0;
}

static int thread_start(pthread_t *thread, void *(*run)(void *arg), struct qs_kport *port)
{
	sigset_t before;
	int ret;

	qs_signals_block(&before);
	ret = pthread_create(thread, NULL, run, port);
	qs_signals_restore(&before);
	return -ret;
}

static void thread_stop(struct qs_kport *port)
{
	uint64_t one = 1;

	__atomic_store_n(&port->stop, true, __ATOMIC_RELEASE);
	while (write(port->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	pthread_join(port->thread, NULL);
}

static void watcher_stop(struct qs_kport *port)
{
	pthread_mutex_lock(&port->watch);
	port->watch_stop = true;
	pthread_cond_signal(&port->watch_cond);
	pthread_mutex_unlock(&port->watch);
	pthread_join(port->watcher, NULL);
}

static int threads_start(struct qs_kport *port)
{
	int ret = thread_start(&port->thread, qs_kloop, port);

	if (ret < 0)
		return ret;
	ret = thread_start(&port->watcher, qs_kwatch, port);
	if (ret < 0)
		thread_stop(port);
	return ret;
}

static void parts_free(struct qs_kport *port)
{
	qs_kclasses_end(port);
	rte_qsock_sched_free(port->sched);
	free(port->streams);
	free(port->free_ids);
	for (int i = 0; i < QS_IDSET_LEVELS - 1; i++)
		free(port->ready.levels[i]);
	if (port->event_fd >= 0)
		close(port->event_fd);
	if (port->epoll_fd >= 0)
		close(port->epoll_fd);
	pthread_mutex_destroy(&port->inbox);
	pthread_mutex_destroy(&port->state);
	pthread_mutex_destroy(&port->watch);
	pthread_cond_destroy(&port->watch_cond);
	free(port);
}

/* Whoever has one that the port's thread waits for runs as urgently as that. */
static void locks_init(struct qs_kport *port)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&port->inbox, &attr);
	pthread_mutex_init(&port->state, &attr);
	pthread_mutexattr_destroy(&attr);
	pthread_mutex_init(&port->watch, NULL);
}

int qs_kport_create(const struct qs_kport_conf *conf, struct qs_kport **out)
{
	struct qs_kport *port = calloc(1, sizeof(*port));
	pthread_condattr_t attr;
	int ret;

	if (port == NULL)
		return -ENOMEM;
	port->event_fd = port->epoll_fd = -1;
	port->joins = qs_kdatagrams_joins();
	locks_init(port);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&port->watch_cond, &attr);
	pthread_condattr_destroy(&attr);
	ret = conf_settle(port, conf);
	if (ret == 0 && port->conf.etf)
		ret = qs_ktimed_probe(port->ifname);
	if (ret == 0)
		ret = sched_make(port);
	if (ret == 0)
		ret = tables_make(port);
	if (ret == 0)
		ret = descriptors_make(port);
	if (ret == 0)
		ret = qs_kclasses_begin(port);
	if (ret == 0)
		ret = threads_start(port);
	if (ret < 0) {
		parts_free(port);
		return ret;
	}
	*out = port;
	return 0;
}

/* Those that were closed drain; their linger time bounds it. */
static void drain(struct qs_kport *port)
{
	const struct timespec pause = {0, 1000000};
	bool empty;

	for (;;) {
		qs_kstate_lock(port);
		empty = TAILQ_EMPTY(&port->closing);
		qs_kstate_unlock(port);
		if (empty)
			return;
		nanosleep(&pause, NULL);
	}
}

void qs_kport_free(struct qs_kport *port)
{
	if (port == NULL)
		return;
	drain(port);
	watcher_stop(port);
	thread_stop(port);
	parts_free(port);
}

void qs_kport_in_child(struct qs_kport *port)
{
	uint32_t i;

	for (i = 0; i < port->conf.max_sockets; i++) {
		if (port->streams[i] != NULL)
			close(port->streams[i]->fd);
	}
}
