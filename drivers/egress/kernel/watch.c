/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread that looks now and then whether the interface and our qdisc are there still: the kernel is asked,
 * and that takes longer than the port's own thread has. */
#include <errno.h>
#include <net/if.h>
#include <sys/prctl.h>
#include <time.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define LOOK_MS 250

static int look(struct qs_kport *port)
{
	char name[IF_NAMESIZE];

	if (if_indextoname((unsigned int)port->ifindex, name) == NULL && errno == ENXIO)
		return -ENODEV;
	return qs_kclasses_check(port);
}

static void tell(struct qs_kport *port, int state)
{
	if (state == port->state_error)
		return;
	if (state == -ENODEV)
		QS_LOG(ERR, "kernel: interface %s is gone\n", port->ifname);
	port->state_error = state;
}

void *qs_kwatch(void *arg)
{
	struct qs_kport *port = arg;
	struct timespec until;

	prctl(PR_SET_NAME, "qsock-kwatch");
	pthread_mutex_lock(&port->watch);
	while (!port->watch_stop) {
		pthread_mutex_unlock(&port->watch);
		tell(port, look(port));
		if (port->conf.on_watch != NULL)
			port->conf.on_watch(port->conf.on_watch_arg);
		pthread_mutex_lock(&port->watch);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		if (!port->watch_stop)
			pthread_cond_timedwait(&port->watch_cond, &port->watch, &until);
	}
	pthread_mutex_unlock(&port->watch);
	return NULL;
}
