/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Below the scheduler a message may wait, and miss its deadline there. With ETF what may be dropped when late
 * is dropped there, too: each such datagram carries its deadline (SCM_TXTIME), goes through a class of its
 * own, and what ETF drops comes back by the error queue. Whatever may not be dropped, or has no deadline,
 * goes by the other class: ETF drops what has no time. So does what is due before the last that ETF was
 * given, which it refuses.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h> /* wants time.h */
#include <linux/net_tstamp.h>

#include "eal/qs_log.h"
#include "kernel/qs_kport_priv.h"

#define REPORT_BYTES 256
#define ROOM_MAX_BYTES (8u << 20) /* of a socket's receive buffer, for reports */

#ifndef SO_BUF_LOCK /* Linux 5.14 */
#define SO_BUF_LOCK 72
#endif
#define RCVBUF_LOCK 2 /* SOCK_RCVBUF_LOCK: somebody has set SO_RCVBUF */

static int txtime_set(int fd, clockid_t clock, uint32_t flags)
{
	const struct sock_txtime txtime = {.clockid = clock, .flags = flags};

	return setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime)) < 0 ? -errno : 0;
}

static int ours_set(int fd)
{
	return txtime_set(fd, CLOCK_TAI, SOF_TXTIME_DEADLINE_MODE | SOF_TXTIME_REPORT_ERRORS);
}

int qs_ktimed_probe(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -errno;
	ret = ours_set(fd);
	close(fd);
	if (ret == -EPERM)
		QS_LOG(ERR, "kernel: %s: etf: SO_TXTIME wants CAP_NET_ADMIN\n", ifname);
	if (ret == 0 || ret == -EPERM)
		return ret;
	QS_LOG(ERR, "kernel: %s: etf: the kernel has no SO_TXTIME: %s\n", ifname, strerror(-ret));
	return -EOPNOTSUPP;
}

/* ------------------------------------------------------------------ a stream */

/* Who has set it himself goes on with it. */
static bool is_the_callers(int fd)
{
	struct sock_txtime txtime = {0};
	socklen_t len = sizeof(txtime);

	return getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &len) < 0 || txtime.clockid != 0 ||
	       txtime.flags != 0;
}

/* A report takes as much of the receive buffer as its datagram took of the send buffer, and what is below is
 * bounded: so many reports have room, unless the caller has sized the buffer himself, or fills it. */
static void room_make(struct qs_kstream *s)
{
	const int lock = qs_koption(s->fd, SOL_SOCKET, SO_BUF_LOCK, RCVBUF_LOCK);
	const int former = qs_koption(s->fd, SOL_SOCKET, SO_RCVBUF, 0);
	uint64_t half = (uint64_t)former / 2 + s->port->below_max;
	int value;

	if ((lock & RCVBUF_LOCK) || former <= 0)
		return;
	value = (int)(half < ROOM_MAX_BYTES / 2 ? half : ROOM_MAX_BYTES / 2); /* the kernel doubles it */
	if (value <= former / 2 || setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) < 0)
		return;
	setsockopt(s->fd, SOL_SOCKET, SO_BUF_LOCK, &lock, sizeof(lock));
	s->found.rcvbuf = former;
}

static void room_give(struct qs_kstream *s)
{
	const int lock = qs_koption(s->fd, SOL_SOCKET, SO_BUF_LOCK, RCVBUF_LOCK);
	const int value = s->found.rcvbuf / 2;

	if (value == 0 || (lock & RCVBUF_LOCK)) /* by now the caller's */
		return;
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value));
	setsockopt(s->fd, SOL_SOCKET, SO_BUF_LOCK, &lock, sizeof(lock));
}

void qs_ktimed_begin(struct qs_kstream *s)
{
	struct epoll_event ev = {.events = EPOLLET,
				 .data.u32 = s->id}; /* errors are told without being asked for */

	if (!s->port->conf.etf || s->tcp)
		return;
	if (!s->found.tell_drops || is_the_callers(s->fd) || ours_set(s->fd) < 0 ||
	    epoll_ctl(s->port->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev) < 0) {
		QS_LOG(NOTICE,
		       "kernel: fd %d: its error queue or SO_TXTIME is in use: its messages do not go by "
		       "ETF\n",
		       s->fd);
		return;
	}
	s->timed = true;
	s->port->nr_timed++;
	room_make(s);
	/* Turned off, IP_RECVERR would throw away what ETF reports. */
	s->found.tell_drops = false;
}

static void timed_stop(struct qs_kstream *s)
{
	if (!s->timed)
		return;
	s->timed = false;
	s->port->nr_timed--;
	txtime_set(s->fd, 0, 0);
	room_give(s);
}

void qs_ktimed_end(struct qs_kstream *s)
{
	qs_ktimed_reports(s);
	timed_stop(s);
}

void qs_ktimed_conf(struct qs_kstream *s, const struct rte_qsock_stream_conf *conf)
{
	const char *scheduler = s->port->conf.scheduler;

	s->lossy = conf->droppable;
	s->expires = conf->cls == RTE_QSOCK_REALTIME && strcmp(scheduler, "fifo") != 0;
	s->relative_ns = strcmp(scheduler, "edf") == 0 ? conf->deadline_ns : 0;
}

