/* SPDX-License-Identifier: BSD-3-Clause */
/* The classes of a port's HTB, and how its sockets come into them: by BPF, which leaves them as they are, or
 * by their SO_PRIORITY, which works everywhere. */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

static int classify_begin(struct qs_kport *port)
{
	/* What a crash has left is ended also where it is not used this time. */
	qs_classify_recover();
	if (port->conf.classify == QS_CLASSIFY_PRIORITY)
		return 0;
	port->classify = qs_classify_begin(port->ifname);
	if (port->classify != NULL)
		return 0;
	if (port->conf.classify == QS_CLASSIFY_BPF)
		return -rte_errno;
	QS_LOG(NOTICE, "kernel: %s: no classes by BPF (%s): by SO_PRIORITY\n", port->ifname,
	       rte_strerror(rte_errno));
	return 0;
}

int qs_kclasses_begin(struct qs_kport *port)
{
	const struct qs_qdisc_conf conf = {
		.rate_bps = port->conf.rate_bps,
		.overhead_bytes = port->conf.overhead_bytes,
		.best_effort_share = port->conf.best_effort_share,
		.force = port->conf.force,
		.timed = port->conf.etf,
	};

	port->qdisc = qs_qdisc_classes(port->ifname, &conf);
	return port->qdisc != NULL ? classify_begin(port) : -rte_errno;
}

int qs_kclasses_check(struct qs_kport *port)
{
	int error = 0;

	if (port->classify != NULL && qs_classify_check(port->classify) < 0)
		error = rte_errno;
	if (qs_qdisc_check(port->qdisc) < 0)
		error = rte_errno;
	/* What could not be asked is asked again. */
	return error == ESTALE || error == ENODEV ? -error : 0;
}

void qs_kclasses_end(struct qs_kport *port)
{
	qs_classify_end(port->classify);
	qs_qdisc_end(port->qdisc);
}

int qs_kclass_use(const struct qs_kstream *s, uint32_t class)
{
	const struct qs_classify *classify = s->port->classify;

	if (classify != NULL)
		return qs_classify_set(classify, s->fd, class);
	return setsockopt(s->fd, SOL_SOCKET, SO_PRIORITY, &class, sizeof(class)) < 0 ? -errno : 0;
}

void qs_kclass_set(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf)
{
	int rc;

	s->class = conf->cls == RTE_QSOCK_REALTIME ? QS_QDISC_URGENT : QS_QDISC_MANAGED;
	rc = qs_kclass_use(s, s->class);
	if (rc < 0)
		QS_LOG(WARNING, "kernel: no class of its own for fd %d: %s\n", s->fd, strerror(-rc));
}

void qs_kclass_give(struct qs_kstream *s)
{
	if (s->port->classify != NULL)
		(void)qs_classify_set(s->port->classify, s->fd, 0);
	else
		setsockopt(s->fd, SOL_SOCKET, SO_PRIORITY, &s->found.priority, sizeof(s->found.priority));
}
