/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that were decided one after the other for one socket leave by one system call. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h> /* wants time.h */

#include "kernel/qs_kport_priv.h"

#define RUN_MAX 64u
#define CONTROL_BYTES 256

/** Messages at the front of what was decided, and how they leave. */
struct run {
	struct qs_kstream *of;
	struct qs_kmsg *msgs[RUN_MAX];
	uint32_t n;
	struct iovec iov[RUN_MAX];
	struct mmsghdr mmsg[RUN_MAX];
};

/* ------------------------------------------------------------------ errors */

/* Of a connected socket: others are told of nothing. */
static void recverr_set(const struct qs_kstream *s, int on)
{
	setsockopt(s->fd, s->found.level, s->found.level == IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR, &on,
		   sizeof(on));
}

/* With IP_RECVERR the call tells of a drop in the qdisc. It is set for a turn alone, and of connected
 * sockets, which are told of ICMP anyway: left on, it would show the caller what it did not ask for. */
static void drops_told(const struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;

	if (s->told || !s->found.tell_drops || !msg->connected)
		return;
	recverr_set(s, 1);
	s->told = true;
	SLIST_INSERT_HEAD(&s->port->told, s, told_next);
}

void qs_kdatagrams_end(struct qs_kport *port)
{
	struct qs_kstream *s;

	while ((s = SLIST_FIRST(&port->told)) != NULL) {
		SLIST_REMOVE_HEAD(&port->told, told_next);
		s->told = false;
		recverr_set(s, 0);
	}
}

/* What ICMP brought for an earlier one is told by the call, which then has sent nothing. */
static bool is_of_earlier(int ret)
{
	return ret == -ECONNREFUSED || ret == -EHOSTUNREACH || ret == -ENETUNREACH || ret == -EPROTO ||
	       ret == -EHOSTDOWN;
}

/* A call that stops at such an error does not tell which: the socket's error queue does, which is ours while
 * drops are told. */
static void error_read(struct qs_kstream *s)
{
	char control[CONTROL_BYTES];
	struct msghdr mh = {.msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	if (!s->told || recvmsg(s->fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return;
	for (c = CMSG_FIRSTHDR(&mh); c != NULL; c = CMSG_NXTHDR(&mh, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			qs_kerror_keep(s, (int)e->ee_errno);
	}
}

/* ------------------------------------------------------------------ one call */

static bool goes_with(const struct qs_kmsg *msg, const struct qs_kmsg *first)
{
	return msg->of == first->of && msg->flags == first->flags && msg->connected == first->connected;
}

/* What an error that a call does not tell would be lost with goes alone: the caller's error queue is not
 * read. */
static void collect(const struct qs_kport *port, struct run *run)
{
	struct qs_kmsg *first = STAILQ_FIRST(&port->decided), *msg;
	uint32_t most = first->of->found.tell_drops ? RUN_MAX : 1;

	run->of = first->of;
	run->n = 0;
	for (msg = first; msg != NULL && run->n < most && goes_with(msg, first);
	     msg = STAILQ_NEXT(msg, next)) {
		run->iov[run->n] = (struct iovec){msg->data, msg->len};
		run->mmsg[run->n].msg_hdr = (struct msghdr){
			.msg_name = msg->addrlen != 0 ? &msg->addr : NULL,
			.msg_namelen = msg->addrlen,
			.msg_iov = &run->iov[run->n],
			.msg_iovlen = 1,
		};
		run->msgs[run->n++] = msg;
	}
}

/* @return how many the kernel took; negative errno: none */
static int attempt(struct run *run)
{
	int ret = sendmmsg(run->of->fd, run->mmsg, run->n, run->msgs[0]->flags | MSG_DONTWAIT | MSG_NOSIGNAL);

	return ret < 0 ? -errno : ret;
}

static struct qs_kmsg *take_first(struct qs_kport *port)
{
	struct qs_kmsg *msg = STAILQ_FIRST(&port->decided);

	STAILQ_REMOVE_HEAD(&port->decided, next);
	return msg;
}

bool qs_kdatagrams_send(struct qs_kport *port)
{
	struct run run;
	int ret, i;

	collect(port, &run);
	drops_told(run.msgs[0]);
	ret = attempt(&run);
	if (is_of_earlier(ret)) {
		qs_kerror_keep(run.of, -ret);
		ret = attempt(&run);
	}
	if (ret == -EAGAIN)
		return false;
	for (i = 0; i < ret; i++)
		qs_kend_sent(take_first(port));
	/* Why it stopped is told by the next call, or it was of an earlier one. */
	if (ret > 0 && (uint32_t)ret < run.n)
		error_read(run.of);
	if (ret >= 0)
		return true;
	/* Below, it was dropped: that is no error of the caller's. */
	if (ret != -ENOBUFS)
		qs_kerror_keep(run.of, -ret);
	qs_kend_error(take_first(port));
	return true;
}
