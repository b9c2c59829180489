/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <time.h>

#include <linux/sockios.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_drain.h"
#include "bsd/qs_keeper.h"
#include "bsd/qs_sock.h"
#include "core/qs_socket.h"
#include "eal/qs_log.h"
#include "net/qs_neigh.h"
#include "rte_qsock.h"
#include "rte_qsock_twin.h"

#define LOOK_NS UINT64_C(10000000)	   /* between two looks at what waits for a neighbour */
#define NEIGH_WAIT_NS UINT64_C(4000000000) /* the kernel gives up after 3 s */
#define LAST_FRAMES_NS 20000000		   /* for what the driver has and the wire has not */
#define SLACK_NS UINT64_C(200000000)
#define BEST_EFFORT_NS UINT64_C(100000000) /* twice the bound of its queue */

struct waiting {
	TAILQ_ENTRY(waiting) next;
	struct qs_dev *dev;
	struct rte_qsock *qs;
	uint64_t until_ns;
};

static struct {
	pthread_mutex_t lock;
	TAILQ_HEAD(, waiting) list;
} drain = {.lock = PTHREAD_MUTEX_INITIALIZER, .list = TAILQ_HEAD_INITIALIZER(drain.list)};

static void close_now(struct qs_dev *dev, struct rte_qsock *qs)
{
	/* This gives up what still waits for a neighbour. */
	if (dev->twin != NULL)
		rte_qsock_twin_forget(dev->twin, qs);
	else if (dev->route != NULL)
		qs_neigh_forget(dev->route, qs);
	if (rte_qsock_close(qs) < 0)
		QS_LOG(ERR, "device %s: the TX core did not close a stream\n", dev->name);
}

void qs_drain_close(struct qs_dev *dev, struct rte_qsock *qs)
{
	struct waiting *w;

	if (dev->route == NULL || qs_socket_waiting(qs) == 0 || (w = malloc(sizeof(*w))) == NULL) {
		close_now(dev, qs);
		return;
	}
	w->dev = dev;
	w->qs = qs;
	w->until_ns = rte_qsock_now_ns() + NEIGH_WAIT_NS;
	pthread_mutex_lock(&drain.lock);
	TAILQ_INSERT_TAIL(&drain.list, w, next);
	pthread_mutex_unlock(&drain.lock);
	qs_keeper_wake();
}

uint64_t qs_drain_look(uint64_t now_ns)
{
	struct waiting *w, *next;
	bool empty;

	pthread_mutex_lock(&drain.lock);
	for (w = TAILQ_FIRST(&drain.list); w != NULL; w = next) {
		next = TAILQ_NEXT(w, next);
		if (now_ns < w->until_ns && qs_socket_waiting(w->qs) != 0)
			continue;
		close_now(w->dev, w->qs);
		TAILQ_REMOVE(&drain.list, w, next);
		free(w);
	}
	empty = TAILQ_EMPTY(&drain.list);
	pthread_mutex_unlock(&drain.lock);
	return empty ? UINT64_MAX : now_ns + LOOK_NS;
}

static bool is_waiting(const struct qs_dev *dev)
{
	struct waiting *w;
	bool found = false;

	pthread_mutex_lock(&drain.lock);
	TAILQ_FOREACH (w, &drain.list, next)
		found = found || w->dev == dev;
	pthread_mutex_unlock(&drain.lock);
	return found;
}

/* What the twin's own stream has: the kernel's, and not only this program's. */
static uint64_t best_effort_packets(struct qs_dev *dev)
{
	struct rte_qsock_twin_info twin;
	struct rte_qsock_info info;
	struct rte_qsock *qs;
	char name[RTE_QSOCK_NAMESIZE];

	if (dev->twin == NULL || rte_qsock_twin_info_get(dev->twin, &twin) < 0)
		return 0;
	snprintf(name, sizeof(name), "%s.best-effort", twin.name);
	qs = rte_qsock_lookup(dev->port, name);
	return qs == NULL || rte_qsock_info_get(qs, &info) < 0 ? 0 : info.counts.queued;
}

/* Of the streams that were closed, or of all where the twin's is asked for too. */
static bool has_packets(struct qs_dev *dev, bool all)
{
	uint64_t others = all ? 0 : best_effort_packets(dev);
	struct rte_qsock_port_info info;

	/* A TX core that does not answer in time was not polled: it may have some. */
	return rte_qsock_port_info_get(dev->port, &info) < 0 || info.total.queued > others;
}

static void packets_wait(struct qs_dev *dev, bool all, uint64_t wait_ns)
{
	const struct timespec pause = {0, 1000000};
	uint64_t until_ns = rte_qsock_now_ns() + wait_ns;

	while (has_packets(dev, all) && rte_qsock_now_ns() < until_ns)
		nanosleep(&pause, NULL);
}

struct unsent {
	const struct qs_dev *dev;
	uint64_t start_ns;
	uint32_t sockets;
};

/* What was not acknowledged counts, and so does a FIN; a socket that listens has nothing. */
static void count_unsent(struct qs_bsd_sock *s, void *arg)
{
	struct unsent *u = arg;
	uint64_t linger_ns = s->attr.linger_ns != 0 ? s->attr.linger_ns : u->dev->linger_ns;
	int bytes = 0;

	if (s->dev != u->dev || !s->tcp || rte_qsock_now_ns() - u->start_ns > linger_ns)
		return;
	if (qs_kind_check(s->fd, &s->kind) == 0 && ioctl(s->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0)
		u->sockets++;
}

void qs_drain_tcp(struct qs_dev *dev)
{
	struct unsent u = {.dev = dev, .start_ns = rte_qsock_now_ns()};
	const struct timespec pause = {0, 2000000};

	for (;;) {
		u.sockets = 0;
		qs_sock_foreach(count_unsent, &u);
		if (u.sockets == 0)
			return;
		nanosleep(&pause, NULL);
	}
}

void qs_drain_wait(struct qs_dev *dev, uint64_t linger_ns)
{
	const struct timespec pause = {0, 1000000}, last = {0, LAST_FRAMES_NS};

	while (is_waiting(dev)) {
		qs_drain_look(rte_qsock_now_ns());
		nanosleep(&pause, NULL);
	}
	packets_wait(dev, false, linger_ns + SLACK_NS);
	/* What it sent with plain calls is among the others', whose end is not waited for. */
	packets_wait(dev, true, BEST_EFFORT_NS);
	nanosleep(&last, NULL);
}
