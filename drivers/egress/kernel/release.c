/* SPDX-License-Identifier: BSD-3-Clause */
/* What is decided goes into its socket, in the order of the decisions; a connection's messages whole. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define READY_MAX 64
#define REFUSED_MAX_NS UINT64_C(1000000000)

void qs_kerror_keep(struct qs_kstream *s, int error)
{
	pthread_mutex_lock(&s->port->inbox);
	s->error = error;
	pthread_mutex_unlock(&s->port->inbox);
}

/* ------------------------------------------------------------------ connections */

/* Bytes of a connection that are not even sent to its qdisc; they cannot be overtaken by others of it only.
 */
static bool takes_more(const struct qs_kstream *s)
{
	int bytes = 0;

	return ioctl(s->fd, SIOCOUTQNSD, &bytes) < 0 || (uint64_t)bytes < s->port->below_max;
}

static void arm(struct qs_kstream *s)
{
	struct epoll_event ev = {.events = EPOLLOUT | EPOLLONESHOT, .data.u32 = s->id};

	if (s->armed)
		return;
	s->armed = epoll_ctl(s->port->epoll_fd, EPOLL_CTL_MOD, s->fd, &ev) == 0 ||
		   epoll_ctl(s->port->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev) == 0;
	s->port->nr_armed += s->armed;
}

static void disarm(struct qs_kstream *s)
{
	s->port->nr_armed -= s->armed;
	s->armed = false;
}

/* @return 1: all of it is in the kernel; 0: not yet; negative errno: it will not be */
static int segment_send(struct qs_kmsg *msg)
{
	const struct qs_kstream *s = msg->of;
	uint32_t left, most = (uint32_t)s->port->below_max;
	ssize_t ret;

	do {
		if (!takes_more(s))
			return 0;
		left = msg->len - msg->done;
		ret = send(s->fd, msg->data + msg->done, left < most ? left : most,
			   msg->flags | MSG_DONTWAIT | MSG_NOSIGNAL);
		if (ret < 0)
			return errno == EAGAIN ? 0 : -errno;
		msg->done += (uint32_t)ret;
	} while (msg->done < msg->len);
	return 1;
}

/* What was begun is finished before anything else of the connection. */
static void connection_flush(struct qs_kstream *s)
{
	struct qs_kmsg *msg;
	bool gated;
	int ret;

	while ((msg = STAILQ_FIRST(&s->out)) != NULL) {
		ret = segment_send(msg);
		if (ret == 0) {
			arm(s);
			return;
		}
		STAILQ_REMOVE_HEAD(&s->out, next);
		if (ret > 0) {
			qs_kend_sent(msg);
			continue;
		}
		qs_kerror_keep(s, -ret);
		qs_kend_error(msg);
	}
	pthread_mutex_lock(&s->port->inbox);
	gated = s->gated;
	s->gated = false;
	if (gated && !STAILQ_EMPTY(&s->in))
		qs_idset_add(&s->port->ready, s->id);
	pthread_mutex_unlock(&s->port->inbox);
}

void qs_krelease_ready(struct qs_kport *port)
{
	struct epoll_event events[READY_MAX];
	struct qs_kstream *s;
	int n, i;

	if (port->nr_armed + port->nr_timed == 0)
		return;
	do {
		n = epoll_wait(port->epoll_fd, events, READY_MAX, 0);
		for (i = 0; i < n; i++) {
			s = port->streams[events[i].data.u32];
			if (s != NULL && s->tcp) {
				disarm(s);
				connection_flush(s);
			} else if (s != NULL) {
				qs_ktimed_reports(s);
			}
		}
	} while (n == READY_MAX);
}

void qs_krelease_forget(struct qs_kstream *s)
{
	disarm(s);
	/* The caller's descriptor may keep the socket, and then epoll its place. */
	epoll_ctl(s->port->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
}

static void connection_send(struct qs_kstream *s, struct qs_kmsg *msg)
{
	bool idle = STAILQ_EMPTY(&s->out);

	STAILQ_INSERT_TAIL(&s->out, msg, next);
	if (idle)
		connection_flush(s);
}

/* ------------------------------------------------------------------ in the order of the decisions */

void qs_krelease(struct qs_kport *port, struct qs_kmsg *msg)
{
	STAILQ_INSERT_TAIL(&port->decided, msg, next);
	if (!msg->of->tcp)
		qs_kbelow_expect(port, msg->of, msg->len);
}

/* A socket that takes nothing for long is no reason to hold up the others. */
static bool first_is_hopeless(struct qs_kport *port, struct qs_kstream *s)
{
	if (port->refused_since_ns == 0)
		port->refused_since_ns = port->clock_ns;
	return qs_kbelow_stuck(port, s) || port->clock_ns - port->refused_since_ns > REFUSED_MAX_NS;
}

/* @return false: the first one is not taken yet */
static bool first_release(struct qs_kport *port)
{
	struct qs_kmsg *msg = STAILQ_FIRST(&port->decided);

	if (msg->of->tcp) {
		STAILQ_REMOVE_HEAD(&port->decided, next);
		connection_send(msg->of, msg);
	} else if (!qs_kdatagrams_send(port)) {
		if (!first_is_hopeless(port, msg->of))
			return false;
		STAILQ_REMOVE_HEAD(&port->decided, next);
		qs_kend_error(msg);
	}
	port->refused_since_ns = 0;
	return true;
}

bool qs_krelease_all(struct qs_kport *port)
{
	bool taken = true;

	while (taken && !STAILQ_EMPTY(&port->decided))
		taken = first_release(port);
	qs_kdatagrams_end(port);
	return taken;
}

/* ------------------------------------------------------------------ the socket's options */

int qs_koption(int fd, int level, int name, int otherwise)
{
	socklen_t len = sizeof(int);
	int value = otherwise;

	return getsockopt(fd, level, name, &value, &len) < 0 ? otherwise : value;
}

bool qs_kerrors_are_nobodys(struct qs_kstream *s)
{
	int name = s->found.level == IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR;

	return qs_koption(s->fd, s->found.level, name, 1) == 0 &&
	       qs_koption(s->fd, SOL_SOCKET, SO_TIMESTAMPING, 1) == 0;
}

/* Turned off, IP_RECVERR throws away what is in the error queue: not of one who uses it. */
static void errors_find(struct qs_kstream *s)
{
	bool ipv6 = qs_koption(s->fd, SOL_SOCKET, SO_DOMAIN, AF_INET) == AF_INET6;

	s->found.level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
	s->found.tell_drops = qs_kerrors_are_nobodys(s);
}

void qs_kfound_take(struct qs_kstream *s)
{
	int lowat;

	s->found.priority = qs_koption(s->fd, SOL_SOCKET, SO_PRIORITY, 0);
	s->found.lowat = -1;
	if (!s->tcp) {
		errors_find(s);
		return;
	}
	s->found.lowat = qs_koption(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, -1);
	lowat = s->port->below_max > INT32_MAX ? INT32_MAX : (int)s->port->below_max;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof(lowat));
}

void qs_kfound_give(struct qs_kstream *s)
{
	if (s->found.lowat >= 0)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &s->found.lowat, sizeof(s->found.lowat));
}
