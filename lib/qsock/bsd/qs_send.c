/* SPDX-License-Identifier: BSD-3-Clause */
/* qsend() and qsendto(). A datagram that meets no obstacle goes the quick way (qs_quick.h); what does is
 * attempted here, and everything that comes between is a step aside, after which it is attempted again. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include <rte_branch_prediction.h>
#include <rte_errno.h>

#include "bsd/qs_fdtable.h"
#include "bsd/qs_pflags.h"
#include "bsd/qs_process.h"
#include "bsd/qs_quick.h"
#include "bsd/qs_ready.h"
#include "bsd/qs_room.h"
#include "core/qs_socket.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh.h"

#define FLAGS_BYPASS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_EOR)
#define FLAGS_KERNEL (MSG_MORE | MSG_DONTROUTE)
#define CORKED_MAX 65535u /* of a longer part the kernel says so, and keeps those before it */
#define TRIES_MAX 32	  /* a route that changes all the time must not hold a sender for ever */

enum step {
	STEP_DONE,
	STEP_REFRESH, /* addresses and options may have changed */
	STEP_DEST,    /* the destination is not ready */
	STEP_NEIGH,   /* its next hop has no MAC */
	STEP_KERNEL,  /* the kernel sends it */
	STEP_ROOM,    /* the queue is full, or no buffer is left */
	STEP_GONE,    /* closed meanwhile */
	STEP_FAIL,    /* msg->error */
};

struct message {
	const void *buf;
	size_t len;
	int flags;
	const struct sockaddr *addr;
	socklen_t addrlen;
	struct qs_end end; /* family 0: the peer */
	bool end_read;
	int error;
	struct qs_stamp at;
	struct rte_qsock *qs; /* when it was attempted */
	struct qs_patience patience;
};

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

/* A datagram in several frames; those and their flag are there already. */
static void meta_add(struct rte_mbuf *m, const struct message *msg)
{
	struct rte_qsock_meta *meta = rte_qsock_meta_init(m);

	qs_stamp_write(&msg->at, m, meta->flags, RTE_MAX(meta->frames, 1));
}

static struct rte_mbuf *train_make(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct iovec iov = {(void *)(uintptr_t)msg->buf, msg->len};
	struct rte_mbuf *m;

	if (dest->must_fit || msg->len > QS_FRAME_PAYLOAD6_MAX ||
	    qs_fragment_count(&dest->frame, (uint32_t)msg->len, dest->mtu) == 0) {
		msg->error = EMSGSIZE;
		return NULL;
	}
	m = qs_datagram_make(&dest->frame, s->dev->buffers, &iov, 1, dest->mtu);
	if (m == NULL && rte_errno != ENOBUFS)
		msg->error = rte_errno;
	return m;
}

static struct rte_mbuf *single_make(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct rte_mbuf *m = qs_buf_get_slow(s->dev->buffers);

	if (m == NULL)
		return NULL;
	qs_frame_make(&dest->frame, m, qs_buf_start(m), msg->buf, (uint32_t)msg->len, rte_qsock_meta_dynflag);
	qs_stamp_write(&msg->at, m, 0, 1);
	return m;
}

/* NULL: msg->error, or 0 where buffers are short, which is counted as a refusal. The socket is locked. */
static struct rte_mbuf *packet_make(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	const bool single = msg->len <= dest->single_bytes;
	struct rte_mbuf *m = single ? single_make(s, dest, msg) : train_make(s, dest, msg);

	if (m != NULL && !single)
		meta_add(m, msg);
	if (m == NULL && msg->error == 0)
		qs_socket_refuse(s->qs, 1);
	return m;
}

static void packet_drop(struct qs_bsd_sock *s, struct rte_mbuf *m)
{
	struct rte_mbuf *next;

	for (; m != NULL; m = next) {
		next = m->next;
		m->next = NULL;
		qs_buf_put(s->dev->buffers, m);
	}
}

static enum step bypass(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct rte_mbuf *m = packet_make(s, dest, msg);

	if (m == NULL)
		return msg->error != 0 ? STEP_FAIL : STEP_ROOM;
	if (rte_qsock_tx_burst(s->qs, &m, 1) == 1)
		return STEP_DONE;
	packet_drop(s, m);
	return STEP_ROOM;
}

static enum step end_of(const struct qs_bsd_sock *s, struct message *msg)
{
	int ret = 0;

	msg->end_read = true;
	if (msg->addr != NULL)
		ret = qs_end_read(&msg->end, msg->addr, msg->addrlen, s->kind.domain);
	msg->error = -ret;
	return ret < 0 ? STEP_FAIL : STEP_DONE;
}

/* The socket is locked, and is the descriptor's. */
static enum step attempt_locked(struct qs_bsd_sock *s, struct message *msg)
{
	struct qs_dest *dest;

