/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagrams that were decided one after the other for one socket leave by one system call. Those of one frame
 * are joined where that is possible (UDP_SEGMENT): the kernel then has one packet until the wire, and takes
 * or refuses it whole.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h> /* wants time.h */

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define RUN_MAX 64u
#define ERRORS_BYTES 256
#define JOINED_MAX 64u		/* of every kernel that joins */
#define JOINED_MAX_BYTES 65507u /* of one datagram, which it is for the kernel */

/** What the kernel takes or refuses as a whole: a datagram, or several that are joined. */
struct parcel {
	uint32_t n;
	size_t bytes;
	union {
		char room[CMSG_SPACE(sizeof(uint64_t))];
		struct cmsghdr align;
	} control;
};

/** Messages at the front of what was decided, and how they leave. */
struct run {
	struct qs_kstream *of;
	uint32_t n;
	struct iovec iov[RUN_MAX];
	uint32_t nr_parcels;
	struct parcel parcels[RUN_MAX];
	struct mmsghdr mmsg[RUN_MAX];
};

/* ------------------------------------------------------------------ errors */

/* Of a connected socket: others are told of nothing. */
static void recverr_set(const struct qs_kstream *s, int on)
{
	setsockopt(s->fd, s->found.level, s->found.level == IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR, &on,
		   sizeof(on));
}

static void touch(struct qs_kstream *s)
{
	if (s->touched)
		return;
	s->touched = true;
	SLIST_INSERT_HEAD(&s->port->touched, s, touched_next);
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
	touch(s);
}

void qs_kdatagrams_end(struct qs_kport *port)
{
	struct qs_kstream *s;

	while ((s = SLIST_FIRST(&port->touched)) != NULL) {
		SLIST_REMOVE_HEAD(&port->touched, touched_next);
		s->touched = false;
		if (s->told)
			recverr_set(s, 0);
		s->told = false;
		qs_ktimed_class(s, false);
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
	char control[ERRORS_BYTES];
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

/* ------------------------------------------------------------------ joined */

bool qs_kdatagrams_joins(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), value;
	socklen_t len = sizeof(value);
	bool joins;

	if (fd < 0)
		return false;
	joins = getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &len) == 0;
	close(fd);
	return joins;
}

/* Of one frame, to one peer, of one size; a shorter one is the last. None is in fragments. */
static bool joins(const struct parcel *p, const struct qs_kmsg *first, const struct qs_kmsg *msg)
{
	return msg->txtime_ns == 0 && msg->frame != 0 && msg->frame == first->frame && first->frames == 1 &&
	       msg->len != 0 && msg->len <= first->len && p->n < JOINED_MAX &&
	       p->bytes == (size_t)p->n * first->len && p->bytes + msg->len <= JOINED_MAX_BYTES &&
	       msg->addrlen == first->addrlen && memcmp(&msg->addr, &first->addr, msg->addrlen) == 0;
}

static void segments_say(struct parcel *p, struct msghdr *mh, uint16_t each)
{
	struct cmsghdr *c;

	mh->msg_control = p->control.room;
	mh->msg_controllen = CMSG_SPACE(sizeof(each));
	c = CMSG_FIRSTHDR(mh);
	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(c), &each, sizeof(each));
}

/* A device, a route or a socket with which it does not go. */
static bool is_not_joined(const struct run *run, int ret)
{
	return run->parcels[0].n > 1 && (ret == -EINVAL || ret == -EMSGSIZE || ret == -EIO ||
					 ret == -EOPNOTSUPP || ret == -ENOPROTOOPT);
}

/* ------------------------------------------------------------------ one call */

static bool goes_with(const struct qs_kmsg *msg, const struct qs_kmsg *first)
{
	return msg->of == first->of && msg->flags == first->flags && msg->connected == first->connected &&
	       (msg->txtime_ns != 0) == (first->txtime_ns != 0);
}

static void parcel_begin(struct run *run, struct qs_kmsg *msg)
{
	run->parcels[run->nr_parcels].n = 0;
	run->parcels[run->nr_parcels].bytes = 0;
	run->mmsg[run->nr_parcels++].msg_hdr = (struct msghdr){
		.msg_name = msg->addrlen != 0 ? &msg->addr : NULL,
		.msg_namelen = msg->addrlen,
		.msg_iov = &run->iov[run->n],
	};
}

