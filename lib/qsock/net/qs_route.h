/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Where a packet goes: the kernel's routes and neighbours, asked for and remembered.
 *
 * Routes are not computed here. The kernel is asked (RTM_GETROUTE, as a socket bound to the
 * interface would), so that longest prefix, metrics, rules and gateways are its own decision, and
 * the answer is kept until something changes. Neighbours are followed as the kernel announces them.
 *
 * Threads: one service thread calls qs_route_service(); any thread resolves. Each kept answer and
 * each neighbour stands behind a sequence counter of its own: a reader never waits and never makes
 * the service thread wait, as a preempted holder of a read lock would; a reader that meets a writer
 * takes it for a miss. RCU was left aside because it wants every application thread registered.
 */
#ifndef QS_ROUTE_H
#define QS_ROUTE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qs_route;

/** What a route cache is made with. Zero means the default. */
struct qs_route_conf {
	uint32_t ifindex;	  /**< whose routes and neighbours: a twin, or a kernel interface; required */
	const char *ifname;	  /**< once that is gone: one that is made with this name; NULL: none */
	uint32_t answers;	  /**< routes remembered; default 4096 */
	uint32_t neighbours;	  /**< most that are followed; default 4096 */
	uint32_t wait_packets;	  /**< that wait for one neighbour, see qs_neigh.h; default 64 */
	uint64_t wait_timeout_ns; /**< and for how long; default 3 s, as the kernel gives up */
	void (*wake)(
		void *arg); /**< has qs_neigh_service() called soon; NULL: it is called often enough. [any] */
	void *wake_arg;
};

/** Asked of qs_route_resolve(). */
struct qs_route_ask {
	struct in6_addr dst, src; /**< IPv4 in the first four bytes; src all 0: the kernel chooses */
	uint8_t family;
	uint8_t tos; /**< as routes by TOS and rules see it */
};

/** What kind of destination it is. */
enum qs_hop_kind {
	QS_HOP_UNICAST,
	QS_HOP_MULTICAST,
	QS_HOP_BROADCAST,
	QS_HOP_LOCAL, /**< an address of this host: send it through the kernel */
};

/** The answer. */
struct qs_hop {
	uint64_t generation; /**< valid while qs_route_generation() returns this */
	struct in6_addr via; /**< the next hop: a gateway, or dst itself */
	struct in6_addr src; /**< source address to use */
	uint16_t mtu_bytes;  /**< of the route, else of the interface */
	uint8_t via_family;  /**< of via: an IPv4 route can lead through an IPv6 neighbour */
	uint8_t kind;	     /**< enum qs_hop_kind */
	bool resolved;	     /**< mac is valid; else see qs_neigh_wait() */
	struct rte_ether_addr mac;
	struct rte_ether_addr src_mac; /**< of the interface */
};

/** The part of struct qs_route that everybody sees: what makes the check of a kept answer one load. */
struct qs_route_head {
	uint64_t generation; /**< changes with routes, addresses, links and neighbours; never 0 */
};

/** Compare with that of a kept answer: if it differs, resolve again. [any] */
static inline uint64_t qs_route_generation(const struct qs_route *rt)
{
	return __atomic_load_n(&((const struct qs_route_head *)(const void *)rt)->generation,
			       __ATOMIC_ACQUIRE);
}

/**
 * Follow an interface in the network namespace of the calling thread. [ctl]
 * @return the cache; NULL: EINVAL no ifindex, ENODEV no such interface, ENOMEM, EIO the kernel refused
 */
struct qs_route *qs_route_create(const struct qs_route_conf *conf);

/** End; nobody uses it any more. NULL is allowed. [ctl] */
void qs_route_free(struct qs_route *rt);

/** Descriptor that is readable when qs_route_service() has something to read. [any] */
int qs_route_fd(const struct qs_route *rt);

/** Read what the kernel announced. Does not block. [service] */
void qs_route_service(struct qs_route *rt);

/**
 * Where does this go? A remembered answer costs no system call; otherwise the kernel is asked, on a
 * socket that the service thread does not share.
 *
 * A destination without a route is unreachable, also where the kernel would try the link for a
 * socket bound to the interface.
 *
 * @return 0; -1: EINVAL family, ENETUNREACH, EHOSTUNREACH, EACCES a route says so, ENETDOWN the
 *   interface is down, EIO no answer. [any]
 */
int qs_route_resolve(struct qs_route *rt, const struct qs_route_ask *ask, struct qs_hop *hop);

/** Forget remembered answers, as after a smaller path MTU was reported. [any] */
void qs_route_flush(struct qs_route *rt);

/** MTU of the interface. [any] */
uint16_t qs_route_mtu(const struct qs_route *rt);

/** Whether the interface is up and has a carrier. [any] */
bool qs_route_link_up(const struct qs_route *rt);

/** @return interface index, which is another one after the interface was removed and made again. [any] */
uint32_t qs_route_ifindex(const struct qs_route *rt);

/** MAC of an IP multicast group: 01:00:5e and 23 bits, 33:33 and 32 bits. [any] */
void qs_route_multicast_mac(uint8_t family, const struct in6_addr *group, struct rte_ether_addr *mac);

#ifdef __cplusplus
}
#endif
#endif