/* ------------------------------------------------------------------ a message */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* CLOCK_TAI is ahead of CLOCK_MONOTONIC by the same until it is set. Whoever is kept off the CPU between two
 * readings sees another: what is known stays as long as it may be so, or later times would come before
 * earlier ones. */
static int64_t tai_ahead_ns(struct qs_kport *port)
{
	const int64_t before_ns = clock_ns(CLOCK_MONOTONIC), tai_ns = clock_ns(CLOCK_TAI);
	const int64_t after_ns = clock_ns(CLOCK_MONOTONIC);

	if (port->tai_ahead_ns < tai_ns - after_ns || port->tai_ahead_ns > tai_ns - before_ns)
		port->tai_ahead_ns = tai_ns - after_ns;
	return port->tai_ahead_ns;
}

static bool may_be_dropped(const struct qs_kstream *s, uint16_t flags)
{
	if (!s->expires || (flags & RTE_QSOCK_PKT_NON_DROPPABLE))
		return false;
	return s->lossy || (flags & RTE_QSOCK_PKT_DROPPABLE);
}

void qs_ktimed_stamp(struct qs_kport *port, const struct rte_qsock_event *ev)
{
	struct qs_kmsg *msg = (struct qs_kmsg *)(uintptr_t)ev->pkt.cookie;
	struct qs_kstream *s = msg->of;
	uint64_t deadline_ns = msg->deadline_ns, txtime_ns;

	if (!s->timed || ev->late || !may_be_dropped(s, msg->pkt_flags))
		return;
	if (deadline_ns == 0 && s->relative_ns != 0)
		deadline_ns = ev->pkt.arrival_ns + s->relative_ns;
	if (deadline_ns == 0)
		return;
	txtime_ns = deadline_ns + (uint64_t)tai_ahead_ns(port);
	if (txtime_ns < port->timed_last_ns)
		return;
	port->timed_last_ns = txtime_ns;
	msg->txtime_ns = txtime_ns;
}

void qs_ktimed_say(struct msghdr *mh, void *control, size_t room, uint64_t txtime_ns)
{
	struct cmsghdr *c;

	mh->msg_control = control;
	mh->msg_controllen = room < CMSG_SPACE(sizeof(txtime_ns)) ? room : CMSG_SPACE(sizeof(txtime_ns));
	c = CMSG_FIRSTHDR(mh);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_TXTIME;
	c->cmsg_len = CMSG_LEN(sizeof(txtime_ns));
	memcpy(CMSG_DATA(c), &txtime_ns, sizeof(txtime_ns));
}

void qs_ktimed_class(struct qs_kstream *s, bool timed)
{
	if (s->in_timed != timed && qs_kclass_use(s, timed ? QS_QDISC_TIMED : s->class) == 0)
		s->in_timed = timed;
}

/* ------------------------------------------------------------------ what it drops */

static bool is_drop(const struct cmsghdr *c)
{
	const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
	bool error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		     (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);

	return error && e->ee_origin == SO_EE_ORIGIN_TXTIME &&
	       (e->ee_code == SO_EE_CODE_TXTIME_INVALID_PARAM || e->ee_code == SO_EE_CODE_TXTIME_MISSED);
}

/* What has no time is not: a plain send() of the caller's that came between. */
static bool is_ours(const struct cmsghdr *c)
{
	const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

	return e->ee_data != 0 || e->ee_info != 0;
}

static bool report_read(struct qs_kstream *s)
{
	char control[REPORT_BYTES];
	struct msghdr mh = {.msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	if (recvmsg(s->fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&mh); c != NULL; c = CMSG_NXTHDR(&mh, c)) {
		if (!is_drop(c))
			continue;
		s->port->timed_reports++;
		s->txtime_drop += is_ours(c);
		s->port->txtime_drop += is_ours(c);
	}
	return true;
}

void qs_ktimed_reports(struct qs_kstream *s)
{
	if (!s->timed)
		return;
	/* The caller may have begun to use the queue: from then on it is not read. */
	if (!qs_kerrors_are_nobodys(s)) {
		QS_LOG(NOTICE,
		       "kernel: fd %d: its error queue is in use now: its messages go by ETF no more\n",
		       s->fd);
		timed_stop(s);
		return;
	}
	while (report_read(s))
		continue;
}

void qs_ktimed_drops_look(struct qs_kport *port)
{
	uint32_t drops, more;

	if (!port->conf.etf)
		return;
	pthread_mutex_lock(&port->watch);
	if (qs_qdisc_timed_drops(port->ifindex, &drops) == 0) {
		more = drops - port->timed_drops_read;
		/* It is of 32 bits, and begins anew in an ETF that somebody has put in the place of ours. */
		__atomic_fetch_add(&port->timed_drops, more <= INT32_MAX ? more : drops, __ATOMIC_RELEASE);
		port->timed_drops_read = drops;
	}
	pthread_mutex_unlock(&port->watch);
}

/* A drop is reported before it is counted: what was counted, and then is in no error queue, will not come. */
uint64_t qs_ktimed_unreported(const struct qs_kport *port)
{
	const uint64_t drops = __atomic_load_n(&port->timed_drops, __ATOMIC_ACQUIRE);

	return drops > port->timed_reports ? drops - port->timed_reports : 0;
}
