/* SPDX-License-Identifier: BSD-3-Clause */
/* qsend() and qsendto() above the kernel's stack: the message is copied, and the port's thread sends it when
 * it is its turn. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>

#include "bsd/qs_kern.h"
#include "bsd/qs_patience.h"
#include "bsd/qs_pflags.h"
#include "bsd/qs_process.h"
#include "bsd/qs_sock.h"

#define FLAGS_TAKEN (MSG_DONTWAIT | MSG_NOSIGNAL)
#define FLAGS_GIVEN (MSG_CONFIRM | MSG_EOR | MSG_DONTROUTE) /* with the message */
#define DATAGRAM_MAX 65507u
#define DATAGRAM6_MAX 65527u

struct call {
	struct qs_kmessage msg; /* with those parts of it that came before */
	/* As the caller gave it. */
	const void *buf;
	size_t len;
	const struct sockaddr *addr;
	socklen_t addrlen;
	struct qs_patience patience;
	int flags;
};

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

/* ------------------------------------------------------------------ what is known of the socket */

static bool is_ipv6(const struct sockaddr_in6 *addr)
{
	return addr->sin6_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&addr->sin6_addr);
}

/* The peer of now: when the datagram leaves, the socket may be connected to another. */
static int datagram_peer(struct qs_ksock *k, struct call *c)
{
	if (!k->attr.fixed || k->peer_len == 0) {
		k->peer_len = sizeof(k->peer);
		if (getpeername(k->fd, (struct sockaddr *)&k->peer, &k->peer_len) < 0) {
			k->peer_len = 0;
			return -EDESTADDRREQ;
		}
	}
	c->msg.addr = (const struct sockaddr *)&k->peer;
	c->msg.addrlen = k->peer_len;
	c->msg.connected = true;
	c->msg.ipv6 = is_ipv6(&k->peer);
	return 0;
}

/* A connection has one peer, once it has one. @return 0; -1: not connected */
static int stream_peer(struct qs_ksock *k)
{
	struct sockaddr_in6 addr = {0};
	socklen_t len = sizeof(addr);

	if (k->connected)
		return 0;
	if (getpeername(k->fd, (struct sockaddr *)&addr, &len) < 0)
		return -1;
	k->connected = true;
	k->peer_ipv6 = is_ipv6(&addr);
	return 0;
}

/* As sendto(2): it has a port when the call returns. @return 0; -EADDRINUSE none is left */
static int port_ensure(struct qs_ksock *k)
{
	struct sockaddr_storage addr = {0};
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;
	socklen_t len = sizeof(addr);

	if (k->bound)
		return 0;
	/* The port stands in the same place in both families. */
	if (getsockname(k->fd, (struct sockaddr *)&addr, &len) == 0 && in6->sin6_port == 0 &&
	    bind(k->fd, (struct sockaddr *)&addr, len) < 0 && errno == EADDRINUSE)
		return -EADDRINUSE;
	k->bound = true;
	return 0;
}

/* ------------------------------------------------------------------ one attempt */

/* That which was said with the first part. */
static void addr_choose(const struct qs_ksock *k, struct call *c)
{
	const struct qs_parts *parts = &k->parts;

	c->msg.addr = c->addr;
	c->msg.addrlen = c->addrlen;
	if (parts->begun) {
		c->msg.addr = parts->addrlen != 0 ? (const struct sockaddr *)&parts->addr : NULL;
		c->msg.addrlen = parts->addrlen;
	}
}

static int datagram_check(struct qs_ksock *k, struct call *c)
{
	struct qs_end end = {.family = 0};
	int ret = 0;

	addr_choose(k, c);
	if (c->msg.addr != NULL)
		ret = qs_end_read(&end, c->msg.addr, c->msg.addrlen, k->kind.domain);
	c->msg.ipv6 = end.family == AF_INET6;
	if (ret == 0 && end.family == 0)
		ret = datagram_peer(k, c);
	if (ret < 0)
		return ret;
	if (c->len > (c->msg.ipv6 ? DATAGRAM6_MAX : DATAGRAM_MAX))
		return -EMSGSIZE;
	return port_ensure(k);
}

/* @return 0; 1: the kernel has to say what is wrong with it; negative errno */
static int stream_check(struct qs_ksock *k, struct call *c)
{
	if (stream_peer(k) < 0)
		return 1;
	c->msg.ipv6 = k->peer_ipv6;
	return c->len > QS_KPORT_STREAM_MAX_BYTES ? -EMSGSIZE : 0;
}

