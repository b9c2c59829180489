/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The parts of a route cache, for the files of net/ only.
 */
#ifndef QS_ROUTE_PRIV_H
#define QS_ROUTE_PRIV_H

#include <net/if.h>
#include <pthread.h>

#include <netlink/netlink.h>

#include <rte_hash.h>
#include <rte_seqcount.h>
#include <rte_spinlock.h>

#include "net/qs_neigh.h"
#include "net/qs_route.h"

#define QS_NUD_USABLE (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

/** An address on the link, the key of neighbours. No padding: it is hashed. */
struct qs_neigh_key {
	struct in6_addr addr;
	uint32_t family;
};

/** What a neighbour is, consistent under its counter. */
struct qs_neigh_data {
	struct qs_neigh_key key;
	struct rte_ether_addr mac;
	uint16_t nud_state;
	bool usable; /**< mac is one, and no packet waits for it any more */
};

/** A place in the table of neighbours. Places stay; their content changes. */
struct qs_neigh_entry {
	rte_seqcount_t seq; /**< [service] writes */
	bool asked_for;	    /**< [any] sets it: somebody sends there. [service] clears it */
	struct qs_neigh_data data;
};

/** Neighbours: rte_hash leads to a place, the place says whether it is still the one meant. */
struct qs_neigh_table {
	struct rte_hash *hash; /**< one writer, readers without a lock */
	struct qs_neigh_entry *entries;
	uint32_t size, used;
};

/** What the kernel said of a destination. */
struct qs_answer {
	struct in6_addr dst, asked_src; /**< the question */
	uint8_t family, tos;
	uint8_t kind; /**< enum qs_hop_kind */
	uint8_t via_family;
	uint16_t mtu_bytes; /**< 0: the interface's */
	int error;	    /**< positive errno value; 0: the rest is valid */
	struct in6_addr via, src;
	uint64_t generation; /**< of routes; 0: empty */
	uint64_t until_ns;
};

/** A place in the cache of answers. */
struct qs_answer_slot {
	rte_seqcount_t seq;
	rte_spinlock_t writer; /**< only ever tried: who does not get it remembers nothing */
	struct qs_answer answer;
};

/** A packet that waits. */
struct qs_waiting {
	struct rte_mbuf *m;
	struct rte_qsock *qs;
};

/** What is known of those that wait. */
enum qs_wait_fate {
	QS_WAIT_OPEN,
	QS_WAIT_RESOLVED, /**< and a ring was full */
	QS_WAIT_FAILED,	  /**< and a ring was full */
};

/** Those that wait for one neighbour, oldest first. */
struct qs_wait {
	struct qs_neigh_key key;
	struct qs_neigh_data data; /**< as resolved */
	uint64_t until_ns;
	uint8_t fate; /**< enum qs_wait_fate */
	bool asked;   /**< the kernel was asked to resolve it */
	uint32_t head, count;
	struct qs_waiting *packets; /**< wait_packets of them */
};

/** Counters of what waits; written under wait_lock. */
struct qs_neigh_counts {
	uint64_t wait, resolved, failed, overflow;
};

struct qs_route {
	struct qs_route_head head; /**< [service] and whoever flushes */
	uint64_t routes_generation;
	uint32_t ifindex; /**< [service]; what was asked with another one is out of date when this changes */
	uint32_t mtu_bytes;    /**< [service] */
	uint32_t link_flags;   /**< IFF_*. [service] */
	uint64_t mac;	       /**< the interface's, in the first bytes. [service] */
	char ifname[IFNAMSIZ]; /**< "": when it is gone it does not come back */
	bool gone;	       /**< the interface, and ifindex is what it was. [service] */
	bool lost;	       /**< announcements; ask for all of it again. [service] */

	struct qs_answer_slot *slots;
	uint32_t slot_mask;
	pthread_mutex_t
		ask_lock; /**< of ask and its sequence: application threads wait for each other's question */
	struct nl_sock *ask;
	uint64_t asked; /**< questions put to the kernel */

	struct nl_sock *follow;	 /**< [service] */
	struct nl_sock *command; /**< [service] asks the kernel to resolve */
	struct qs_neigh_table neighs;

