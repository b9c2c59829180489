/* SPDX-License-Identifier: BSD-3-Clause */
/* qsend() and qsendto(). The way of a datagram that meets no obstacle is attempt() and bypass(); everything
 * else is a step aside, after which it is attempted again. */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_errno.h>

#include "bsd/qs_buf.h"
#include "bsd/qs_dev.h"
#include "bsd/qs_fdtable.h"
#include "bsd/qs_pflags.h"
#include "bsd/qs_process.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "core/qs_clock.h"
#include "core/qs_send.h"
#include "core/qs_socket.h"
#include "net/qs_fragment.h"
#include "net/qs_neigh.h"
#include "net/qs_sock_lock.h"

#define FLAGS_BYPASS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_EOR)
#define FLAGS_KERNEL (MSG_MORE | MSG_DONTROUTE)
#define SKEW_TICKS 10000 /* the TSC of two CPUs differs by less */
#define TRIES_MAX 32	 /* a route that changes all the time must not hold a sender for ever */

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
	struct packet_flags *pflags;
	uint64_t tsc;
	uint64_t now_ns;
	uint64_t deadline_ns;
	uint16_t meta_flags;
	uint32_t told; /* the same, as its slot says it */
	bool end_read;
	int error;
	struct qs_thread *thread;
	struct rte_qsock *qs; /* when it was attempted */
	struct qs_patience patience;
};

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

static inline void message_time(struct message *msg)
{
	msg->tsc = rte_rdtsc();
	msg->now_ns = qs_clock_own_at(msg->tsc);
	msg->thread = qs_thread_enter(msg->tsc);
}

static inline bool is_fresh(const struct qs_bsd_sock *s, const struct message *msg)
{
	uint64_t back_tsc = msg->thread->back_tsc;

	if (s->stale)
		return false;
	if (s->fixed)
		return true;
	if (s->checked_by != msg->thread)
		back_tsc += SKEW_TICKS;
	return (int64_t)(s->checked_tsc - back_tsc) >= 0 &&
	       (int64_t)(msg->tsc - s->checked_tsc) < (int64_t)qs_process_fresh_ticks;
}

/* The peer has the first place; other destinations meet in the rest. */
static inline struct qs_dest *dest_place(struct qs_bsd_sock *s, const struct qs_end *end)
{
	uint64_t hash;

	if (end->family == 0)
		return &s->dest[0];
	hash = (end->word[0] ^ end->word[1] ^ end->word[2]) * UINT64_C(0x9e3779b97f4a7c15);
	return &s->dest[1 + (hash >> 32) % (QS_SOCK_DESTS - 1)];
}

static inline bool dest_holds(const struct qs_bsd_sock *s, const struct qs_dest *dest,
			      const struct message *msg)
{
	if (dest->way == QS_WAY_NONE || dest->options_seq != s->options_seq || msg->now_ns >= dest->until_ns)
		return false;
	if (msg->end.family != 0 && !qs_end_same(&dest->end, &msg->end))
		return false;
	return s->dev->route == NULL || dest->generation == qs_route_generation(s->dev->route);
}

static inline void meta_write(struct rte_mbuf *m, const struct message *msg, uint16_t flags, uint16_t frames)
{
	*rte_qsock_meta(m) = (struct rte_qsock_meta){
		.deadline_ns = msg->deadline_ns,
		.sent_ns = msg->now_ns,
		.flags = msg->meta_flags | flags,
		.frames = frames,
	};
}

