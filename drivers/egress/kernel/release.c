/* SPDX-License-Identifier: BSD-3-Clause */
/* What is decided goes into its socket, in the order of the decisions; a connection's messages whole. */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "core/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define READY_MAX 64
#define HEAD_MAX_NS                                                                                          \
	UINT64_C(1000000000) /* a full socket that does not drain holds up the others no longer              \
			      */

/* ------------------------------------------------------------------ datagrams */

static void error_keep(struct qs_kstream *s, int error)
{
	pthread_mutex_lock(&s->port->inbox);
	s->error = error;
	pthread_mutex_unlock(&s->port->inbox);
}

/* With IP_RECVERR the call tells of a drop in the qdisc. It is set for the call alone, and of connected
 * sockets, which are told of ICMP anyway: left on, it would show the caller what it did not ask for. */
static void drops_told(const struct qs_kmsg *msg, int on)
{
	const struct qs_kstream *s = msg->of;

	if (!s->found.tell_drops || !msg->connected)
		return;
	setsockopt(s->fd, s->found.level, s->found.level == IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR, &on,
		   sizeof(on));
}

static ssize_t datagram_try(struct qs_kmsg *msg)
{
	struct iovec iov = {msg->data, msg->len};
	struct msghdr mh = {
		.msg_name = msg->addrlen != 0 ? &msg->addr : NULL,
		.msg_namelen = msg->addrlen,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t ret;

	drops_told(msg, 1);
	ret = sendmsg(msg->of->fd, &mh, msg->flags | MSG_DONTWAIT | MSG_NOSIGNAL);
	if (ret < 0)
		ret = -errno;
	drops_told(msg, 0);
	return ret;
}

/* What ICMP brought for an earlier one is told by the call, which then has sent nothing. */
static bool is_of_earlier(ssize_t ret)
{
	return ret == -ECONNREFUSED || ret == -EHOSTUNREACH || ret == -ENETUNREACH || ret == -EPROTO ||
	       ret == -EHOSTDOWN;
}

/* @return false: not yet */
static bool datagram_send(struct qs_kport *port, struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;
	ssize_t ret = datagram_try(msg);

	if (is_of_earlier(ret)) {
		error_keep(s, (int)-ret);
		ret = datagram_try(msg);
	}
	if (ret == -EAGAIN)
		return false;
	if (ret >= 0) {
		qs_kbelow_add(port, s, msg->len);
		qs_kend_sent(msg);
		return true;
	}
	/* Below, it was dropped: that is no error of the caller's. */
	if (ret != -ENOBUFS)
		error_keep(s, (int)-ret);
	qs_kend_error(msg);
	return true;
}

bool qs_krelease_head(struct qs_kport *port)
{
	struct qs_kmsg *msg = port->head;

	if (msg == NULL)
		return true;
	port->head = NULL;
	if (datagram_send(port, msg))
		return true;
	if (qs_kbelow_stuck(msg->of) || port->clock_ns - port->head_since_ns > HEAD_MAX_NS) {
		qs_kend_error(msg);
		return true;
	}
	port->head = msg;
	return false;
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
		error_keep(s, -ret);
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
	int n = epoll_wait(port->epoll_fd, events, READY_MAX, 0), i;

	for (i = 0; i < n; i++) {
		struct qs_kstream *s = port->streams[events[i].data.u32];

		if (s == NULL)
			continue;
		s->armed = false;
		connection_flush(s);
	}
}

void qs_krelease(struct qs_kport *port, struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;
	bool idle;

	if (s->tcp) {
		idle = STAILQ_EMPTY(&s->out);
		STAILQ_INSERT_TAIL(&s->out, msg, next);
		if (idle)
			connection_flush(s);
		return;
	}
	if (datagram_send(port, msg))
		return;
	port->head = msg;
	port->head_since_ns = port->clock_ns;
}

/* ------------------------------------------------------------------ the socket's options */

static int option(int fd, int level, int name, int otherwise)
{
	socklen_t len = sizeof(int);
	int value = otherwise;

	return getsockopt(fd, level, name, &value, &len) < 0 ? otherwise : value;
}

/* Turned off, IP_RECVERR throws away what is in the error queue: not of one who uses it. */
static void errors_find(struct qs_kstream *s)
{
	bool ipv6 = option(s->fd, SOL_SOCKET, SO_DOMAIN, AF_INET) == AF_INET6;

	s->found.level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
	s->found.tell_drops = option(s->fd, s->found.level, ipv6 ? IPV6_RECVERR : IP_RECVERR, 1) == 0 &&
			      option(s->fd, SOL_SOCKET, SO_TIMESTAMPING, 1) == 0;
}

void qs_kclass_set(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf)
{
	int priority = (int)(conf->cls == RTE_QSOCK_REALTIME ? QS_QDISC_URGENT : QS_QDISC_MANAGED);

	if (setsockopt(s->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) < 0)
		QS_LOG(WARNING, "kernel: SO_PRIORITY: no class of its own for fd %d\n", s->fd);
}

void qs_kfound_take(struct qs_kstream *s)
{
	int lowat;

	s->found.priority = option(s->fd, SOL_SOCKET, SO_PRIORITY, 0);
	s->found.lowat = -1;
	if (!s->tcp) {
		errors_find(s);
		return;
	}
	s->found.lowat = option(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, -1);
	lowat = s->port->below_max > INT32_MAX ? INT32_MAX : (int)s->port->below_max;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof(lowat));
}

void qs_kfound_give(struct qs_kstream *s)
{
	setsockopt(s->fd, SOL_SOCKET, SO_PRIORITY, &s->found.priority, sizeof(s->found.priority));
	if (s->found.lowat >= 0)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &s->found.lowat, sizeof(s->found.lowat));
}