	pthread_mutex_t wait_lock;
	struct qs_wait *waits;
	uint32_t n_waits, max_waits, wait_packets;
	uint64_t wait_timeout_ns;
	uint64_t confirm_ns; /**< [service] next look for stale neighbours in use */
	struct qs_neigh_counts counts;
	void (*wake)(void *arg); /**< tells the service thread that something waits */
	void *wake_arg;
};

/** Something changed: kept answers are no more valid. [any] */
static inline void qs_route_changed(struct qs_route *rt)
{
	__atomic_fetch_add(&rt->head.generation, 1, __ATOMIC_ACQ_REL);
}

/** A netlink socket, not blocking or with a bound. @return NULL: EIO, logged. */
struct nl_sock *qs_route_socket(const char *what, bool blocking);

/** Ask the kernel; answer.error says how it went. @return 0; -1: EIO no answer. [any] */
int qs_route_ask_kernel(struct qs_route *rt, struct qs_answer *answer);

/** Follow the interface: subscribe, read it and its neighbours once. @return 0; -1: ENODEV, EIO. [ctl] */
int qs_route_follow_start(struct qs_route *rt);

/** The kernel has news of an interface. @return whether it is the one that is followed. [service] */
bool qs_route_link_news(struct qs_route *rt, struct nlmsghdr *nlh);

/** The interface is gone: nothing goes out until there is one of its name. [service] */
void qs_route_link_gone(struct qs_route *rt);

/** Ask the kernel for the interface, or for one of its name. @return 0; -1: not asked. [service] */
int qs_route_link_ask(struct qs_route *rt);

/** Ask the kernel for the interface's neighbours. @return 0; -1: not asked. [service] */
int qs_route_neighbours_ask(struct qs_route *rt);

/** Give the MAC of the interface. [any] */
void qs_route_mac(const struct qs_route *rt, struct rte_ether_addr *mac);

/** @return 0; -1: ENOMEM. [ctl] */
int qs_neigh_table_init(struct qs_neigh_table *t, uint32_t size);
void qs_neigh_table_fini(struct qs_neigh_table *t);

/** The entry of a key; NULL: none. [any]; what it says is read with qs_neigh_read() */
struct qs_neigh_entry *qs_neigh_find(const struct qs_neigh_table *t, const struct qs_neigh_key *key);

/** @return false: it is not that neighbour any more, or is being written. [any] */
bool qs_neigh_read(const struct qs_neigh_entry *e, const struct qs_neigh_key *key,
		   struct qs_neigh_data *data);

/** Write what the kernel said. @return false: the table is full. [service] */
bool qs_neigh_write(struct qs_neigh_table *t, const struct qs_neigh_data *data);

/** The next entry; *iter begins with 0. @return NULL: no more. [service] */
struct qs_neigh_entry *qs_neigh_next(const struct qs_neigh_table *t, uint32_t *iter);

/** Forget a neighbour. [service] */
void qs_neigh_erase(struct qs_neigh_table *t, const struct qs_neigh_key *key);

/** The kernel has news of a neighbour; usable in data is not read. [service] */
void qs_neigh_update(struct qs_route *rt, const struct qs_neigh_data *data);

/** The kernel has forgotten a neighbour, or (key NULL) all. [service] */
void qs_neigh_gone(struct qs_route *rt, const struct qs_neigh_key *key);

/** Packets that wait for a neighbour. [any] */
uint32_t qs_neigh_waiting(struct qs_route *rt, const struct qs_neigh_key *key);

/** Answers that are remembered and not out of date. [any] */
uint32_t qs_route_remembered(const struct qs_route *rt);

/** Look again for the MAC of a hop, under wait_lock. @return whether it is known. [any] */
bool qs_route_mac_again(struct qs_route *rt, struct qs_hop *hop);

/** Ask for everything anew, after announcements were lost. [service] */
void qs_route_follow_again(struct qs_route *rt);

/** Make and end the wait queues. @return 0; -1: ENOMEM. [ctl] */
int qs_neigh_wait_init(struct qs_route *rt, const struct qs_route_conf *conf);
void qs_neigh_wait_fini(struct qs_route *rt);

#endif