static void parcel_add(struct run *run, struct qs_kmsg *msg, uint32_t first_len)
{
	struct parcel *p = &run->parcels[run->nr_parcels - 1];
	struct msghdr *mh = &run->mmsg[run->nr_parcels - 1].msg_hdr;

	run->iov[run->n++] = (struct iovec){msg->data, msg->len};
	mh->msg_iovlen = ++p->n;
	p->bytes += msg->len;
	if (msg->txtime_ns != 0)
		qs_ktimed_say(mh, p->control.room, sizeof(p->control.room), msg->txtime_ns);
	if (p->n == 2)
		segments_say(p, mh, (uint16_t)first_len);
}

/* A call that stops midway drops the error of an earlier one: where it could not be read from the error queue
 * afterwards, because that is the caller's or ETF's, each goes alone. Of a socket that is not connected there
 * is none. */
static uint32_t parcels_max(const struct qs_kmsg *first)
{
	const struct qs_kstream *s = first->of;

	return s->found.tell_drops || (s->timed && !first->connected) ? RUN_MAX : 1;
}

static void collect(const struct qs_kport *port, struct run *run)
{
	struct qs_kmsg *first = STAILQ_FIRST(&port->decided), *head = first, *msg;
	bool join = port->joins && !first->of->plain;
	uint32_t most = parcels_max(first);

	run->of = first->of;
	run->n = run->nr_parcels = 0;
	for (msg = first; msg != NULL && run->n < RUN_MAX && goes_with(msg, first);
	     msg = STAILQ_NEXT(msg, next)) {
		if (run->n == 0 || !join || !joins(&run->parcels[run->nr_parcels - 1], head, msg)) {
			if (run->nr_parcels == most)
				break;
			head = msg;
			parcel_begin(run, msg);
		}
		parcel_add(run, msg, head->len);
	}
}

/* @return how many parcels the kernel took; negative errno: none */
static int attempt(struct run *run)
{
	const struct qs_kmsg *first = STAILQ_FIRST(&run->of->port->decided);
	int ret =
		sendmmsg(run->of->fd, run->mmsg, run->nr_parcels, first->flags | MSG_DONTWAIT | MSG_NOSIGNAL);

	return ret < 0 ? -errno : ret;
}

/* The end of a parcel, which is the same for all in it. */
static void parcel_end(struct qs_kport *port, const struct parcel *p, void (*end)(struct qs_kmsg *msg))
{
	struct qs_kmsg *msg;
	uint32_t i;

	for (i = 0; i < p->n; i++) {
		msg = STAILQ_FIRST(&port->decided);
		STAILQ_REMOVE_HEAD(&port->decided, next);
		end(msg);
	}
}

/* For this call alone: plain send() has no time. */
static void class_for(const struct qs_kmsg *msg)
{
	if (msg->txtime_ns != 0)
		touch(msg->of);
	qs_ktimed_class(msg->of, msg->txtime_ns != 0);
}

bool qs_kdatagrams_send(struct qs_kport *port)
{
	struct run run;
	int ret, i;

	collect(port, &run);
	drops_told(STAILQ_FIRST(&port->decided));
	class_for(STAILQ_FIRST(&port->decided));
	ret = attempt(&run);
	if (is_of_earlier(ret)) {
		qs_kerror_keep(run.of, -ret);
		ret = attempt(&run);
	}
	if (ret == -EAGAIN)
		return false;
	for (i = 0; i < ret; i++)
		parcel_end(port, &run.parcels[i], qs_kend_sent);
	/* Why it stopped is told by the next call, or it was of an earlier one. */
	if (ret > 0 && (uint32_t)ret < run.nr_parcels)
		error_read(run.of);
	if (ret >= 0)
		return true;
	if (is_not_joined(&run, ret)) {
		QS_LOG(INFO, "kernel: fd %d: frames leave as plain datagrams: %s\n", run.of->fd,
		       strerror(-ret));
		run.of->plain = true;
		return true;
	}
	/* Below, it was dropped: that is no error of the caller's. */
	if (ret != -ENOBUFS)
		qs_kerror_keep(run.of, -ret);
	parcel_end(port, &run.parcels[0], qs_kend_error);
	return true;
}
