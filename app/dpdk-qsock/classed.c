/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>

#include <net/qs_qdisc.h>

#include "born.h"
#include "capture.h"
#include "classed.h"

uint32_t dq_priority_of(int sock)
{
	uint32_t value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(sock, SOL_SOCKET, SO_PRIORITY, &value, &len) == 0 ? value : 0;
}

int dq_priority_set(int sock, uint32_t value)
{
	return setsockopt(sock, SOL_SOCKET, SO_PRIORITY, &value, sizeof(value)) == 0 ? 0 : -errno;
}

int dq_classed_check(const struct dq_port *port, struct dq_error *e)
{
	struct qs_qdisc_counts counts[QS_QDISC_CLASSES];
	int rc;

	if (port->device.driver == QS_DRIVER_ETHDEV)
		return dq_fail(e, EINVAL, DQ_NO_KEY, "port %u has no twin: nothing comes from the kernel",
			       port->conf.id);
	if (port->device.driver == QS_DRIVER_AF_XDP && port->device.cap == NULL)
		return dq_fail(
			e, EINVAL, DQ_NO_KEY,
			"port %u (driver af_xdp) has no cap-foreign: there is no HTB whose class a socket "
			"could have",
			port->conf.id);
	dq_capture_begin();
	rc = qs_qdisc_counts_read(port->device.ifname, counts);
	dq_capture_end();
	if (rc == 0)
		return 0;
	return dq_fail(e, rte_errno, DQ_NO_KEY, "port %u: the HTB on %s is gone: %s", port->conf.id,
		       port->device.ifname,
		       rte_errno == ESTALE ? "another program has replaced it" : rte_strerror(rte_errno));
}

uint32_t dq_classed_class(const struct dq_stream *s)
{
	/* Urgent there is what the TX core has decided, and nothing else: it would wait behind it. */
	if (s->port->device.driver == QS_DRIVER_PACKET)
		return QS_QDISC_MANAGED;
	return s->conf.conf.cls == RTE_QSOCK_REALTIME ? QS_QDISC_URGENT : QS_QDISC_MANAGED;
}

/* ------------------------------------------------------------------ one socket */

static struct dq_classed *make(const struct dq_port *port, uint32_t class)
{
	struct dq_classed *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->class = class;
	c->born_fd = -1;
	qs_state_head_fill(&c->head, port->device.ifname);
	return c;
}

static struct qs_classify *classify_shared(const struct dq_list *all, const char *ifname)
{
	struct dq_classed *c;

	DQ_FOREACH(c, all)
	{
		if (c->classify != NULL && strcmp(c->head.ifname, ifname) == 0)
			return c->classify;
	}
	return NULL;
}

/* The first of an interface makes its classifier, and the last one ends it. */
static int classify_take(const struct dq_list *all, const struct dq_port *port, struct dq_classed *c,
			 struct dq_error *e)
{
	if (port->conf.classify == QS_CLASSIFY_PRIORITY)
		return 0;
	c->classify = classify_shared(all, port->device.ifname);
	if (c->classify != NULL && qs_classify_check(c->classify) < 0)
		return dq_fail(
			e, rte_errno, DQ_NO_KEY,
			"port %u: another program has ended the classes by BPF: detach what has them first",
			port->conf.id);
	if (c->classify != NULL)
		return 0;
	dq_capture_begin();
	c->classify = qs_classify_begin(port->device.ifname);
	dq_capture_end();
	if (c->classify != NULL || port->conf.classify == QS_CLASSIFY_AUTO)
		return 0;
	return dq_fail(e, rte_errno, DQ_NO_KEY, "port %u: classify = bpf: %s", port->conf.id, dq_captured());
}

static void release(const struct dq_list *all, struct dq_classed *c)
{
	if (c->classify != NULL && classify_shared(all, c->head.ifname) == NULL)
		qs_classify_end(c->classify);
	if (c->born_fd >= 0)
		close(c->born_fd);
	free(c->sockets);
	free(c->members.at);
	free(c->now.at);
	free(c);
}

