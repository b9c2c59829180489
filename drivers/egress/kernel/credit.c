/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of a stream, and of all of a port, may wait: in messages, and in bytes of memory. A stream may
 * have as much as its socket's SO_SNDBUF says, by the kernel's own rule: who has less may add one more,
 * whatever its length.
 */
#include <errno.h>
#include <sys/socket.h>

#include "kernel/qs_kport_priv.h"

#define LOOK_NS UINT64_C(1000000)
#define LIMIT_TCP_BYTES                                                                                      \
	UINT64_C(212992) /* the kernel begins with less, and grows it as a connection wants                  \
			  */

void qs_kcredit_look(struct qs_kstream *s, uint64_t now_ns)
{
	bool full = __atomic_load_n(&s->held_bytes, __ATOMIC_RELAXED) >=
		    __atomic_load_n(&s->limit_bytes, __ATOMIC_RELAXED);
	socklen_t len = sizeof(int);
	uint64_t bytes;
	int asked = 0;

	if (!full && now_ns < __atomic_load_n(&s->limit_until_ns, __ATOMIC_RELAXED))
		return;
	if (getsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &asked, &len) < 0 || asked < 1)
		asked = 1;
	bytes = (uint64_t)asked;
	if (s->tcp && bytes < LIMIT_TCP_BYTES)
		bytes = LIMIT_TCP_BYTES;
	__atomic_store_n(&s->limit_bytes, bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&s->limit_until_ns, now_ns + LOOK_NS, __ATOMIC_RELAXED);
}

static bool stream_is_full(const struct qs_kstream *s)
{
	return __atomic_load_n(&s->held, __ATOMIC_ACQUIRE) >= s->limit ||
	       __atomic_load_n(&s->held_bytes, __ATOMIC_ACQUIRE) >=
		       __atomic_load_n(&s->limit_bytes, __ATOMIC_RELAXED);
}

static bool port_is_full(const struct qs_kport *port)
{
	return __atomic_load_n(&port->held, __ATOMIC_ACQUIRE) >= port->conf.max_packets ||
	       __atomic_load_n(&port->held_bytes, __ATOMIC_ACQUIRE) >= port->conf.max_bytes;
}

int qs_kcredit_take(struct qs_kstream *s, const struct qs_kmsg *msg)
{
	struct qs_kport *port = s->port;

	if (stream_is_full(s) || port_is_full(port)) {
		if (!stream_is_full(s))
			__atomic_store_n(&port->starved, true, __ATOMIC_RELAXED);
		__atomic_store_n(&s->wanted, true, __ATOMIC_RELAXED);
		s->refused++;
		return -EAGAIN;
	}
	__atomic_fetch_add(&s->held, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&port->held, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&s->held_bytes, qs_kmsg_memory(msg), __ATOMIC_RELAXED);
	__atomic_fetch_add(&port->held_bytes, qs_kmsg_memory(msg), __ATOMIC_RELAXED);
	return 0;
}

void qs_kcredit_give(struct qs_kmsg *msg)
{
	struct qs_kstream *s = msg->of;

	__atomic_fetch_sub(&s->held_bytes, qs_kmsg_memory(msg), __ATOMIC_RELEASE);
	__atomic_fetch_sub(&s->port->held_bytes, qs_kmsg_memory(msg), __ATOMIC_RELEASE);
	__atomic_fetch_sub(&s->held, 1, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&s->port->held, 1, __ATOMIC_RELEASE);
}

bool qs_kcredit_is_back(const struct qs_kport *port, const struct qs_kstream *s)
{
	uint32_t held = __atomic_load_n(&s->held, __ATOMIC_RELAXED), limit = s->limit;
	uint64_t bytes = __atomic_load_n(&s->held_bytes, __ATOMIC_RELAXED), limit_bytes = s->limit_bytes;

	return held < limit && limit - held >= limit / 4 && bytes <= limit_bytes / 4 * 3 &&
	       !port_is_full(port);
}

bool qs_kcredit_is_back_of_all(const struct qs_kport *port)
{
	return port->held <= port->conf.max_packets / 4 * 3 &&
	       port->held_bytes <= port->conf.max_bytes / 4 * 3;
}

uint32_t qs_kstream_room(const struct qs_kstream *s)
{
	uint32_t held = __atomic_load_n(&s->held, __ATOMIC_ACQUIRE);

	return stream_is_full(s) || port_is_full(s->port) ? 0 : s->limit - held;
}
