/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Egress to a TX queue of any ethdev.
 *
 * What rte_eth_tx_burst() does not take is kept and offered again, so nothing is lost. Some PMDs count such
 * frames as errors of theirs (net_af_xdp: oerrors); they are not ours, and are not counted here.
 *
 * The link of a device that stands on a kernel interface is that interface's: its PMD may call it up whatever
 * becomes of it, and would ask the kernel on the TX core.
 */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "common/frames.h"
#include "eal/qs_log.h"
#include "kernel_link.h"
#include "rte_qsock_egress.h"

#define LINK_POLL_NS UINT64_C(100000000) /* a look at the link may be a system call in the PMD */

struct egress_ethdev {
	struct rte_qsock_egress head;
	uint16_t eth_port_id;
	uint16_t queue_id;
	bool linear_only; /* the PMD takes no frame in segments */
	bool link_cheap;  /* the PMD keeps the link's state by itself */
	struct qs_kernel_link *kernel_link;
	uint32_t if_index; /* 0: no kernel interface */
	uint32_t max_frame_bytes;
	uint64_t link_poll_ns;
};

static struct egress_ethdev *egress_of(struct rte_qsock_egress *e)
{
	return (struct egress_ethdev *)e;
}

/* Frames up to the first that the device cannot take as it is. */
static uint16_t frames_fit(const struct egress_ethdev *e, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i, segs = 0;

	if (!e->linear_only)
		return n;
	for (i = 0; i < n; i++)
		segs |= pkts[i]->nb_segs;
	if (likely(segs <= 1))
		return n;
	for (i = 0; i < n; i++)
		if (pkts[i]->nb_segs > 1 && rte_pktmbuf_linearize(pkts[i]) != 0)
			break;
	return i;
}

static uint16_t ethdev_tx_burst(struct rte_qsock_egress *egress, struct rte_mbuf **pkts, uint16_t n)
{
	struct egress_ethdev *e = egress_of(egress);
	uint16_t fit, ready, sent;

	if (unlikely(__atomic_load_n(&egress->link_down, __ATOMIC_RELAXED)))
		return 0;
	fit = frames_fit(e, pkts, n);
	ready = rte_eth_tx_prepare(e->eth_port_id, e->queue_id, pkts, fit);
	sent = rte_eth_tx_burst(e->eth_port_id, e->queue_id, pkts, ready);
	/* The first that was not ready is at the front now: it never will be. */
	if (unlikely(ready < n) && sent == ready) {
		qs_frame_fail(&e->head, &pkts[sent]);
		sent++;
	}
	return sent;
}

static void link_look(struct egress_ethdev *e)
{
	struct rte_eth_link link;

	if (e->kernel_link == NULL && rte_eth_link_get_nowait(e->eth_port_id, &link) == 0)
		__atomic_store_n(&e->head.link_down, link.link_status == RTE_ETH_LINK_DOWN, __ATOMIC_RELAXED);
}

static void ethdev_poll(struct rte_qsock_egress *egress, uint64_t now_ns)
{
	struct egress_ethdev *e = egress_of(egress);

	if (!e->link_cheap && now_ns < e->link_poll_ns)
		return;
	e->link_poll_ns = now_ns + LINK_POLL_NS;
	link_look(e);
	/* Completions: a NIC that is not sent to would keep the last mbufs. Not every PMD knows how. */
	rte_eth_tx_done_cleanup(e->eth_port_id, e->queue_id, 0);
}

static uint64_t ethdev_rate_bps(const struct rte_qsock_egress *egress)
{
	const struct egress_ethdev *e = (const struct egress_ethdev *)egress;
	struct rte_eth_link link;

	if (rte_eth_link_get_nowait(e->eth_port_id, &link) != 0 ||
	    link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN)
		return 0;
	return (uint64_t)link.link_speed * 1000000;
}

static uint32_t ethdev_max_frame_bytes(const struct rte_qsock_egress *egress)
{
	return ((const struct egress_ethdev *)egress)->max_frame_bytes;
}

static void ethdev_free(struct rte_qsock_egress *egress)
{
	qs_kernel_link_free(egress_of(egress)->kernel_link);
	rte_free(egress);
}

static const struct rte_qsock_egress_ops ethdev_ops = {
	.name = "ethdev",
	.tx_burst = ethdev_tx_burst,
	.poll = ethdev_poll,
	.rate_bps = ethdev_rate_bps,
	.max_frame_bytes = ethdev_max_frame_bytes,
	.free = ethdev_free,
};

/* What the device says of itself. */
static int egress_ask(struct egress_ethdev *e)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	uint16_t mtu;

	if (rte_eth_dev_info_get(e->eth_port_id, &info) != 0 ||
	    rte_eth_dev_get_mtu(e->eth_port_id, &mtu) != 0 ||
	    rte_eth_dev_conf_get(e->eth_port_id, &conf) != 0)
		return qs_fail(ENODEV, "ethdev %u does not answer", e->eth_port_id);
	if (e->queue_id >= info.nb_tx_queues)
		return qs_fail(EINVAL, "ethdev %u has no TX queue %u: 0 .. %d", e->eth_port_id, e->queue_id,
			       info.nb_tx_queues - 1);
	/* A VLAN tag is not part of what a device calls its MTU. */
	e->max_frame_bytes = (uint32_t)mtu + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN;
	e->linear_only = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) == 0;
	e->link_cheap = conf.intr_conf.lsc != 0;
	e->if_index = info.if_index;
	return 0;
}

struct rte_qsock_egress *rte_qsock_egress_ethdev(uint16_t eth_port_id, uint16_t queue_id)
{
	struct egress_ethdev *e;

	if (!rte_eth_dev_is_valid_port(eth_port_id))
		return qs_fail_null(ENODEV, "no ethdev %u: %u are there", eth_port_id,
				    rte_eth_dev_count_avail());
	e = rte_zmalloc_socket("qsock_ethdev", sizeof(*e), RTE_CACHE_LINE_SIZE,
			       rte_eth_dev_socket_id(eth_port_id));
	if (e == NULL)
		return qs_fail_null(ENOMEM, "ethdev %u: no memory (%zu bytes)", eth_port_id, sizeof(*e));
	e->head.ops = &ethdev_ops;
	e->eth_port_id = eth_port_id;
	e->queue_id = queue_id;
	if (egress_ask(e) != 0) {
		rte_free(e);
		return NULL;
	}
	if (e->if_index != 0)
		e->kernel_link = qs_kernel_link_follow(e->if_index, &e->head.link_down);
	link_look(e);
	return &e->head;
}