/* A datagram in several frames; those and their flag are there already. */
static void meta_add(struct rte_mbuf *m, const struct message *msg)
{
	struct rte_qsock_meta *meta = rte_qsock_meta_init(m);

	meta_write(m, msg, meta->flags, RTE_MAX(meta->frames, 1));
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

/* A frame of its own. NULL: msg->error, or 0 where buffers are short. */
static inline struct rte_mbuf *single_make(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct rte_mbuf *m = qs_buf_get(s->dev->buffers);

	if (unlikely(m == NULL)) {
		qs_thread_linger(msg->thread);
		m = qs_buf_get_slow(s->dev->buffers);
		if (m == NULL)
			return NULL;
	}
	if (unlikely(!qs_frame_make(&dest->frame, m, msg->buf, (uint32_t)msg->len, rte_qsock_meta_dynflag))) {
		qs_buf_put(s->dev->buffers, m);
		msg->error = EMSGSIZE;
		return NULL;
	}
	meta_write(m, msg, 0, 1);
	return m;
}

/* Either. */
static struct rte_mbuf *packet_make(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct rte_mbuf *m;

	if (msg->len <= dest->single_bytes)
		return single_make(s, dest, msg);
	m = train_make(s, dest, msg);
	if (m != NULL)
		meta_add(m, msg);
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

/* What is not done quickly: m is NULL where it is not made yet. */
static __rte_noinline enum step bypass_slow(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg,
					    struct rte_mbuf *m)
{
	qs_thread_linger(msg->thread);
	if (!dest->hop.resolved)
		return STEP_NEIGH;
	if (m == NULL)
		m = packet_make(s, dest, msg);
	if (m == NULL)
		return msg->error != 0 ? STEP_FAIL : STEP_ROOM;
	if (rte_qsock_tx_burst(s->qs, &m, 1) == 1)
		return STEP_DONE;
	packet_drop(s, m);
	return STEP_ROOM;
}

static inline enum step bypass(struct qs_bsd_sock *s, struct qs_dest *dest, struct message *msg)
{
	struct rte_mbuf *m;

	if (unlikely(!dest->hop.resolved || msg->len > dest->single_bytes))
		return bypass_slow(s, dest, msg, NULL);
	m = single_make(s, dest, msg);
	if (unlikely(m == NULL))
		return msg->error != 0 ? STEP_FAIL : STEP_ROOM;
	if (likely(qs_send_quick(s->qs, m, msg->told)))
		return STEP_DONE;
	return bypass_slow(s, dest, msg, m);
}

static inline uint64_t two(uint32_t first, uint32_t second)
{
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
	return (uint64_t)second << 32 | first;
#else
	return (uint64_t)first << 32 | second;
#endif
}

/* The usual case of qs_end_read(), in whole words: a word that was written in parts is slow to read. */
static inline bool end_of_ipv4(struct message *msg)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)msg->addr;
	struct {
		in_port_t port;
		uint16_t family;
	} last = {0, AF_INET};
	uint32_t last_word;

	if (msg->addrlen < sizeof(*in) || in->sin_family != AF_INET || in->sin_port == 0)
		return false;
	last.port = in->sin_port;
	memcpy(&last_word, &last, sizeof(last_word));
	msg->end.word[0] = two(in->sin_addr.s_addr, 0);
	msg->end.word[1] = 0;
	msg->end.word[2] = two(0, last_word);
	return true;
}

static inline enum step end_of(const struct qs_bsd_sock *s, struct message *msg)
{
	int ret;

	msg->end_read = true;
	if (msg->addr == NULL || end_of_ipv4(msg))
		return STEP_DONE;
	ret = qs_end_read(&msg->end, msg->addr, msg->addrlen, s->kind.domain);
	msg->error = -ret;
	return ret < 0 ? STEP_FAIL : STEP_DONE;
}

/* The socket is locked, and is the descriptor's. */
static inline enum step attempt_locked(struct qs_bsd_sock *s, struct message *msg)
{
	struct qs_dest *dest;

	if (unlikely(!is_fresh(s, msg)))
		return STEP_REFRESH;
	if (unlikely(s->tcp))
		return STEP_KERNEL;
	if (!msg->end_read && end_of(s, msg) != STEP_DONE)
		return STEP_FAIL;
	dest = dest_place(s, &msg->end);
	if (unlikely(!dest_holds(s, dest, msg)))
		return STEP_DEST;
	if (unlikely(dest->way == QS_WAY_KERNEL || (msg->flags & FLAGS_KERNEL)))
		return STEP_KERNEL;
	return bypass(s, dest, msg);
}