	if (!qs_ready_fresh(s, &msg->at))
		return STEP_REFRESH;
	if (s->tcp)
		return STEP_KERNEL;
	if (!msg->end_read && end_of(s, msg) != STEP_DONE)
		return STEP_FAIL;
	dest = qs_ready_place(s, &msg->end);
	if (!qs_ready_holds(s, dest, &msg->end, msg->at.now_ns))
		return STEP_DEST;
	if (dest->way == QS_WAY_KERNEL || (msg->flags & FLAGS_KERNEL))
		return STEP_KERNEL;
	return dest->way == QS_WAY_WAIT ? STEP_NEIGH : bypass(s, dest, msg);
}

static enum step attempt(struct qs_bsd_sock *s, int fd, struct message *msg)
{
	struct rte_qsock *qs = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE);
	enum step step = STEP_GONE;

	if (qs == NULL)
		return STEP_GONE;
	/* The lock goes by the address alone, so it may be taken of a socket that was closed meanwhile. */
	qs_sock_lock(qs);
	if (s->qs == qs && s->fd == fd) {
		msg->qs = qs;
		step = attempt_locked(s, msg);
	}
	qs_sock_unlock(qs);
	return step;
}

/* ------------------------------------------------------------------ steps aside, with control held */

static int step_refresh(struct qs_bsd_sock *s, struct message *msg)
{
	int ret = 0;

	/* Another thread may have been here first. */
	if (!qs_ready_fresh(s, &msg->at))
		ret = qs_sock_refresh(s);
	/* What ICMP brought is reported once, as by send(2): who is connected, or has IP_RECVERR, is told. */
	if (ret == 0 && !s->tcp)
		ret = -qs_error_take(s->fd);
	return ret;
}

static int step_dest(struct qs_bsd_sock *s, struct message *msg)
{
	const struct qs_end *end = msg->end.family != 0 ? &msg->end : &s->options.peer;
	in_port_t port = s->options.local.port;
	struct qs_dest dest;
	int ret;

	if (end->family == 0)
		return -EDESTADDRREQ;
	ret = qs_dest_make(s, end, msg->at.now_ns, &dest);
	if (ret < 0)
		return ret;
	if (port != s->options.local.port)
		qs_sock_flow_update(s);
	qs_sock_lock(s->qs);
	dest.options_seq = s->options_seq;
	*qs_ready_place(s, &msg->end) = dest;
	qs_sock_unlock(s->qs);
	return 0;
}

/* Too much waits for a neighbour: as a full queue. */
static int neigh_refuse(struct qs_bsd_sock *s)
{
	qs_sock_lock(s->qs);
	qs_socket_refuse(s->qs, 1);
	qs_sock_unlock(s->qs);
	return -EAGAIN;
}

/* Packets to a next hop without a MAC wait for it, in order, and the kernel is asked. 1: it is sent. */
static int step_neigh(struct qs_bsd_sock *s, struct message *msg)
{
	struct qs_dest *dest = qs_ready_place(s, &msg->end);
	struct rte_mbuf *m = NULL;
	struct qs_hop hop;
	int ret = 0;

	if (qs_socket_waiting(s->qs) >= QS_ROOM_WAITING_MAX)
		return neigh_refuse(s);
	qs_sock_lock(s->qs);
	if (qs_ready_holds(s, dest, &msg->end, msg->at.now_ns) && dest->way == QS_WAY_WAIT) {
		hop = dest->hop;
		m = packet_make(s, dest, msg);
		ret = m != NULL ? 0 : msg->error != 0 ? -msg->error : -EAGAIN;
	}
	qs_sock_unlock(s->qs);
	if (m == NULL)
		return ret;
	switch (qs_neigh_wait(s->dev->route, &hop, s->qs, m)) {
	case QS_NEIGH_TAKEN:
		return 1;
	case QS_NEIGH_FULL:
		packet_drop(s, m);
		return neigh_refuse(s);
	default: /* resolved meanwhile: made anew, with the MAC */
		packet_drop(s, m);
		qs_sock_lock(s->qs);
		dest->way = QS_WAY_NONE;
		qs_sock_unlock(s->qs);
		return 0;
	}
}

/* 0: attempt again; 1: sent; negative errno. */
static int step_control(struct qs_bsd_sock *s, int fd, enum step step, struct message *msg)
{
	int ret = 0;

	pthread_mutex_lock(&s->control);
	if (s->qs != NULL && s->fd == fd) {
		if (step == STEP_REFRESH)
			ret = step_refresh(s, msg);
		else if (step == STEP_DEST)
			ret = step_dest(s, msg);
		else
			ret = step_neigh(s, msg);
	}
	pthread_mutex_unlock(&s->control);
	return ret;
}

/* Parts of a datagram meet in the kernel: as long as it has some, it is the kernel that sends of this socket,
 * to whatever destination. */
static void cork_set(struct qs_bsd_sock *s, int fd, const struct message *msg, bool corked)
{
	pthread_mutex_lock(&s->control);
	if (s->qs == msg->qs && s->fd == fd) {
		__atomic_store_n(&s->corked, corked, __ATOMIC_RELAXED);
		qs_sock_lock(s->qs);
		s->options_seq++;
		qs_sock_unlock(s->qs);
	}
	pthread_mutex_unlock(&s->control);
}