/* The file first: a crash in between leaves nothing that is not in it. */
static int enter(struct dq_classed *c, int sock, const struct dq_foreign *at, struct dq_error *e)
{
	struct dq_classed_socket *s;
	int listens = 0, rc;
	socklen_t len = sizeof(listens);

	if (getsockopt(sock, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens)
		return dq_fail(e, ENOTCONN, DQ_NO_KEY,
			       "%d:%d only listens: attach its connections, or the cgroup", (int)at->pid,
			       at->fd);
	s = dq_classed_more(c);
	if (s == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	*s = (struct dq_classed_socket){.at = *at, .former = dq_priority_of(sock)};
	if (c->classify != NULL) {
		rc = qs_classify_set(c->classify, sock, c->class);
		return rc == 0 ? 0
			       : dq_fail(e, -rc, DQ_NO_KEY, "%d:%d: its class by BPF: %s", (int)at->pid,
					 at->fd, strerror(-rc));
	}
	dq_capture_begin();
	rc = dq_classed_file(c);
	dq_capture_end();
	if (rc < 0)
		return dq_fail(e, rte_errno, DQ_NO_KEY, "%s", dq_captured());
	rc = dq_priority_set(sock, c->class);
	if (rc < 0) {
		unlink(c->path);
		return dq_fail(e, -rc, DQ_NO_KEY, "%d:%d: SO_PRIORITY: %s", (int)at->pid, at->fd,
			       strerror(-rc));
	}
	return 0;
}

struct dq_classed *dq_classed_socket(struct dq_list *all, const struct dq_port *port, uint32_t class,
				     const struct dq_foreign *socket, struct dq_error *e)
{
	struct dq_classed *c = make(port, class);
	struct dq_foreign at = *socket;
	int sock, rc;

	if (c == NULL || dq_list_add(all, c) < 0) {
		dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
		free(c);
		return NULL;
	}
	rc = classify_take(all, port, c, e);
	if (rc < 0) {
		dq_list_del(all, c);
		release(all, c);
		return NULL;
	}
	sock = dq_foreign_take(&at);
	rc = sock < 0 ? dq_fail(e, -sock, DQ_NO_KEY, "%d:%d: %s", (int)at.pid, at.fd,
				dq_foreign_strerror(-sock))
		      : enter(c, sock, &at, e);
	if (sock >= 0)
		close(sock);
	if (rc == 0)
		return c;
	dq_list_del(all, c);
	release(all, c);
	return NULL;
}

/* ------------------------------------------------------------------ a cgroup */

/* @return 0; negative errno: some have it still */
static int restore(const struct dq_list *all, struct dq_classed *c)
{
	int rc = 0, left, sock;
	uint32_t i;

	/* No more of them, before those that are there. */
	if (c->born_fd >= 0)
		close(c->born_fd);
	c->born_fd = -1;
	for (i = 0; i < c->n_sockets; i++) {
		sock = dq_foreign_take(&c->sockets[i].at);
		if (sock < 0) {
			rc = sock == -ESRCH ? rc : sock;
			continue;
		}
		if (c->classify != NULL)
			rc = qs_classify_set(c->classify, sock, 0) < 0 ? -EPERM : rc;
		/* Its program may have given it another one. */
		else if (dq_priority_of(sock) == c->class)
			rc = dq_priority_set(sock, c->sockets[i].former) < 0 ? -EPERM : rc;
		close(sock);
	}
	left = c->cgroup[0] != '\0' ? dq_classed_group_leave(all, c) : 0;
	return rc < 0 ? rc : left;
}

struct dq_classed *dq_classed_cgroup(struct dq_list *all, const struct dq_port *port, uint32_t class,
				     const char *dir, struct dq_error *e)
{
	struct dq_classed *c = make(port, class);

	if (c == NULL || dq_list_add(all, c) < 0) {
		dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
		free(c);
		return NULL;
	}
	snprintf(c->cgroup, sizeof(c->cgroup), "%s", dir);
	if (dq_classed_group_enter(all, c, e) == 0)
		return c;
	if (c->born_fd >= 0) {
		dq_classed_free(all, c);
		return NULL;
	}
	dq_list_del(all, c);
	release(all, c);
	return NULL;
}

/* ------------------------------------------------------------------ while it is there, and the end */

bool dq_classed_holds(struct dq_classed *c)
{
	return c->cgroup[0] != '\0' ? dq_born_holds(c->born_fd) : dq_foreign_lives(&c->sockets[0].at);
}

uint32_t dq_classed_now(struct dq_classed *c)
{
	uint32_t priority;
	int sock;

	if (c->classify != NULL)
		return qs_classify_check(c->classify) == 0 ? c->class : 0;
	sock = dq_foreign_take(&c->sockets[0].at);
	if (sock < 0)
		return 0;
	priority = dq_priority_of(sock);
	close(sock);
	return priority;
}

void dq_classed_free(struct dq_list *all, struct dq_classed *c)
{
	dq_list_del(all, c);
	if (restore(all, c) < 0)
		fprintf(stderr, "dpdk-qsock: not every socket of %s could be given back what it had\n",
			c->cgroup[0] != '\0' ? c->cgroup : "a program");
	else
		unlink(c->path);
	release(all, c);
}

static int recover_one(const char *path)
{
	const struct dq_list none = {0};
	struct dq_classed *c = dq_classed_load(path);
	int rc = 0;

	if (c == NULL) {
		if (rte_errno == EINVAL)
			qs_state_put_aside(path);
		return -1;
	}
	/* A namespace may have the number of an older one. */
	if (c->head.id.netns != qs_ifid_read("lo").netns) {
		unlink(path);
	} else if (!qs_owner_lives(&c->head.owner)) {
		rc = restore(&none, c) < 0 ? -1 : 1;
		if (rc > 0)
			unlink(path);
	}
	release(&none, c);
	return rc;
}

int dq_classed_recover(void)
{
	const int programs = qs_classify_recover();

	return dq_classed_files(recover_one) < 0 || programs < 0 ? -1 : 0;
}
