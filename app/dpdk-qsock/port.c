/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_qsock_egress.h>
#include <rte_qsock_group.h>

#include <bsd/qs_node.h>
#include <bsd/qs_xsk.h>

#include "capture.h"
#include "instance.h"
#include "queues.h"
#include "net/qs_link_mtu.h"
#include "net/qs_packed_pool.h"

#define TX_PACKETS_MIN 8192u
#define TX_PACKETS_MAX 131072u
#define RX_PACKETS 4096u
#define SOCKETS_MIN 1024u
#define QUEUED_MIN 65536u
#define MTU_MAX 16000u /* that the key mtu may name */

/* What the streams of a port need room for. */
struct demand {
	uint32_t streams;
	uint64_t packets; /* in all their queues */
};

static struct demand demand_of(const struct qs_config *cfg, uint32_t port_id)
{
	struct demand d = {0, 0};
	uint32_t i;

	for (i = 0; cfg != NULL && i < cfg->n_streams; i++) {
		if (cfg->streams[i].port != port_id)
			continue;
		d.streams++;
		d.packets += cfg->streams[i].conf.queue_packets;
	}
	return d;
}

static uint32_t clamp(uint64_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : (uint32_t)value;
}

/* Of a packet: as the port was told, or as its interface has it; one without a bound, as lo, has a usual one. */
static uint32_t mtu_of(const struct dq_port *p)
{
	const uint32_t link = p->device.driver == QS_DRIVER_ETHDEV ? 0 : qs_link_mtu(p->device.ifname);

	return p->conf.mtu_bytes != 0 ? p->conf.mtu_bytes : link <= MTU_MAX ? link : 0;
}

/*
 * Several threads take and free here: one that is preempted inside a ring would keep the TX core
 * waiting, one inside a lock-free stack does not.
 */
static struct rte_mempool *make_pool(const struct dq_port *p, const char *kind, unsigned int packets)
{
	uint32_t data = RTE_MBUF_DEFAULT_BUF_SIZE, mtu = mtu_of(p) + RTE_PKTMBUF_HEADROOM + 64;
	int socket_id = qs_node_socket(p->node);
	char name[RTE_MEMPOOL_NAMESIZE];

	if (mtu > data)
		data = mtu;
	snprintf(name, sizeof(name), "qs_port%u_%s", p->conf.id, kind);
	if (p->device.driver == QS_DRIVER_ETHDEV && qs_packed_pool_wanted(p->device.eth_port_id))
		return qs_packed_pool_create(name, packets - 1, 256, (uint16_t)data, socket_id, "lf_stack");
	return rte_pktmbuf_pool_create_by_ops(name, packets - 1, 256, 0, (uint16_t)data, socket_id,
					      "lf_stack");
}

static int make_pools(struct dq_port *p, const struct demand *d, struct dq_error *e)
{
	p->tx_pool = make_pool(p, "tx", clamp(2 * d->packets, TX_PACKETS_MIN, TX_PACKETS_MAX));
	if (p->tx_pool != NULL && p->device.driver == QS_DRIVER_ETHDEV)
		p->rx_pool = make_pool(p, "rx", RX_PACKETS + p->conf.rxd + p->conf.txd);
	if (p->tx_pool == NULL || (p->rx_pool == NULL && p->device.driver == QS_DRIVER_ETHDEV))
		return dq_fail(e, rte_errno, DQ_NO_KEY, "[port %u]: no memory for packets: %s", p->conf.id,
			       rte_strerror(rte_errno));
	return 0;
}

static bool lcore_of(const struct dq_port *p, unsigned int lcore_id)
{
	unsigned int i;

	for (i = 0; i < p->n_lcores; i++)
		if (p->lcores[i] == lcore_id)
			return true;
	return false;
}

/* A port that is being made, and those that are there. */
struct pick {
	const struct dq_instance *in;
	const struct dq_port *self;
};

static bool lcore_taken(const struct dq_instance *in, const struct dq_port *self, unsigned int lcore_id)
{
	const struct dq_port *p;

	if (lcore_of(self, lcore_id))
		return true;
	DQ_FOREACH(p, &in->ports)
	{
		if (lcore_of(p, lcore_id))
			return true;
	}
	return false;
}

