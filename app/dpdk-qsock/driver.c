/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <eal/qs_compat.h>
#include <rte_qsock.h>

#include "driver.h"
#include "source_kinds.h"

#define S_NS UINT64_C(1000000000)

struct dq_driver {
	pthread_mutex_t lock;
	pthread_t thread;
	struct dq_list sources;
	struct dq_list retired; /* pools of sources that are gone */
	int wake_fd;
	bool stop;
};

/* Send what is due. @return when the next is */
static uint64_t round_of_all(struct dq_driver *d)
{
	uint64_t now_ns = rte_qsock_now_ns(), next_ns = RTE_QSOCK_NEVER;
	struct dq_source *src;

	dq_driver_lock(d);
	DQ_FOREACH(src, &d->sources)
	{
		if (src->next_ns <= now_ns)
			dq_source_send(src, now_ns);
		if (src->next_ns < next_ns)
			next_ns = src->next_ns;
	}
	dq_driver_unlock(d);
	return next_ns;
}

static void sleep_until(struct dq_driver *d, uint64_t until_ns)
{
	struct pollfd fd = {.fd = d->wake_fd, .events = POLLIN};
	uint64_t now_ns = rte_qsock_now_ns(), wait_ns = until_ns > now_ns ? until_ns - now_ns : 0, count;
	struct timespec ts = {(time_t)(wait_ns / S_NS), (long)(wait_ns % S_NS)};

	if (ppoll(&fd, 1, until_ns == RTE_QSOCK_NEVER ? NULL : &ts, NULL) == 1 &&
	    read(d->wake_fd, &count, sizeof(count)) < 0)
		return;
}

static void *drive(void *arg)
{
	struct dq_driver *d = arg;

	/* The kernel may otherwise wake us 50 us late, to wake others with us. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	while (!__atomic_load_n(&d->stop, __ATOMIC_ACQUIRE))
		sleep_until(d, round_of_all(d));
	return NULL;
}

int dq_driver_start(struct dq_instance *in, struct dq_error *e)
{
	struct dq_driver *d = calloc(1, sizeof(*d));
	int rc;

	if (d == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	pthread_mutex_init(&d->lock, NULL);
	d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = d->wake_fd < 0 ? errno : qs_thread_create(&d->thread, "qs-sources", drive, d);
	if (rc == 0) {
		in->driver = d;
		return 0;
	}
	if (d->wake_fd >= 0)
		close(d->wake_fd);
	free(d);
	return dq_fail(e, rc, DQ_NO_KEY, "no thread for the sources: %s", strerror(rc));
}

void dq_driver_stop(struct dq_instance *in)
{
	struct dq_driver *d = in->driver;

	if (d == NULL)
		return;
	__atomic_store_n(&d->stop, true, __ATOMIC_RELEASE);
	dq_driver_wake(d);
	pthread_join(d->thread, NULL);
	close(d->wake_fd);
	pthread_mutex_destroy(&d->lock);
	dq_pools_reap(&d->retired); /* the ports are gone: all are whole */
	free(d->retired.at);
	free(d->sources.at);
	free(d);
	in->driver = NULL;
}

int dq_driver_add(struct dq_driver *d, struct dq_source *src)
{
	int rc;

	dq_driver_lock(d);
	rc = dq_list_add(&d->sources, src);
	dq_driver_unlock(d);
	return rc;
}

void dq_driver_remove(struct dq_driver *d, struct dq_source *src)
{
	dq_driver_lock(d);
	dq_list_del(&d->sources, src);
	dq_driver_unlock(d);
}

void dq_driver_retire(struct dq_driver *d, struct dq_list *pools)
{
	dq_driver_lock(d);
	dq_pools_move(&d->retired, pools);
	dq_pools_reap(&d->retired);
	dq_driver_unlock(d);
}

void dq_driver_lock(struct dq_driver *d)
{
	pthread_mutex_lock(&d->lock);
}

void dq_driver_unlock(struct dq_driver *d)
{
	pthread_mutex_unlock(&d->lock);
}

void dq_driver_wake(struct dq_driver *d)
{
	const uint64_t one = 1;

	if (write(d->wake_fd, &one, sizeof(one)) < 0)
		return; /* full: it will wake anyway */
}
