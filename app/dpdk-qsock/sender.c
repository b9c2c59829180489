/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include <net/qs_fragment.h>
#include <net/qs_neigh.h>
#include <net/qs_sock_lock.h>
#include <service/qs_ways.h>
#include <twin/qs_twin.h>

#include "sender.h"

/* What a receiver finds in each packet, as far as there is room. */
struct payload {
	rte_be64_t seq;
	rte_be64_t sent_ns; /* CLOCK_MONOTONIC */
};

/* The routes and neighbours of the twin, or of the interface itself; NULL: nobody knows any. */
static struct qs_route *route_of(const struct dq_port *port)
{
	if (port->twin != NULL)
		return qs_twin_route(port->twin);
	return port->device.ways != NULL ? qs_ways_route(port->device.ways) : NULL;
}

/* A device's MTU may be larger than the port's buffers, and may grow. */
uint32_t dq_frame_max(const struct dq_port *port)
{
	const uint32_t room = rte_pktmbuf_data_room_size(port->tx_pool) - RTE_PKTMBUF_HEADROOM;
	uint16_t mtu = RTE_ETHER_MTU;
	uint32_t max;

	if (port->device.ways == NULL)
		rte_eth_dev_get_mtu(port->device.eth_port_id, &mtu);
	max = (port->device.ways != NULL ? qs_route_mtu(route_of(port)) : mtu) + (uint32_t)RTE_ETHER_HDR_LEN;
	return max < room ? max : room;
}

static uint64_t offloads_of(const struct dq_port *port)
{
	struct rte_eth_conf conf;

	if (port->device.driver != QS_DRIVER_ETHDEV ||
	    rte_eth_dev_conf_get(port->device.eth_port_id, &conf) < 0)
		return 0;
	return conf.txmode.offloads;
}

static void take_addresses(struct dq_sender *t, const struct dq_port *port,
			   const struct qs_stream_config *conf)
{
	struct qs_flow *f = &t->flow;

	f->family = conf->dst.family == 4 ? AF_INET : AF_INET6;
	memcpy(&f->dst, conf->dst.bytes, sizeof(f->dst));
	memcpy(&f->src, conf->src.bytes, sizeof(f->src));
	memcpy(&f->dst_mac, conf->dst_mac.bytes, sizeof(f->dst_mac));
	f->dport = rte_cpu_to_be_16(conf->dst.port);
	f->sport = rte_cpu_to_be_16(conf->src.family != 0 ? conf->src.port : conf->dst.port);
	f->vlan = conf->vlan_priority != QS_CONFIG_UNSET;
	f->vlan_prio = f->vlan ? (uint8_t)conf->vlan_priority : 0;
	f->tos = conf->dscp != QS_CONFIG_UNSET ? (uint8_t)(conf->dscp << 2) : 0;
	if (route_of(port) == NULL)
		rte_eth_macaddr_get(port->device.eth_port_id, &f->src_mac);
	t->ask = (struct qs_route_ask){.dst = f->dst, .src = f->src, .family = f->family, .tos = f->tos};
}

/* Without a twin nobody else knows where frames come from and go to: all that is missing is told at once. */
static int check_twinless(const struct dq_port *port, const struct qs_stream_config *conf, struct dq_error *e)
{
	const struct {
		const char *name, *what;
		unsigned int key;
		bool missing;
	} needs[] = {
		{"dst", "dst = ADDRESS:PORT", QS_STREAM_DST, conf->dst.family == 0},
		{"src", "src = ADDRESS:PORT", QS_STREAM_SRC, conf->src.family == 0},
		{"dst-mac", "dst-mac = XX:XX:XX:XX:XX:XX", QS_STREAM_DST_MAC, !conf->dst_mac.given},
	};
	char names[32] = "", whats[96] = "";
	unsigned int i, n = 0, key = 0;

	for (i = 0; i < RTE_DIM(needs); i++) {
		if (!needs[i].missing)
			continue;
		key = n++ == 0 ? needs[i].key : key;
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", n > 1 ? ", " : "",
			 needs[i].name);
		snprintf(whats + strlen(whats), sizeof(whats) - strlen(whats), "%s%s", n > 1 ? ", " : "",
			 needs[i].what);
	}
	if (n == 0)
		return 0;
	return dq_fail(e, EINVAL, key,
		       "[stream %s]: %s %s missing: port %u has no twin that knows addresses; %s", conf->name,
		       names, n > 1 ? "are" : "is", port->conf.id, whats);
}