static ssize_t datagram_send(struct qs_bsd_sock *s, int fd, const struct message *msg)
{
	const bool was = __atomic_load_n(&s->corked, __ATOMIC_RELAXED);
	ssize_t ret = sendto(fd, msg->buf, msg->len, msg->flags, msg->addr, msg->addrlen);
	/* What fails takes the parts before it along. */
	const bool is = ret >= 0 ? (msg->flags & MSG_MORE) != 0 : was && msg->len > CORKED_MAX;
	const int error = errno;

	__atomic_fetch_add(&s->kernel_path, 1, __ATOMIC_RELAXED);
	if (is != was)
		cork_set(s, fd, msg, is);
	errno = error;
	return ret;
}

static ssize_t kernel_send(struct qs_bsd_sock *s, int fd, const struct message *msg)
{
	if (!s->tcp)
		return datagram_send(s, fd, msg);
	return sendto(fd, msg->buf, msg->len, msg->flags, msg->addr, msg->addrlen);
}

static int after(struct qs_bsd_sock *s, int fd, enum step step, struct message *msg)
{
	int ret;

	if (step == STEP_FAIL)
		return -msg->error;
	if (step != STEP_ROOM) {
		ret = step_control(s, fd, step, msg);
		if (step != STEP_NEIGH || ret != -EAGAIN)
			return ret;
	}
	ret = qs_room_wait(s, msg->qs, fd, msg->flags, &msg->patience);
	/* While it slept everything may have changed. */
	qs_stamp_at(&msg->at, rte_rdtsc());
	return ret;
}

static ssize_t message_send(struct qs_bsd_sock *s, int fd, struct message *msg)
{
	enum step step;
	int ret, tries;

	for (tries = 0; s != NULL; tries++, s = qs_sock_get(fd)) {
		step = attempt(s, fd, msg);
		if (step == STEP_DONE)
			return (ssize_t)msg->len;
		if (step == STEP_GONE)
			continue;
		if (step == STEP_KERNEL || (step == STEP_DEST && tries > TRIES_MAX))
			return kernel_send(s, fd, msg);
		ret = after(s, fd, step, msg);
		if (ret < 0)
			return fail(-ret);
		if (ret == 1)
			return (ssize_t)msg->len;
	}
	/* Closed under way: what the number stands for by now is not what the caller meant. */
	return fail(EBADF);
}

/* What the quick way does not do. */
static __rte_noinline ssize_t send_slow(struct qs_bsd_sock *s, int fd, const struct message *first)
{
	struct message msg = *first;
	ssize_t ret = message_send(s, fd, &msg);

	qs_thread_linger(msg.at.thread);
	qs_thread_leave(msg.at.thread);
	return ret;
}

/* What is wrong with a call; 0: nothing, it only is not usual. */
static int refusal(const struct qs_bsd_sock *s, int fd, const void *buf, size_t len, int flags)
{
	if (qs_process_forked())
		return EPERM;
	if (s == NULL)
		return -qs_sock_why_none(fd);
	if (flags & ~(FLAGS_BYPASS | FLAGS_KERNEL))
		return EOPNOTSUPP;
	return buf == NULL && len != 0 ? EFAULT : 0;
}

/* Inlined where qsendto() is. */
static inline __attribute__((always_inline)) ssize_t send_of(struct qs_bsd_sock *s, int fd, const void *buf,
							     size_t len, int flags,
							     const struct sockaddr *addr, socklen_t addrlen,
							     struct packet_flags *pflags)
{
	uint64_t tsc = rte_rdtsc();
	struct qs_stamp at;
	int error;

	if (unlikely(qs_process_forked() || s == NULL || flags & ~FLAGS_BYPASS || buf == NULL)) {
		error = refusal(s, fd, buf, len, flags);
		if (error != 0)
			return fail(error);
	}
	qs_stamp_at(&at, tsc);
	at.flags = 0;
	at.deadline_ns = 0;
	if (pflags != NULL && unlikely(!qs_pflags_read(pflags, at.now_ns, &at.flags, &at.deadline_ns)))
		return fail(EINVAL);
	if (unlikely(flags & FLAGS_KERNEL || !qs_quick_send(s, fd, buf, len, addr, addrlen, &at)))
		return send_slow(s, fd,
				 &(struct message){.buf = buf,
						   .len = len,
						   .flags = flags,
						   .addr = addr,
						   .addrlen = addrlen,
						   .at = at});
	qs_thread_leave(at.thread);
	return (ssize_t)len;
}

ssize_t qs_sock_send(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		     socklen_t addrlen, struct packet_flags *pflags)
{
	return send_of(qs_sock_get(fd), fd, buf, len, flags, addr, addrlen, pflags);
}

ssize_t qsendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		socklen_t addrlen, struct packet_flags *pflags)
{
	struct qs_fd *s = qs_fd_get(fd);

	if (unlikely(s != NULL && s->ops != &qs_sock_ops))
		return s->ops->send(fd, buf, len, flags, addr, addrlen, pflags);
	return send_of((struct qs_bsd_sock *)s, fd, buf, len, flags, addr, addrlen, pflags);
}

ssize_t qsend(int fd, const void *buf, size_t len, int flags, struct packet_flags *pflags)
{
	return qsendto(fd, buf, len, flags, NULL, 0, pflags);
}
