/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which socket takes a packet of the kernel's: first the flows of attached sockets, the most exact
 * first, then the rules by priority. Belongs to the twin's service thread.
 *
 * Later fragments carry no ports; they follow the first of their datagram, by its identification, as
 * long as that is remembered: 256 datagrams under way, best effort beyond. The kernel sends a
 * datagram's fragments one after the other, first one first.
 */
#ifndef QS_CLASSIFY_H
#define QS_CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "rte_qsock_twin.h"

#define QS_RULES_MAX 256u
#define QS_FLOWS_MAX 16384u

struct qs_classifier;

/** Ends of a flow; the key of flows, so without padding. 0 is any. */
struct qs_flow_key {
	struct in6_addr local, remote; /**< IPv4 in the first four bytes */
	rte_be16_t lport, rport;
	uint8_t family; /**< AF_INET or AF_INET6 */
	uint8_t protocol;
	uint16_t zero;
};

/** What a packet says. */
struct qs_packet {
	struct qs_flow_key flow; /**< local is its source */
	uint32_t frag_id;
	uint16_t vlan; /**< 0: none */
	uint8_t dscp;
	bool ip; /**< the rest is valid; else ARP, LLDP, ... */
	bool first_fragment, later_fragment;
};

/** Look into a frame. What is cut short or unknown is not ip. [any] */
void qs_packet_parse(const struct rte_mbuf *m, struct qs_packet *p);

/** @return NULL: ENOMEM. [ctl] */
struct qs_classifier *qs_classifier_create(void);

/** NULL is allowed. [ctl] */
void qs_classifier_free(struct qs_classifier *c);

/** Where a packet goes. @return NULL: nobody asked for it. [service] */
struct rte_qsock *qs_classify(struct qs_classifier *c, const struct rte_mbuf *m);

/** @return 0; -EINVAL, -EEXIST, -ENOSPC. [service] */
int qs_classifier_rule_add(struct qs_classifier *c, const struct rte_qsock_rule *rule, struct rte_qsock *qs);

/** @return 0; -ENOENT. [service] */
int qs_classifier_rule_del(struct qs_classifier *c, const char *name);

/** The i-th rule in order of priority. @return NULL: there is none. [service] */
const struct rte_qsock_rule *qs_classifier_rule(const struct qs_classifier *c, uint32_t i,
						struct rte_qsock **qs);

/** @return 0; -EEXIST, -ENOSPC. [service] */
int qs_classifier_flow_add(struct qs_classifier *c, const struct qs_flow_key *key, struct rte_qsock *qs);

/** @return 0; -ENOENT. [service] */
int qs_classifier_flow_del(struct qs_classifier *c, const struct qs_flow_key *key);

/** Nothing leads to this socket any more. [service] */
void qs_classifier_forget(struct qs_classifier *c, const struct rte_qsock *qs);

/** Check a rule, and say in a log what is wrong. @return 0; -1: EINVAL. [any] */
int qs_rule_check(const struct rte_qsock_rule *rule);

/** @return whether a packet is what a rule describes. [any] */
bool qs_rule_matches(const struct rte_qsock_rule *rule, const struct qs_packet *p);

/** How many there are. [any] */
uint32_t qs_classifier_rules(const struct qs_classifier *c);
uint32_t qs_classifier_flows(const struct qs_classifier *c);

#endif
