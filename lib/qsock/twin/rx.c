/* SPDX-License-Identifier: BSD-3-Clause */
/* From the port's receive queue to the kernel. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_net.h>

#include "eal/qs_log.h"
#include "twin/qs_twin_priv.h"

#define QUEUE 0
#define BURST 32
#define BURSTS 4 /* a call; between calls the TAP has its turn */
#define POLL_MIN_NS UINT64_C(50000)
#define POLL_MAX_NS UINT64_C(1000000)
#define IDLE_SHARE 8 /* sleep an eighth of the time that nothing has come: at most 1 ms after 8 ms */
#define CARRIER_NS UINT64_C(100000000)
#define SEGMENTS_MAX 64

/* A virtual device may leave the checksum to whoever sends the packet on. */
static void l4_checksum_finish(struct rte_mbuf *m)
{
	struct rte_net_hdr_lens lens;
	uint32_t ptype =
		rte_net_get_ptype(m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	bool tcp = (ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP;
	uint16_t l4_at = (uint16_t)(lens.l2_len + lens.l3_len), sum = 0;
	size_t at = l4_at +
		    (tcp ? offsetof(struct rte_tcp_hdr, cksum) : offsetof(struct rte_udp_hdr, dgram_cksum));
	const void *l3 = rte_pktmbuf_mtod_offset(m, void *, lens.l2_len);

	if ((!tcp && (ptype & RTE_PTYPE_L4_MASK) != RTE_PTYPE_L4_UDP) || m->nb_segs > 1 ||
	    m->data_len < at + sizeof(sum))
		return;
	memcpy(rte_pktmbuf_mtod_offset(m, void *, at), &sum, sizeof(sum));
	sum = RTE_ETH_IS_IPV4_HDR(ptype) ? rte_ipv4_udptcp_cksum_mbuf(m, l3, l4_at)
					 : rte_ipv6_udptcp_cksum_mbuf(m, l3, l4_at);
	memcpy(rte_pktmbuf_mtod_offset(m, void *, at), &sum, sizeof(sum));
}

/* As the wire had it: the kernel gets neither the driver's flags nor what the driver has stripped. */
static bool restore(struct rte_mbuf **m)
{
	if (((*m)->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		l4_checksum_finish(*m);
	if ((*m)->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		return rte_vlan_insert(m) == 0;
	return true;
}

static bool tap_write(const struct rte_qsock_twin *twin, const struct rte_mbuf *m)
{
	struct iovec iov[SEGMENTS_MAX];
	int n = 0;

	for (const struct rte_mbuf *s = m; s != NULL && n < SEGMENTS_MAX; s = s->next)
		iov[n++] = (struct iovec){rte_pktmbuf_mtod(s, void *), s->data_len};
	return writev(twin->tap.fd, iov, n) == (ssize_t)m->pkt_len;
}

static void deliver(struct rte_qsock_twin *twin, struct rte_mbuf *m)
{
	if (restore(&m) && tap_write(twin, m)) {
		qs_twin_count(&twin->info.to_kernel, 1);
		qs_twin_count(&twin->info.to_kernel_bytes, m->pkt_len);
	} else {
		qs_twin_count(&twin->info.to_kernel_drop, 1);
	}
	rte_pktmbuf_free(m);
}

static void carrier_look(struct rte_qsock_twin *twin)
{
	struct rte_eth_link link;
	bool up;

	if (rte_eth_link_get_nowait(twin->eth_port_id, &link) != 0)
		return;
	up = link.link_status == RTE_ETH_LINK_UP;
	if (up == twin->rx.carrier)
		return;
	twin->rx.carrier = up;
	qs_tap_carrier_set(&twin->tap, up);
}

/* @return packets received */
static uint32_t receive(struct rte_qsock_twin *twin)
{
	struct rte_mbuf *pkts[BURST];
	uint32_t total = 0;

	for (int i = 0; i < BURSTS; i++) {
		uint16_t n = rte_eth_rx_burst(twin->eth_port_id, QUEUE, pkts, BURST);

		for (uint16_t k = 0; k < n; k++)
			deliver(twin, pkts[k]);
		total += n;
		if (n < BURST)
			break;
	}
	return total;
}

/* Let the interrupt tell of the next packet. @return false: there is none, or a packet came meanwhile */
static bool arm(struct rte_qsock_twin *twin)
{
	if (twin->rx.intr_fd < 0 || rte_eth_dev_rx_intr_enable(twin->eth_port_id, QUEUE) != 0)
		return false;
	twin->rx.armed = receive(twin) == 0;
	if (!twin->rx.armed)
		rte_eth_dev_rx_intr_disable(twin->eth_port_id, QUEUE);
	return twin->rx.armed;
}

uint64_t qs_twin_rx_poll(void *arg, uint64_t now_ns)
{
	struct rte_qsock_twin *twin = arg;
	uint64_t idle_ns;

	if (now_ns >= twin->rx.carrier_ns) {
		carrier_look(twin);
		twin->rx.carrier_ns = now_ns + CARRIER_NS;
	}
	if (twin->rx.armed)
		return twin->rx.carrier_ns;
	if (receive(twin) > 0) {
		twin->rx.last_ns = now_ns;
		return now_ns + POLL_MIN_NS;
	}
	idle_ns = now_ns > twin->rx.last_ns ? now_ns - twin->rx.last_ns : 0;
	if (idle_ns > POLL_MAX_NS * IDLE_SHARE && arm(twin))
		return twin->rx.carrier_ns;
	return now_ns + RTE_MIN(RTE_MAX(idle_ns / IDLE_SHARE, POLL_MIN_NS), POLL_MAX_NS);
}

/* The device woke us: poll from here on. */
static void on_interrupt(void *arg)
{
	struct rte_qsock_twin *twin = arg;
	uint64_t count;

	if (read(twin->rx.intr_fd, &count, sizeof(count)) < 0)
		QS_LOG(DEBUG, "twin %s: interrupt without a count\n", twin->tap.name);
	rte_eth_dev_rx_intr_disable(twin->eth_port_id, QUEUE);
	twin->rx.armed = false;
	twin->rx.last_ns = rte_qsock_now_ns();
	qs_service_wake(twin->service);
}

/* Only a device that was configured for it has them. */
static int interrupt_fd(const struct rte_qsock_twin *twin)
{
	struct rte_eth_conf conf;

	if (rte_eth_dev_conf_get(twin->eth_port_id, &conf) != 0 || !conf.intr_conf.rxq)
		return -1;
	return rte_eth_dev_rx_intr_ctl_q_get_fd(twin->eth_port_id, QUEUE);
}

int qs_twin_rx_start(struct rte_qsock_twin *twin)
{
	twin->rx.carrier = true;
	twin->rx.intr_fd = -1;
	if (twin->no_rx)
		return 0;
	twin->rx.intr_fd = interrupt_fd(twin);
	if (twin->rx.intr_fd >= 0) {
		twin->rx.intr_watched =
			qs_service_fd_add(twin->service, twin->rx.intr_fd, on_interrupt, twin) == 0;
		if (!twin->rx.intr_watched)
			return -1;
	}
	twin->rx.hooked = qs_service_hook_add(twin->service, qs_twin_rx_poll, twin) == 0;
	return twin->rx.hooked ? 0 : -1;
}

void qs_twin_rx_stop(struct rte_qsock_twin *twin)
{
	if (twin->rx.hooked)
		qs_service_hook_del(twin->service, qs_twin_rx_poll, twin);
	if (twin->rx.intr_watched)
		qs_service_fd_del(twin->service, twin->rx.intr_fd);
}
