/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The kernel twin of a port: a TAP interface that carries the addresses, routes and
 * neighbours of a NIC that DPDK owns. What the kernel sends into it is classified into the
 * port's streams; what the port receives goes to it. So ping, ssh and iperf3 work unchanged,
 * and are scheduled.
 *
 * A twin has one service thread, asleep when there is nothing to do: it drains the TAP,
 * polls the port's receive queue (every 50 us while packets flow, every millisecond when
 * idle, which is 1000 times a second; or by interrupt where the device was configured with
 * intr_conf.rxq and has them), follows the
 * kernel's routes and neighbours, and wakes blocked senders. The TX core makes no system
 * call for it.
 *
 * Where a packet of the kernel's goes: to the socket that is attached to its flow, else to
 * that of the first rule that matches, else to the twin's best-effort socket, which is
 * found on the port as NAME.best-effort. What finds no room there is counted as queue_drop:
 * the kernel is never held up.
 */
#ifndef RTE_QSOCK_TWIN_H
#define RTE_QSOCK_TWIN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_compat.h>
#include <rte_ether.h>
#include <rte_mempool.h>

#include "rte_qsock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rte_qsock_twin;

/** What a twin is made with. Zero means the default. */
struct rte_qsock_twin_conf {
	size_t size;                   /**< sizeof(struct rte_qsock_twin_conf) */
	const char *name;              /**< of the TAP, shorter than IFNAMSIZ; default qs0, qs1, ... the first free */
	struct rte_qsock_port *port;   /**< where the kernel's packets go; required */
	uint16_t eth_port_id;          /**< whose receive queue 0 goes to the twin */
	bool no_rx;                    /**< the application receives by itself */
	struct rte_mempool *tx_pool;   /**< for what the kernel sends; required */
	struct rte_ether_addr mac;     /**< default the ethdev's */
	uint16_t mtu;                  /**< default the ethdev's */
	const char *move_from;         /**< kernel interface whose addresses and routes move to the twin, and come back
	                                    when it is freed, or, after a crash, at the next start; NULL: none */
	uint64_t best_effort_limit_ns; /**< bound of the best-effort queue; default 50 ms */
	uint32_t best_effort_packets;  /**< and in packets; default 1024 */
	uint32_t neigh_packets;        /**< waiting for one neighbour; default 64 */
	uint64_t neigh_timeout_ns;     /**< default 3 s, as the kernel gives up */
};

/** Which packets of the kernel go to a stream. Zero means any. Fields are in host order but addresses. */
struct rte_qsock_rule {
	size_t size;                 /**< sizeof(struct rte_qsock_rule) */
	char name[RTE_QSOCK_NAMESIZE];
	uint8_t family;              /**< 0, AF_INET or AF_INET6 */
	uint8_t protocol;            /**< 0 any, else IPPROTO_* */
	bool match_dscp, match_vlan;
	uint8_t dscp;                /**< 0 .. 63 */
	uint16_t vlan;               /**< 0 .. 4094 */
	uint8_t src_len, dst_len;    /**< prefix lengths, 0 any */
	struct in6_addr src, dst;    /**< IPv4 in the first four bytes */
	uint16_t sport_min, sport_max, dport_min, dport_max; /**< 0, 0 any */
	uint16_t priority;           /**< lower is asked first; ties in order of addition */
};

/** Counters of a twin, each read as it stands; routes are the kernel's answers that are remembered. */
struct rte_qsock_twin_info {
	char name[16];
	uint32_t ifindex;
	uint64_t from_kernel, to_kernel; /**< packets */
	uint64_t from_kernel_bytes, to_kernel_bytes;
	uint64_t to_kernel_drop;         /**< the TAP did not take it */
	uint64_t no_mbuf;                /**< from the kernel, and no buffer */
	uint64_t classified, best_effort;
	uint64_t neigh_wait, neigh_resolved, neigh_failed, neigh_overflow;
	uint32_t neighbours, routes, rules, flows;
};

