/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A group over egresses that look whether each socket's packets come in order, whichever of them they take.
 */
#ifndef GROUP_RIG_H
#define GROUP_RIG_H

#include "api_eal.h"
#include "rte_qsock_group.h"

#define GROUP_SOCKETS 64u

/** What all egresses of a group have seen. */
struct group_seen {
	uint32_t next[GROUP_SOCKETS]; /**< number of each socket's next packet; gaps are those that were
					 dropped */
	uint64_t disorder;
	uint64_t frames;
};

struct group_egress {
	struct rte_qsock_egress head;
	struct group_seen *seen;
	uint32_t accept; /**< frames that it takes from now on */
	bool stingy;	 /**< every third time it takes half of what it is given */
	uint32_t calls;
	uint64_t frames, bytes;
	uint32_t freed;
};

struct group_rig {
	struct group_seen seen;
	struct group_egress egress[RTE_QSOCK_GROUP_MAX];
	struct rte_qsock_egress *heads[RTE_QSOCK_GROUP_MAX];
	struct rte_qsock_group *group;
};

/** A configuration of so many members at 10 Gbit/s together, to be changed and used at will. */
struct rte_qsock_group_conf group_conf(struct group_rig *r, uint32_t members, const char *scheduler);

/** Make it. Fails the test if there is none. */
void group_make(struct group_rig *r, const struct rte_qsock_group_conf *conf);

/** A packet of a socket, numbered. @return NULL: the pool is empty */
struct rte_mbuf *group_packet(uint32_t socket, uint32_t number);

/** Send one numbered packet. @return whether it was taken */
bool group_send(struct rte_qsock *qs, uint32_t socket, uint32_t number);

/** A socket whose packets are not dropped. */
struct rte_qsock *group_open(struct group_rig *r, uint32_t member, const char *name);

/** Figures of a socket, and of a member, when they add up. */
struct rte_qsock_info group_socket_info(struct rte_qsock *qs);
struct rte_qsock_port_info group_port_info(struct group_rig *r, uint32_t member);

/** Move it, and it is there. */
void group_move(struct group_rig *r, struct rte_qsock *qs, uint32_t member);

/** Poll until so many frames have left in all. */
void group_until_sent(struct group_rig *r, uint64_t frames);

/** Poll each member so often, from this thread. */
void group_polls(struct group_rig *r, uint32_t n);

/** Figures of the group, when they and those of each member add up. */
struct rte_qsock_group_info group_info(struct group_rig *r);

/** Free it: every packet is back in the pool, every egress was freed once. */
void group_end(struct group_rig *r);

#endif
