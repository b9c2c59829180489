/* SPDX-License-Identifier: BSD-3-Clause */
/* The interface changes while it is in use: its link, its MTU; it goes, and comes back. */
#include <errno.h>
#include <string.h>

#include "af_xdp.h"
#include "eal/qs_log.h"

#define PROVE_NS UINT64_C(50000000)
#define RETRY_NS UINT64_C(100000000)

struct qs_txsk *qs_af_xdp_socket(struct qs_af_xdp *a)
{
	const struct qs_link_state *state = &a->state;
	const char *why;
	struct qs_txsk *x;

	a->conf.ifindex = state->ifindex;
	x = qs_txsk_open(&a->conf);
	if (!a->conf.zero_copy || (x == NULL && errno == EBUSY))
		return x;
	if (x != NULL && state->up && qs_txsk_prove(x, &state->mac, PROVE_NS))
		return x;
	why = x == NULL	   ? strerror(errno)
	      : !state->up ? "the link is down"
			   : "a frame was not completed in 50 ms";
	QS_LOG(NOTICE, "af_xdp on %s: no zero copy (%s): frames are copied\n", a->ifname, why);
	qs_txsk_close(x);
	/* From now on: the queue is busy for a moment yet, and this is called again. */
	a->conf.zero_copy = false;
	return qs_txsk_open(&a->conf);
}

static void link_store(struct qs_af_xdp *a)
{
	__atomic_store_n(&a->head.link_down, !a->state.up || a->rebind, __ATOMIC_RELEASE);
}

static void mtu_changed(struct qs_af_xdp *a, uint32_t mtu_bytes)
{
	const uint32_t bytes = mtu_bytes + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN;

	qs_frames_count(&a->mtu_changes, 1);
	__atomic_store_n(&a->max_bytes, RTE_MIN(bytes, a->largest_bytes), __ATOMIC_RELAXED);
	QS_LOG(NOTICE, "af_xdp on %s: MTU %u%s\n", a->ifname, mtu_bytes,
	       bytes > a->largest_bytes ? ": frames stay as long as at the start" : "");
}

void qs_af_xdp_news(void *arg, const struct qs_link_state *state)
{
	struct qs_af_xdp *a = arg;
	const struct qs_link_state was = a->state;

	a->state = *state;
	if (a->service == NULL) /* the start: there is no socket yet */
		return;
	if (state->up != was.up) {
		qs_frames_count(&a->link_changes, 1);
		QS_LOG(NOTICE, "af_xdp on %s: %s\n", a->ifname,
		       state->gone ? "the interface is gone"
		       : state->up ? "link up"
				   : "link down");
	}
	if (state->mtu_bytes != was.mtu_bytes)
		mtu_changed(a, state->mtu_bytes);
	if (state->gone)
		a->rebind = true;
	a->retry_ns = 0;
	link_store(a);
	qs_service_wake(a->service);
}

/* The TX core takes it before its next frame. */
static void socket_publish(struct qs_af_xdp *a, struct qs_txsk *x)
{
	__atomic_store_n(&a->features, x->features, __ATOMIC_RELAXED);
	qs_txsk_close(__atomic_exchange_n(&a->next, x, __ATOMIC_ACQ_REL)); /* it never took the one before */
	a->rebind = false;
	a->rebind_told = false;
	qs_frames_count(&a->rebinds, 1);
	QS_LOG(NOTICE, "af_xdp on %s: the interface is back\n", a->ifname);
	link_store(a);
}

static void socket_again(struct qs_af_xdp *a, uint64_t now_ns)
{
	struct qs_txsk *x = qs_af_xdp_socket(a);

	if (x != NULL) {
		socket_publish(a, x);
		return;
	}
	a->retry_ns = now_ns + RETRY_NS;
	if (!a->rebind_told)
		QS_LOG(WARNING, "af_xdp on %s: not bound again yet: %s\n", a->ifname, strerror(errno));
	a->rebind_told = true;
}

void qs_af_xdp_tidy(struct qs_af_xdp *a)
{
	struct qs_txsk *x = __atomic_exchange_n(&a->retired, NULL, __ATOMIC_ACQUIRE), *next;

	for (; x != NULL; x = next) {
		next = x->next;
		qs_txsk_close(x);
	}
}

uint64_t qs_af_xdp_follow(void *arg, uint64_t now_ns)
{
	struct qs_af_xdp *a = arg;

	qs_af_xdp_tidy(a);
	if (!a->rebind || !a->state.up)
		return QS_SERVICE_NEVER;
	if (now_ns >= a->retry_ns)
		socket_again(a, now_ns);
	return a->rebind ? a->retry_ns : QS_SERVICE_NEVER;
}
