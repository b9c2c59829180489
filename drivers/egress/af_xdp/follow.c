/* SPDX-License-Identifier: BSD-3-Clause */
/* The interface changes while it is in use: its link, its MTU; it goes, and comes back. */
#include <errno.h>
#include <string.h>

#include "af_xdp.h"
#include "eal/qs_log.h"

#define PROVE_NS UINT64_C(50000000)

struct qs_txsk *qs_af_xdp_socket(struct qs_af_xdp *a)
{
	const struct qs_link_state *state = &a->interface.state;
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
	QS_LOG(NOTICE, "af_xdp on %s: no zero copy (%s): frames are copied\n", a->interface.name, why);
	qs_txsk_close(x);
	/* From now on: the queue is busy for a moment yet, and this is called again. */
	a->conf.zero_copy = false;
	return qs_txsk_open(&a->conf);
}

/* The TX core takes it before its next frame. */
static void socket_publish(struct qs_af_xdp *a, struct qs_txsk *x)
{
	__atomic_store_n(&a->features, x->features, __ATOMIC_RELAXED);
	qs_txsk_close(__atomic_exchange_n(&a->next, x, __ATOMIC_ACQ_REL)); /* it never took the one before */
	qs_interface_rebound(&a->interface);
}

static void socket_again(struct qs_af_xdp *a, uint64_t now_ns)
{
	struct qs_txsk *x = qs_af_xdp_socket(a);

	if (x != NULL)
		socket_publish(a, x);
	else
		qs_interface_retry(&a->interface, now_ns, strerror(errno));
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
	if (!a->interface.rebind || !a->interface.state.up)
		return QS_SERVICE_NEVER;
	if (qs_interface_rebind_due(&a->interface, now_ns))
		socket_again(a, now_ns);
	return a->interface.rebind ? a->interface.retry_ns : QS_SERVICE_NEVER;
}
