/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A group from the inside. All of it is [ctl]'s, under the lock of the table that its ports share.
 */
#ifndef QS_GROUP_H
#define QS_GROUP_H

#include "core/qs_port.h"
#include "rte_qsock_group.h"

/** A port of a group, and its share. */
struct qs_member {
	struct rte_qsock_port *port;
	uint64_t share_bps;
	uint64_t held_bps; /**< its share of before, which it may still be using */
	uint64_t held_until_ns;
	uint64_t demand_bps; /**< when last balanced */
	uint32_t opened;     /**< sockets since then */
	/* What it told last. */
	uint64_t clock_ns;
	uint64_t busy_ns;
	uint64_t sent;
	uint64_t dropped;
	uint64_t packet_bits; /**< of its packets on the wire, as a rule */
};

struct rte_qsock_group {
	struct qs_table *table;
	uint64_t rate_bps;
	uint64_t floor_bps; /**< of each */
	uint32_t floor_permille;
	uint32_t members;
	char name[RTE_QSOCK_NAMESIZE];
	struct qs_member member[RTE_QSOCK_GROUP_MAX];
};

/** Set rate and floors. @return 0; -1: EINVAL. */
int qs_group_rate(struct rte_qsock_group *group, uint64_t rate_bps);

/** Shares by demand. If exact, those of before give way however little is wrong. @return 0; -1: ETIMEDOUT. */
int qs_group_share(struct rte_qsock_group *group, bool exact);

#endif
