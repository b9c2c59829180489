/* SPDX-License-Identifier: BSD-3-Clause */
/* What changes while the interface is in use: its link, its MTU, its qdisc, the port's rate; it goes, and
 * comes back. */
#include <errno.h>
#include <string.h>

#include <linux/if_packet.h>

#include <rte_errno.h>

#include "common/frames.h"
#include "eal/qs_log.h"
#include "packet.h"

#define PAGE_BYTES 4096u
#define HEAD_BYTES 832u /* of a short frame, and of the head of one in pages */
#define SKB_BYTES 256u
#define ROOM_BYTES 352u /* what the kernel puts before and behind a frame */
#define LOOK_NS UINT64_C(250000000)

/* As Linux allocates: one block of a power of two, or, from a page on, a head and pages. */
uint32_t qs_packet_memory(uint32_t len)
{
	if (len >= PAGE_BYTES)
		return HEAD_BYTES + RTE_ALIGN_CEIL(len, PAGE_BYTES);
	return RTE_MAX(HEAD_BYTES, SKB_BYTES + rte_align32pow2(len + ROOM_BYTES));
}

/*
 * The kernel takes a frame as long as less than the socket's buffer is in use. So it is smaller than the
 * limit by a frame. It does not become smaller than two frames of Ethernet's.
 */
void qs_packet_limit(struct qs_packet *p, uint64_t rate_bps)
{
	const uint64_t frame = qs_packet_memory(p->interface.largest_bytes),
		       wire = qs_frames_bytes(rate_bps, p->in_flight_ns),
		       frames = RTE_MAX(wire / (p->interface.largest_bytes + QS_PACKET_WIRE_BYTES),
					UINT64_C(2)),
		       memory = RTE_MIN(frames * frame, (uint64_t)QS_PACKET_QUEUE * HEAD_BYTES);
	int buffer = (int)((memory - frame) / 2 + 1); /* the kernel doubles it */
	socklen_t len = sizeof(buffer);

	if (setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0)
		setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (getsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &buffer, &len) == 0)
		__atomic_store_n(&p->limit_bytes, (uint64_t)buffer + frame - 1, __ATOMIC_RELAXED);
}

int qs_packet_take(struct qs_packet *p)
{
	const struct sockaddr_ll addr = {.sll_family = AF_PACKET,
					 .sll_ifindex = (int)p->interface.state.ifindex};

	p->qdisc = qs_qdisc_classes(p->interface.name, &p->qdisc_conf);
	if (p->qdisc == NULL)
		return -1;
	if (bind(p->fd, (const struct sockaddr *)(const void *)&addr, sizeof(addr)) == 0)
		return 0;
	rte_errno = errno;
	qs_qdisc_end(p->qdisc);
	p->qdisc = NULL;
	return -1;
}

static void take_again(struct qs_packet *p, uint64_t now_ns)
{
	qs_qdisc_end(p->qdisc); /* it went with its interface */
	p->qdisc = NULL;
	if (qs_packet_take(p) == 0) {
		__atomic_store_n(&p->qdisc_lost, false, __ATOMIC_RELAXED);
		qs_interface_rebound(&p->interface);
	} else {
		qs_interface_retry(&p->interface, now_ns, rte_strerror(rte_errno));
	}
}

/* The classes' rates are the port's. */
static void rate_follow(struct qs_packet *p)
{
	const uint64_t rate_bps = __atomic_load_n(&p->rate_bps, __ATOMIC_RELAXED);

	if (rate_bps == p->qdisc_conf.rate_bps)
		return;
	p->qdisc_conf.rate_bps = rate_bps;
	qs_packet_limit(p, rate_bps);
	if (p->qdisc != NULL && qs_qdisc_rate_set(p->qdisc, rate_bps) < 0 && rte_errno != ESTALE &&
	    rte_errno != ENODEV)
		QS_LOG(ERR, "kernel on %s: the qdisc does not follow the rate of %llu bit/s: %s\n",
		       p->interface.name, (unsigned long long)rate_bps, rte_strerror(rte_errno));
}

static void qdisc_look(struct qs_packet *p, uint64_t now_ns)
{
	if (now_ns < p->look_ns || p->qdisc == NULL)
		return;
	p->look_ns = now_ns + LOOK_NS;
	if (qs_qdisc_check(p->qdisc) < 0 && rte_errno == ESTALE)
		__atomic_store_n(&p->qdisc_lost, true, __ATOMIC_RELAXED);
}

uint64_t qs_packet_follow(void *arg, uint64_t now_ns)
{
	struct qs_packet *p = arg;

	rate_follow(p);
	qdisc_look(p, now_ns);
	if (qs_interface_rebind_due(&p->interface, now_ns))
		take_again(p, now_ns);
	if (p->qdisc != NULL)
		return p->look_ns;
	/* The news of a link that comes up wake the service. */
	return p->interface.state.up ? p->interface.retry_ns : QS_SERVICE_NEVER;
}