static bool lcore_free(unsigned int lcore_id, void *arg)
{
	const struct pick *pick = arg;

	return !lcore_taken(pick->in, pick->self, lcore_id);
}

/* The one that is asked for, for the first queue, or of those that are free the nearest to the device. */
static int pick_lcore(const struct dq_instance *in, struct dq_port *p, struct dq_error *e)
{
	struct pick pick = {in, p};
	unsigned int lcore_id;
	int found;

	if (p->n_lcores == 0 && p->conf.tx_lcore != QS_CONFIG_UNSET) {
		lcore_id = p->conf.tx_lcore;
		if (!rte_lcore_is_enabled(lcore_id) || lcore_id == rte_get_main_lcore())
			return dq_fail(e, EINVAL, QS_PORT_TX_LCORE,
				       "[port %u]: tx-lcore: '%u' is no worker of EAL's: name it in -l; %u "
				       "is the main lcore",
				       p->conf.id, lcore_id, rte_get_main_lcore());
		if (lcore_taken(in, p, lcore_id))
			return dq_fail(e, EBUSY, QS_PORT_TX_LCORE,
				       "[port %u]: tx-lcore: '%u' sends for another port: one each",
				       p->conf.id, lcore_id);
		p->lcores[p->n_lcores++] = lcore_id;
		return 0;
	}
	found = qs_node_lcore(p->node, lcore_free, &pick);
	if (found >= 0) {
		p->lcores[p->n_lcores++] = (unsigned int)found;
		return 0;
	}
	return dq_fail(
		e, ENOSPC, DQ_NO_KEY,
		"[port %u]: no lcore is left to send: EAL has %u with the main one, and each port, or each "
		"queue of it, needs one; see -l",
		p->conf.id, rte_lcore_count());
}

static int pick_lcores(const struct dq_instance *in, struct dq_port *p, struct dq_error *e)
{
	int rc = 0;

	p->node = qs_node_of_device(p->conf.device);
	while (rc == 0 && p->n_lcores < p->conf.tx_queues)
		rc = pick_lcore(in, p, e);
	if (rc == 0)
		qs_node_warn(p->conf.device, p->node, p->lcores[0]);
	return rc;
}

/* What goes with one queue only. */
static int check_queues(const struct dq_port *p, struct dq_error *e)
{
	if (p->conf.tx_queues == 1)
		return 0;
	if (p->conf.driver == QS_DRIVER_PACKET)
		return dq_fail(e, EINVAL, QS_PORT_TX_QUEUES,
			       "[port %u]: tx-queues: '%u': driver kernel has one, the interface's qdisc",
			       p->conf.id, p->conf.tx_queues);
	if (strcmp(p->conf.twin, "no") != 0 && p->conf.driver <= QS_DRIVER_ETHDEV)
		return dq_fail(e, EINVAL, QS_PORT_TX_QUEUES,
			       "[port %u]: tx-queues: '%u' goes without a twin only: twin = no", p->conf.id,
			       p->conf.tx_queues);
	if (p->conf.record[0] != '\0')
		return dq_fail(e, EINVAL, QS_PORT_TX_QUEUES,
			       "[port %u]: tx-queues: '%u' cannot be recorded: no record", p->conf.id,
			       p->conf.tx_queues);
	return 0;
}