static inline enum step attempt(struct qs_bsd_sock *s, int fd, struct message *msg)
{
	struct rte_qsock *qs = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE);
	enum step step = STEP_GONE;

	if (unlikely(qs == NULL))
		return STEP_GONE;
	/* The lock goes by the address alone, so it may be taken of a socket that was closed meanwhile. */
	qs_sock_lock(qs);
	if (likely(s->qs == qs && s->fd == fd)) {
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
	if (!is_fresh(s, msg))
		ret = qs_sock_refresh(s);
	/* A connected socket reports what ICMP brought, once, as send(2) does. */
	if (ret == 0 && !s->tcp && s->options.peer.family != 0)
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
	ret = qs_dest_make(s, end, msg->now_ns, &dest);
	if (ret < 0)
		return ret;
	if (port != s->options.local.port)
		qs_sock_flow_update(s);
	qs_sock_lock(s->qs);
	dest.options_seq = s->options_seq;
	*dest_place(s, &msg->end) = dest;
	qs_sock_unlock(s->qs);
	return 0;
}

/* Packets to a next hop without a MAC wait for it, in order, and the kernel is asked. 1: it is sent. */
static int step_neigh(struct qs_bsd_sock *s, struct message *msg)
{
	struct qs_dest *dest = dest_place(s, &msg->end);
	struct rte_mbuf *m = NULL;
	struct qs_hop hop;
	int ret = 0;

	if (qs_socket_waiting(s->qs) >= QS_ROOM_WAITING_MAX)
		return -EAGAIN;
	qs_sock_lock(s->qs);
	if (dest_holds(s, dest, msg) && !dest->hop.resolved) {
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
		return -EAGAIN;
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

static ssize_t kernel_send(struct qs_bsd_sock *s, int fd, struct message *msg)
{
	if (!s->tcp)
		__atomic_fetch_add(&s->kernel_path, 1, __ATOMIC_RELAXED);
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
	message_time(msg);
	return ret;
}

static inline ssize_t message_send(struct qs_bsd_sock *s, int fd, struct message *msg)
{
	enum step step;
	int ret, tries;

	for (tries = 0; s != NULL; tries++, s = qs_fd_get(fd)) {
		step = attempt(s, fd, msg);
		if (likely(step == STEP_DONE))
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

ssize_t qsendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		socklen_t addrlen, struct packet_flags *pflags)
{
	struct qs_bsd_sock *s = qs_fd_get(fd);
	struct message msg;
	ssize_t ret;

	if (unlikely(qs_process_forked()))
		return fail(EPERM);
	if (unlikely(s == NULL))
		return fail(-qs_sock_why_none(fd));
	if (unlikely(flags & ~(FLAGS_BYPASS | FLAGS_KERNEL)))
		return fail(EOPNOTSUPP);
	if (unlikely(buf == NULL && len != 0))
		return fail(EFAULT);
	msg.buf = buf;
	msg.len = len;
	msg.flags = flags;
	msg.addr = addr;
	msg.addrlen = addrlen;
	msg.end.word[2] = 0; /* no family */
	msg.end_read = false;
	msg.error = 0;
	msg.patience.known = false;
	msg.meta_flags = 0;
	msg.deadline_ns = 0;
	message_time(&msg);
	if (pflags != NULL &&
	    unlikely(!qs_pflags_read(pflags, msg.now_ns, &msg.meta_flags, &msg.deadline_ns)))
		return fail(EINVAL);
	msg.told = (uint32_t)msg.meta_flags << QS_SLOT_ID_BITS | QS_SLOT_STAMP |
		   (msg.deadline_ns != 0 ? QS_SLOT_DEADLINE : 0);
	ret = message_send(s, fd, &msg);
	qs_thread_leave(msg.thread);
	return ret;
}

ssize_t qsend(int fd, const void *buf, size_t len, int flags, struct packet_flags *pflags)
{
	return qsendto(fd, buf, len, flags, NULL, 0, pflags);
}
