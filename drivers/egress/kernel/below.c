/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much is below the scheduler, where nothing can be overtaken any more: datagrams that the kernel has and
 * the wire has not, by SIOCOUTQ, which counts memory. It is asked only where what was added since may be too
 * much. What does not move for long waits for a neighbour that
 * does not answer, and does not count: others go on.
 */
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "kernel/qs_kport_priv.h"

#define MEMORY_PER_BYTE 2u	 /* of a full frame, roughly */
#define MEMORY_PER_DATAGRAM 768u /* of a short one, and more than a long one's beside its bytes */
#define BELOW_MIN 6000u		 /* two full frames, as the kernel counts */
#define LOOK_MIN_NS UINT64_C(50000)
#define LOOK_MAX_NS UINT64_C(2000000)
#define STUCK_NS UINT64_C(50000000)
#define FULL_FRAME_BITS 12304u

void qs_kbelow_init(struct qs_kport *port)
{
	unsigned __int128 bytes = (unsigned __int128)port->conf.rate_bps * port->conf.below_ns / 8000000000u;

	port->below_max = (uint64_t)bytes * MEMORY_PER_BYTE;
	if (port->below_max < BELOW_MIN)
		port->below_max = BELOW_MIN;
	TAILQ_INIT(&port->below);
}

/* A frame on a slow link may take longer than what is a while on others. */
static uint64_t stuck_ns(const struct qs_kport *port)
{
	return STUCK_NS + 4 * UINT64_C(1000000000) * FULL_FRAME_BITS / port->conf.rate_bps;
}

/* Bytes that were added since the last look may have gone meanwhile, whatever is there. */
static void look(struct qs_kport *port, struct qs_kstream *s)
{
	int asked = 0;
	uint32_t bytes;

	if (ioctl(s->fd, SIOCOUTQ, &asked) < 0)
		asked = 0;
	bytes = (uint32_t)asked;
	if (bytes < (uint64_t)s->below + s->added || !s->is_below)
		s->moved_ns = port->clock_ns;
	if (s->stuck > bytes)
		s->stuck = bytes;
	if (bytes > s->stuck && port->clock_ns - s->moved_ns > stuck_ns(port))
		s->stuck = bytes;
	port->below_bytes += bytes;
	port->below_bytes -= s->below + s->expected;
	s->below = bytes;
	s->added = s->expected = 0;
}

static void below_insert(struct qs_kport *port, struct qs_kstream *s)
{
	if (s->is_below)
		return;
	s->is_below = true;
	s->moved_ns = port->clock_ns;
	TAILQ_INSERT_TAIL(&port->below, s, below_next);
}

void qs_kbelow_expect(struct qs_kport *port, struct qs_kstream *s, uint32_t bytes)
{
	uint64_t expected = MEMORY_PER_DATAGRAM + (uint64_t)bytes * MEMORY_PER_BYTE;

	below_insert(port, s);
	s->added += bytes;
	s->expected += expected;
	port->below_bytes += expected;
}

void qs_kbelow_forget(struct qs_kport *port, struct qs_kstream *s)
{
	if (!s->is_below)
		return;
	port->below_bytes -= s->below + s->expected;
	s->below = 0;
	s->added = s->expected = 0;
	s->is_below = false;
	TAILQ_REMOVE(&port->below, s, below_next);
}

bool qs_kbelow_empty(struct qs_kport *port, struct qs_kstream *s)
{
	if (s->tcp)
		return true; /* the kernel goes on without us */
	look(port, s);
	if (s->below != 0)
		below_insert(port, s);
	return s->below <= s->stuck;
}

bool qs_kbelow_seems_full(const struct qs_kport *port)
{
	return port->below_bytes > port->below_max;
}

bool qs_kbelow_full(struct qs_kport *port)
{
	struct qs_kstream *s, *next;
	uint64_t stuck = 0;

	if (!qs_kbelow_seems_full(port))
		return false;
	for (s = TAILQ_FIRST(&port->below); s != NULL; s = next) {
		next = TAILQ_NEXT(s, below_next);
		look(port, s);
		stuck += s->stuck;
		if (s->below == 0)
			qs_kbelow_forget(port, s);
	}
	return port->below_bytes - stuck > port->below_max;
}

uint64_t qs_kbelow_next_ns(const struct qs_kport *port)
{
	uint64_t over = port->below_bytes - (port->below_bytes > port->below_max ? port->below_max : 0);
	uint64_t ns =
		(uint64_t)((unsigned __int128)over / MEMORY_PER_BYTE * 8000000000u / port->conf.rate_bps);

	ns = ns < LOOK_MIN_NS ? LOOK_MIN_NS : ns > LOOK_MAX_NS ? LOOK_MAX_NS : ns;
	return port->clock_ns + ns;
}

bool qs_kbelow_stuck(struct qs_kport *port, struct qs_kstream *s)
{
	look(port, s);
	return s->is_below && s->stuck != 0;
}