static int make_core(struct dq_port *p, const struct demand *d, struct dq_error *e)
{
	struct rte_qsock_port_conf conf = {
		.size = sizeof(conf),
		.name = p->name,
		.scheduler = p->conf.scheduler,
		.rate_bps = p->conf.rate_bps,
		.ahead_ns = p->conf.ahead_ns,
		.catchup_ns = p->conf.catchup_ns,
		.sleep_after_ns = p->conf.sleep_after_ns,
		.stall_ns = p->conf.stall_ns,
		.max_sockets = clamp(2 * (uint64_t)d->streams, SOCKETS_MIN, 1u << 20),
		.max_packets = clamp(2 * d->packets, QUEUED_MIN, 1u << 26),
		.overhead_set = 1,
		.overhead_bytes = (uint8_t)p->conf.overhead_bytes,
		.precedence = p->conf.precedence,
		.work_conserving = p->conf.work_conserving,
		.socket_id = qs_node_socket(qs_placement_lcore(p->lcores[0])),
		.record = p->conf.record[0] != '\0' ? p->conf.record : NULL,
	};

	if (p->conf.tx_queues > 1) {
		int rc = dq_queues_open(p, &conf, e);

		if (rc == 0)
			p->port = rte_qsock_group_port(dq_queues_group(p), 0);
		return rc;
	}
	dq_capture_begin();
	conf.egress = dq_device_egress(&p->device, &p->conf, 0);
	dq_capture_end();
	if (conf.egress == NULL)
		return dq_fail(e, rte_errno, QS_PORT_DEVICE, "[port %u]: device: '%s': %s", p->conf.id,
			       p->conf.device, dq_captured());
	if (conf.rate_bps == 0 && conf.egress->ops->rate_bps(conf.egress) == 0) {
		conf.egress->ops->free(conf.egress);
		return dq_fail(e, EINVAL, QS_PORT_RATE,
			       "[port %u]: rate is missing: device '%s' has none of its own; 1kbit .. 1tbit",
			       p->conf.id, p->conf.device);
	}
	p->egress[0] = conf.egress;
	dq_capture_begin();
	p->port = rte_qsock_port_create(&conf);
	dq_capture_end();
	if (p->port == NULL) {
		conf.egress->ops->free(conf.egress);
		return dq_fail(e, rte_errno, DQ_NO_KEY, "[port %u]: %s", p->conf.id, dq_captured());
	}
	dq_capture_begin();
	if (rte_qsock_tx_launch(p->port, p->lcores[0]) < 0) {
		dq_capture_end();
		return dq_fail(e, rte_errno, QS_PORT_TX_LCORE, "[port %u]: lcore %u: %s", p->conf.id,
			       p->lcores[0], dq_captured());
	}
	dq_capture_end();
	return 0;
}

static int surround(struct rte_qsock_port *port, void *arg)
{
	const struct dq_port *p = arg;
	const struct qs_surroundings around = {
		.device_node = p->node,
		.n_pools = p->rx_pool != NULL ? 2 : 1,
		.pool = {p->tx_pool, p->rx_pool},
	};

	qs_port_surround(port, &around);
	return 0;
}

static int make_twin(const struct dq_instance *in, struct dq_port *p, struct dq_error *e)
{
	struct rte_qsock_twin_conf conf = {
		.size = sizeof(conf),
		.name = p->conf.twin,
		.port = p->port,
		.eth_port_id = p->device.eth_port_id,
		.no_rx = in->no_rx,
		.tx_pool = p->tx_pool,
		.mtu = (uint16_t)p->conf.mtu_bytes,
		.best_effort_limit_ns = p->conf.best_effort_limit_ns,
	};

	if (p->device.driver != QS_DRIVER_ETHDEV || (strcmp(p->conf.twin, "no") == 0 && !p->conf.addresses))
		return 0;
	if (strcmp(p->conf.twin, "no") == 0)
		return dq_fail(
			e, EINVAL, QS_PORT_ADDRESSES,
			"[port %u]: addresses: 'yes' needs a twin to move them to: no, or a name for twin",
			p->conf.id);
	if (p->conf.addresses && p->device.ifname[0] == '\0')
		return dq_fail(
			e, EINVAL, QS_PORT_ADDRESSES,
			"[port %u]: addresses: 'yes' needs a kernel interface, and device '%s' is EAL's: no",
			p->conf.id, p->conf.device);
	if (p->conf.addresses)
		conf.move_from = p->device.ifname;
	dq_capture_begin();
	p->twin = rte_qsock_twin_create(&conf);
	dq_capture_end();
	p->device.refused = p->twin == NULL;
	if (p->twin == NULL)
		return dq_fail(e, rte_errno, QS_PORT_TWIN, "[port %u]: twin: '%s': %s", p->conf.id,
			       p->conf.twin, dq_captured());
	return 0;
}

/* The reverse of how it was made, from wherever that ended; it can be made again. */
static void take_down(struct dq_port *p)
{
	if (p->twin != NULL)
		rte_qsock_twin_free(p->twin);
	p->twin = NULL;
	dq_device_alone(&p->device);
	if (p->queues != NULL)
		dq_queues_close(p->queues);
	else if (p->port != NULL)
		rte_qsock_port_free(p->port);
	p->queues = NULL;
	p->port = NULL;
	dq_device_close(&p->device);
	rte_mempool_free(p->tx_pool);
	rte_mempool_free(p->rx_pool);
	p->tx_pool = p->rx_pool = NULL;
}

