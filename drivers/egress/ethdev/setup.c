/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing an ethdev up, for programs that have no set-up of their own. */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "eal/qs_log.h"
#include "net/qs_packed_pool.h"
#include "rte_qsock_egress.h"

#define TXD_DEFAULT 256 /* short: what is in it can no longer be overtaken */
#define RXD_DEFAULT 512

/* What the library's frames can make use of. MBUF_FAST_FREE is not: mbufs come from several pools. */
#define TX_OFFLOADS                                                                                          \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

static int setup_fail(uint16_t id, const char *what, int ret)
{
	return qs_fail(EIO, "ethdev %u: %s: %s", id, what, rte_strerror(-ret));
}

static int setup_configure(uint16_t id, const struct rte_eth_dev_info *info, uint16_t tx_queues)
{
	struct rte_eth_conf conf = {0};
	int ret;

	conf.txmode.offloads = info->tx_offload_capa & TX_OFFLOADS;
	conf.intr_conf.lsc = info->dev_flags != NULL && (*info->dev_flags & RTE_ETH_DEV_INTR_LSC) != 0;
	ret = rte_eth_dev_configure(id, 1, tx_queues, &conf);
	return ret == 0 ? 0 : setup_fail(id, "configure", ret);
}

static int setup_queues(uint16_t id, const struct rte_qsock_ethdev_conf *conf)
{
	uint16_t txd = conf->txd != 0 ? conf->txd : TXD_DEFAULT,
		 rxd = conf->rxd != 0 ? conf->rxd : RXD_DEFAULT;
	unsigned int node = (unsigned int)rte_eth_dev_socket_id(id);
	uint16_t queue;
	int ret = rte_eth_dev_adjust_nb_rx_tx_desc(id, &rxd, &txd);

	if (ret != 0)
		return setup_fail(id, "number of descriptors", ret);
	ret = rte_eth_rx_queue_setup(id, 0, rxd, node, NULL, conf->rx_pool);
	if (ret != 0)
		return setup_fail(id, "RX queue", ret);
	for (queue = 0; ret == 0 && queue < conf->tx_queues; queue++)
		ret = rte_eth_tx_queue_setup(id, queue, txd, node, NULL);
	return ret == 0 ? 0 : setup_fail(id, "TX queue", ret);
}

static int setup_start(uint16_t id, const struct rte_qsock_ethdev_conf *conf)
{
	int ret = rte_eth_dev_start(id);

	if (ret != 0)
		return setup_fail(id, "start", ret);
	ret = conf->promiscuous ? rte_eth_promiscuous_enable(id) : rte_eth_promiscuous_disable(id);
	if (ret != 0 && (conf->promiscuous || ret != -ENOTSUP))
		return setup_fail(id, "promiscuous mode", ret);
	/* The kernel behind a twin knows its groups, the NIC's filter does not: IPv6 neighbours would ask in
	 * vain. */
	ret = rte_eth_allmulticast_enable(id);
	if (ret != 0 && ret != -ENOTSUP)
		return setup_fail(id, "all multicasts", ret);
	return 0;
}

int rte_qsock_ethdev_setup(uint16_t eth_port_id, const struct rte_qsock_ethdev_conf *user_conf)
{
	struct rte_qsock_ethdev_conf conf;
	struct rte_eth_dev_info info;
	int ret;

	if (qs_conf_take(&conf, sizeof(conf), user_conf, "ethdev configuration") != 0)
		return -1;
	if (conf.rx_pool == NULL)
		return qs_fail(EINVAL, "ethdev %u: no rx_pool given", eth_port_id);
	if (!rte_eth_dev_is_valid_port(eth_port_id))
		return qs_fail(ENODEV, "no ethdev %u: %u are there", eth_port_id, rte_eth_dev_count_avail());
	ret = rte_eth_dev_info_get(eth_port_id, &info);
	if (ret != 0)
		return setup_fail(eth_port_id, "information", ret);
	if (qs_packed_pool_wanted(eth_port_id) && !qs_packed_pool_is(conf.rx_pool))
		QS_LOG(WARNING, "ethdev %u: net_af_xdp loses frames when rx_pool has gaps\n", eth_port_id);
	if (conf.tx_queues == 0)
		conf.tx_queues = 1;
	/* Each queue of net_af_xdp is a socket that takes what its RX side receives from the kernel. */
	if (conf.tx_queues > 1 &&
	    (conf.tx_queues > info.max_tx_queues || strcmp(info.driver_name, "net_af_xdp") == 0))
		return qs_fail(EINVAL, "ethdev %u: tx_queues %u: 1 .. %u", eth_port_id, conf.tx_queues,
			       strcmp(info.driver_name, "net_af_xdp") == 0 ? 1 : info.max_tx_queues);
	if (setup_configure(eth_port_id, &info, conf.tx_queues) != 0)
		return -1;
	ret = conf.mtu != 0 ? rte_eth_dev_set_mtu(eth_port_id, conf.mtu) : 0;
	if (ret != 0)
		return qs_fail(ret == -EINVAL ? EINVAL : EIO, "ethdev %u: MTU %u: %u .. %u: %s", eth_port_id,
			       conf.mtu, info.min_mtu, info.max_mtu, rte_strerror(-ret));
	if (setup_queues(eth_port_id, &conf) != 0 || setup_start(eth_port_id, &conf) != 0)
		return -1;
	return 0;
}