/* Once more with the descriptor of room cleared: what comes free from now on sets it again. */
static int again(struct qs_ksock *k, const struct call *c)
{
	int ret;

	if (k->room_fd < 0)
		return -EAGAIN;
	qs_ksock_room_set(k, false);
	ret = qs_kstream_send(k->stream, &c->msg);
	if (ret == 0)
		qs_ksock_room_set(k, true);
	return ret;
}

static int put(struct qs_ksock *k, const struct call *c, uint32_t *seq)
{
	int ret;

	*seq = __atomic_load_n(&k->room_seq, __ATOMIC_ACQUIRE);
	ret = qs_kstream_send(k->stream, &c->msg);
	return ret == -EAGAIN ? again(k, c) : ret;
}

/* One part of several. As in the kernel, what fails takes those before it along; but they wait for room. */
static int part_put(struct qs_ksock *k, struct call *c, uint32_t *seq)
{
	const size_t before = k->parts.len, max = c->msg.ipv6 ? DATAGRAM6_MAX : DATAGRAM_MAX;
	int ret = qs_parts_add(&k->parts, c->buf, c->len, max, c->addr, c->addrlen);

	if (ret == 0 && (c->flags & MSG_MORE))
		return 0;
	if (ret == 0) {
		c->msg.buf = k->parts.data;
		c->msg.len = k->parts.len;
		ret = put(k, c, seq);
	}
	if (ret == -EAGAIN)
		k->parts.len = before;
	else
		qs_parts_end(&k->parts);
	return ret;
}

/* @return 0 taken; 1: to the kernel; negative errno, and with -EAGAIN *seq is what changes with room */
static int attempt(struct qs_ksock *k, struct call *c, uint32_t *seq)
{
	int ret = k->kind.tcp ? stream_check(k, c) : datagram_check(k, c);

	if (ret != 0)
		return ret;
	if (k->kind.tcp && c->len == 0)
		return 0;
	if (!k->kind.tcp && (k->parts.begun || c->flags & MSG_MORE))
		return part_put(k, c, seq);
	c->msg.buf = c->buf;
	c->msg.len = c->len;
	return put(k, c, seq);
}

static ssize_t kernel_send(int fd, const struct call *c)
{
	return sendto(fd, c->buf, c->len, c->flags, c->addr, c->addrlen);
}

/* A number that stands for something else by now is not what the caller means; of a socket that is Q_FIXED
 * that is noticed later. */
static struct qs_ksock *sender_hold(int fd, int *error)
{
	struct qs_ksock *k = qs_ksock_hold(fd, error);

	if (k == NULL || k->attr.fixed)
		return k;
	*error = qs_ksock_check(k);
	return *error == 0 ? k : NULL;
}

static ssize_t message_send(int fd, struct call *c)
{
	struct qs_ksock *k;
	uint32_t seq = 0;
	int ret;

	for (;;) {
		k = sender_hold(fd, &ret);
		if (k == NULL)
			return fail(ret == -EOPNOTSUPP && c->patience.known ? EBADF : -ret);
		ret = attempt(k, c, &seq);
		qs_ksock_release(k);
		if (ret == 0)
			return (ssize_t)c->len;
		if (ret == 1)
			return kernel_send(fd, c);
		if (ret != -EAGAIN)
			break;
		qs_patience_read(fd, c->flags, &c->patience);
		ret = c->patience.never ? -EAGAIN : qs_patience_sleep(&c->patience, &k->room_seq, seq);
		if (ret < 0)
			break;
	}
	if (ret == -EPIPE && !(c->flags & MSG_NOSIGNAL))
		raise(SIGPIPE);
	return fail(ret == -EADDRINUSE ? EAGAIN : -ret);
}

ssize_t qs_ksock_send(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
		      socklen_t addrlen, struct packet_flags *pflags)
{
	struct call c = {
		.msg = {.flags = flags & FLAGS_GIVEN},
		.buf = buf,
		.len = len,
		.addr = addr,
		.addrlen = addr != NULL ? addrlen : 0,
		.flags = flags,
	};

	if (qs_process_forked())
		return fail(EPERM);
	if (flags & ~(FLAGS_TAKEN | FLAGS_GIVEN | MSG_MORE))
		return fail(EOPNOTSUPP);
	if (buf == NULL && len != 0)
		return fail(EFAULT);
	if (pflags != NULL &&
	    !qs_pflags_read(pflags, rte_qsock_now_ns(), &c.msg.pkt_flags, &c.msg.deadline_ns))
		return fail(EINVAL);
	return message_send(fd, &c);
}