static void close_port(struct dq_port *p)
{
	take_down(p);
	free(p);
}

/* A port that is being opened. */
struct opening {
	const struct dq_instance *in;
	struct dq_port *p;
	const struct demand *demand;
	struct dq_error *e;
};

static int bring_up(const struct opening *o, enum qs_driver driver)
{
	struct dq_port *p = o->p;
	int rc = dq_device_take(&p->device, &p->conf, driver, o->e);

	if (rc == 0)
		rc = make_pools(p, o->demand, o->e);
	if (rc == 0)
		rc = dq_device_start(&p->device, &p->conf, p->rx_pool, o->e);
	if (rc == 0)
		rc = make_core(p, o->demand, o->e);
	if (rc == 0)
		rc = dq_queues_foreach(p, surround, p);
	if (rc == 0)
		rc = make_twin(o->in, p, o->e);
	if (rc == 0)
		rc = dq_device_surround(&p->device, &p->conf, o->e);
	return rc;
}

/* What net_af_xdp leaves open would keep the queue from the next driver. */
static int up(void *arg, enum qs_driver driver, struct qs_refusal *refusal)
{
	struct opening *o = arg;
	struct qs_xsk before;
	int rc;

	qs_xsk_list(&before);
	rc = bring_up(o, driver);
	if (rc == 0)
		return 0;
	refusal->by_driver = o->p->device.refused;
	snprintf(refusal->why, sizeof(refusal->why), "%.*s", (int)sizeof(refusal->why) - 1, o->e->text);
	take_down(o->p);
	qs_xsk_close_new(&before);
	return rc;
}

static bool fits(void *arg, enum qs_driver driver)
{
	const struct opening *o = arg;

	return dq_device_fits(&o->p->conf, driver);
}

static void gives_way(void *arg, enum qs_driver from, enum qs_driver to, const char *why)
{
	const struct opening *o = arg;

	qs_choice_tell(o->p->conf.device, from, to, why);
}

static int open_port(const struct dq_instance *in, struct dq_port *p, const struct demand *d,
		     struct dq_error *e)
{
	static const struct qs_choice_steps steps = {up, fits, gives_way};
	struct opening opening = {in, p, d, e};
	struct qs_choice choice;
	enum qs_driver driver;
	int rc = check_queues(p, e);

	if (rc == 0)
		rc = pick_lcores(in, p, e);
	if (rc == 0)
		rc = dq_device_look(&p->conf, &choice, e);
	return rc < 0 ? rc : qs_choice_up(&choice, &steps, &opening, &driver);
}

struct dq_port *dq_port_find(const struct dq_instance *in, uint32_t id)
{
	struct dq_port *p;

	DQ_FOREACH(p, &in->ports)
	{
		if (p->conf.id == id)
			return p;
	}
	return NULL;
}

int dq_port_add(struct dq_instance *in, const struct qs_port_config *conf, const struct qs_config *cfg,
		struct dq_error *e)
{
	const struct demand d = demand_of(cfg, conf->id);
	struct dq_port *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	p->conf = *conf;
	snprintf(p->name, sizeof(p->name), "port%u", conf->id);
	rc = open_port(in, p, &d, e);
	if (rc == 0 && dq_list_add(&in->ports, p) < 0)
		rc = dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	if (rc < 0)
		close_port(p);
	return rc;
}

int dq_port_rate_set(struct dq_port *p, uint64_t rate_bps, struct dq_error *e)
{
	int rc;

	dq_capture_begin();
	rc = p->queues != NULL ? rte_qsock_group_rate_set(dq_queues_group(p), rate_bps)
			       : rte_qsock_port_rate_set(p->port, rate_bps);
	dq_capture_end();
	if (rc < 0)
		return dq_fail(e, rte_errno, QS_PORT_RATE, "%s", dq_captured());
	p->conf.rate_bps = rate_bps;
	p->conf.head.given |= UINT64_C(1) << QS_PORT_RATE;
	return 0;
}

void dq_port_del(struct dq_instance *in, struct dq_port *p)
{
	dq_list_del(&in->ports, p);
	close_port(p);
}