/**
 * Make a twin. What fails leaves nothing behind. [ctl]
 * @return the twin; NULL: EINVAL (the log names the value), EEXIST name in use, EPERM needs CAP_NET_ADMIN,
 *   ENODEV no such ethdev or interface, EBUSY a living process has moved what move_from has,
 *   ENOSPC max_sockets of the port are open, ETIMEDOUT nobody polls the port, EAGAIN no thread, ENOMEM,
 *   EIO the kernel refused
 */
__rte_experimental
struct rte_qsock_twin *rte_qsock_twin_create(const struct rte_qsock_twin_conf *conf);

/** Give addresses back, remove the TAP, end the thread. @return 0; -1: EINVAL. [ctl] */
__rte_experimental
int rte_qsock_twin_free(struct rte_qsock_twin *twin);

/** @return 0; -1: EINVAL. [any] */
__rte_experimental
int rte_qsock_twin_info_get(struct rte_qsock_twin *twin, struct rte_qsock_twin_info *info);

/** Send what matches into qs. @return 0; -1: EINVAL (the log names the value), EEXIST a rule of that name, ENOSPC. [ctl] */
__rte_experimental
int rte_qsock_twin_rule_add(struct rte_qsock_twin *twin, const struct rte_qsock_rule *rule, struct rte_qsock *qs);

/** @return 0; -1: EINVAL, ENOENT. [ctl] */
__rte_experimental
int rte_qsock_twin_rule_del(struct rte_qsock_twin *twin, const char *name);

/**
 * One kernel socket's packets, by their ends. An address of 0, or the remote port 0, means any; of several flows that
 * match, the most exact one counts, and flows count before rules.
 */
struct rte_qsock_flow {
	size_t size;                     /**< sizeof(struct rte_qsock_flow) */
	uint8_t family;                  /**< AF_INET or AF_INET6 */
	uint8_t protocol;                /**< IPPROTO_UDP, IPPROTO_TCP */
	uint16_t local_port, remote_port; /**< host order; the local one is required */
	struct in6_addr local, remote;   /**< IPv4 in the first four bytes */
};

/** Send what the kernel sends of a flow into qs. @return 0; -1: EINVAL, EEXIST it leads somewhere already, ENOSPC, ENOMEM. [ctl] */
__rte_experimental
int rte_qsock_twin_flow_add(struct rte_qsock_twin *twin, const struct rte_qsock_flow *flow, struct rte_qsock *qs);

/** @return 0; -1: EINVAL, ENOENT. [ctl] */
__rte_experimental
int rte_qsock_twin_flow_del(struct rte_qsock_twin *twin, const struct rte_qsock_flow *flow);

/** Remove every rule and flow that leads to qs; to be called before rte_qsock_close(). @return 0; -1: EINVAL. [ctl] */
__rte_experimental
int rte_qsock_twin_forget(struct rte_qsock_twin *twin, struct rte_qsock *qs);

/**
 * Call fn for each rule in order of priority until it returns non-zero, on the caller's thread; rules may be
 * changed meanwhile. [ctl]
 * @return what fn returned last, 0 if there is no rule; -1: EINVAL, ENOMEM, fn was not called then
 */
__rte_experimental
int rte_qsock_twin_rule_foreach(struct rte_qsock_twin *twin,
				int (*fn)(const struct rte_qsock_rule *rule, struct rte_qsock *qs, void *arg), void *arg);

/** A neighbour as the kernel has it. */
struct rte_qsock_neigh {
	uint8_t family;
	struct in6_addr addr;
	struct rte_ether_addr mac;
	uint16_t nud_state; /**< NUD_* of linux/neighbour.h */
	uint32_t waiting;   /**< packets */
};

/**
 * Call fn for each neighbour until it returns non-zero, on the caller's thread. [ctl]
 * @return what fn returned last, 0 if there is no neighbour; -1: EINVAL, ENOMEM, fn was not called then
 */
__rte_experimental
int rte_qsock_twin_neigh_foreach(struct rte_qsock_twin *twin, int (*fn)(const struct rte_qsock_neigh *neigh, void *arg),
				 void *arg);

#ifdef __cplusplus
}
#endif
#endif
