/* SPDX-License-Identifier: BSD-3-Clause */
/* What the TX core does with its socket. */
#include <errno.h>

#include <rte_memcpy.h>

#include "xsk.h"

#define KICKS_MAX 8 /* at a time: the rest is for the next round */

void qs_txsk_put(struct qs_txsk *x, const struct rte_mbuf *m, uint32_t len)
{
	const uint32_t place = x->free[--x->free_count];
	const uint64_t addr = (uint64_t)place << x->chunk_shift;
	struct xdp_desc *desc = (struct xdp_desc *)x->tx.entries + (x->put++ & x->mask);
	char *to = x->umem + addr;

	if (likely(m->next == NULL)) {
		rte_memcpy(to, rte_pktmbuf_mtod(m, const void *), len);
	} else {
		for (; m != NULL; m = m->next) {
			rte_memcpy(to, rte_pktmbuf_mtod(m, const void *), m->data_len);
			to += m->data_len;
		}
	}
	*desc = (struct xdp_desc){.addr = addr, .len = len};
	x->wire_bytes[place] = len + QS_TXSK_WIRE_BYTES;
	x->in_flight_wire_bytes += len + QS_TXSK_WIRE_BYTES;
}

uint32_t qs_txsk_reap(struct qs_txsk *x)
{
	const uint64_t *done = x->comp.entries;
	const uint32_t end = __atomic_load_n(x->comp.producer, __ATOMIC_ACQUIRE), n = end - x->back;

	if (n == 0)
		return 0;
	while (x->back != end) {
		const uint32_t place = (uint32_t)(done[x->back++ & x->mask] >> x->chunk_shift) & x->mask;

		x->in_flight_wire_bytes -= x->wire_bytes[place];
		x->free[x->free_count++] = place;
	}
	__atomic_store_n(x->comp.consumer, x->back, __ATOMIC_RELEASE);
	return n;
}

/* The kernel says with the flag whether it has to be told; in copy mode it always has. */
static bool needs_kick(const struct qs_txsk *x)
{
	return x->always_kick || (__atomic_load_n(x->tx.flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP);
}

struct qs_txsk_kicked qs_txsk_kick(struct qs_txsk *x)
{
	struct qs_txsk_kicked k = {0};
	uint32_t before, after = __atomic_load_n(x->tx.consumer, __ATOMIC_ACQUIRE);

	while (after != x->put && needs_kick(x) && k.calls < KICKS_MAX) {
		before = after;
		k.calls++;
		k.error = x->kernel->kick(x->fd) < 0 ? errno : 0;
		after = __atomic_load_n(x->tx.consumer, __ATOMIC_ACQUIRE);
		if (k.error == 0)
			break; /* all of it, or the driver's own thread goes on */
		k.dropped += k.error == EBUSY;
		/* Its budget of frames is used up, or it has no room: then nothing went. */
		if (k.error != EAGAIN && k.error != EBUSY && k.error != ENOBUFS)
			return k;
		k.error = 0;
		if (before == after)
			break;
	}
	k.held = after != x->put;
	return k;
}