static int check_addresses(const struct dq_port *port, const struct qs_stream_config *conf,
			   struct dq_error *e)
{
	if (route_of(port) == NULL)
		return check_twinless(port, conf, e);
	if (conf->dst.family == 0)
		return dq_fail(e, EINVAL, QS_STREAM_DST,
			       "[stream %s]: dst is missing: its source sends to ADDRESS:PORT, such as "
			       "10.0.0.1:5000",
			       conf->name);
	if (conf->dst_mac.given)
		return dq_fail(e, EINVAL, QS_STREAM_DST_MAC,
			       "[stream %s]: dst-mac is for ports without a twin: '%s' of port %u knows its "
			       "neighbours",
			       conf->name, port->twin != NULL ? port->conf.twin : port->conf.device,
			       port->conf.id);
	return 0;
}

int dq_sender_init(struct dq_sender *t, const struct dq_port *port, const struct qs_stream_config *conf,
		   struct rte_mempool *pool, struct dq_error *e)
{
	const uint32_t max = dq_frame_max(port);
	int rc;

	*t = (struct dq_sender){.pool = pool};
	if (conf->source == QS_SOURCE_PCAP)
		return 0;
	rc = check_addresses(port, conf, e);
	if (rc < 0)
		return rc;
	take_addresses(t, port, conf);
	t->tx_offloads = offloads_of(port);
	if (qs_frame_init(&t->frame, &t->flow, t->tx_offloads) < 0)
		return dq_fail(e, EINVAL, QS_STREAM_DST, "[stream %s]: %s", conf->name,
			       rte_strerror(rte_errno));
	if (conf->packet_bytes < t->frame.hdr_bytes || conf->packet_bytes > max)
		return dq_fail(
			e, ERANGE, QS_STREAM_PACKET,
			"[stream %s]: packet: '%u' is out of range for UDP frames of port %u: %u .. %u",
			conf->name, conf->packet_bytes, port->conf.id, t->frame.hdr_bytes, max);
	t->route = route_of(port);
	t->framed = t->route == NULL;
	return 0;
}

/* Bring the headers up to date with the kernel's routes; false: there is no way to the destination now. */
static bool follow_route(struct dq_sender *t)
{
	if (t->route == NULL || (t->framed && t->hop.generation == qs_route_generation(t->route)))
		return true;
	t->framed = false;
	if (qs_route_resolve(t->route, &t->ask, &t->hop) < 0 || t->hop.kind == QS_HOP_LOCAL)
		return false;
	t->flow.src = t->hop.src;
	t->flow.src_mac = t->hop.src_mac;
	t->flow.dst_mac = t->hop.mac;
	/* An address that is not resolved yet is asked for with every packet, in send_frame(). */
	if (qs_frame_init(&t->frame, &t->flow, t->tx_offloads) < 0)
		return false;
	t->framed = t->hop.resolved;
	return true;
}

static void put(struct dq_sender *t, struct rte_mbuf *m)
{
	/* The twin's thread may produce into the same socket: a rule, or packets that waited for a neighbour.
	 */
	qs_sock_lock(t->qs);
	/* The socket drops what does not fit, and counts it: nothing comes back. */
	if (rte_qsock_tx_burst(t->qs, &m, 1) == 0)
		rte_pktmbuf_free(m);
	qs_sock_unlock(t->qs);
}

static void send_frame(struct dq_sender *t, struct rte_mbuf *m)
{
	if (t->route != NULL && !t->hop.resolved) {
		if (qs_neigh_wait(t->route, &t->hop, t->qs, m) == QS_NEIGH_TAKEN)
			return;
		qs_datagram_macs_set(m, &t->hop.mac, &t->hop.src_mac);
	}
	put(t, m);
}

static struct rte_mbuf *new_mbuf(struct dq_sender *t)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(t->pool);

	if (m == NULL)
		t->no_mbuf++;
	else
		rte_qsock_meta_init(m)->sent_ns = rte_qsock_now_ns();
	return m;
}

static void write_payload(struct dq_sender *t, struct rte_mbuf *m, uint32_t bytes)
{
	const struct payload p = {rte_cpu_to_be_64(t->seq), rte_cpu_to_be_64(rte_qsock_meta(m)->sent_ns)};
	char *at = rte_pktmbuf_append(m, (uint16_t)bytes);
	const size_t said = bytes < sizeof(p) ? bytes : sizeof(p);

	memcpy(at, &p, said);
	memset(at + said, 0, bytes - said);
}

bool dq_sender_frame(struct dq_sender *t, uint32_t frame_bytes)
{
	struct rte_mbuf *m;

	if (!follow_route(t)) {
		t->no_route++;
		return false;
	}
	m = new_mbuf(t);
	if (m == NULL)
		return false;
	write_payload(t, m, frame_bytes - t->frame.hdr_bytes);
	qs_frame_build(&t->frame, m);
	t->seq++;
	send_frame(t, m);
	return true;
}

bool dq_sender_raw(struct dq_sender *t, const void *bytes, uint32_t len)
{
	struct rte_mbuf *m = new_mbuf(t);

	if (m == NULL)
		return false;
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), bytes, len);
	t->seq++;
	put(t, m);
	return true;
}
