/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_drain.h"
#include "bsd/qs_keeper.h"
#include "core/qs_log.h"
#include "core/qs_socket.h"
#include "rte_qsock.h"

#define LOOK_NS UINT64_C(10000000)	   /* between two looks at what waits for a neighbour */
#define NEIGH_WAIT_NS UINT64_C(4000000000) /* the kernel gives up after 3 s */
#define LAST_FRAMES_NS 20000000		   /* for what the driver has and the wire has not */
#define SLACK_NS UINT64_C(200000000)

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

/* The port's own sockets (best effort of a twin) stay open, and count. */
static bool has_packets(struct qs_dev *dev)
{
	struct rte_qsock_port_info info;

	/* A TX core that does not answer in time was not polled: it may have some. */
	return rte_qsock_port_info_get(dev->port, &info) < 0 || info.total.queued != 0;
}

void qs_drain_wait(struct qs_dev *dev, uint64_t linger_ns)
{
	const struct timespec pause = {0, 1000000}, last = {0, LAST_FRAMES_NS};
	uint64_t until_ns;

	while (is_waiting(dev)) {
		qs_drain_look(rte_qsock_now_ns());
		nanosleep(&pause, NULL);
	}
	until_ns = rte_qsock_now_ns() + linger_ns + SLACK_NS;
	while (has_packets(dev) && rte_qsock_now_ns() < until_ns)
		nanosleep(&pause, NULL);
	nanosleep(&last, NULL);
}
