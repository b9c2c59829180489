/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A device with several queues, shared by several TX cores: a group of ports.
 *
 * Each member is a port with an egress of its own (a queue of the device), a scheduler and a TX core: launch or
 * poll each of them as any other port. Together they have one rate. Each has a share of it that follows what its
 * sockets ask for, whenever rte_qsock_group_balance() is called; shares never add up to more than the rate, because
 * what one is to have more another has given up before.
 *
 * A socket belongs to one member at a time and may be moved to another, with its packets, its window and its
 * counters. Its handle stays as it is, and its sender need not know: no packet is lost, or overtakes another of the
 * same socket. Ids and names of sockets are unique in the group.
 *
 * Sockets of a group cost their sender a little more than others, because it has to tell a mover that it is at work.
 *
 * Thread contexts are those of rte_qsock.h. Calls here wait for the TX cores of members, and for each other.
 */
#ifndef RTE_QSOCK_GROUP_H
#define RTE_QSOCK_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include <rte_compat.h>

#include "rte_qsock.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RTE_QSOCK_GROUP_MAX 64u /**< most members of a group */

struct rte_qsock_group;

/** What a group is made with. Set size to sizeof; zero means the default. */
struct rte_qsock_group_conf {
	size_t size;      /**< sizeof(struct rte_qsock_group_conf) */
	/**
	 * What each member is made with; set its size, too. But name is the group's, shorter than RTE_QSOCK_NAMESIZE - 3:
	 * members are called NAME.0, NAME.1 and so on; rate_bps is that of all together, by default the first egress's
	 * own; max_sockets is of the group, and each member may come to take memory for so many streams; max_packets is
	 * of each member; egress and record must be NULL.
	 */
	struct rte_qsock_port_conf port;
	struct rte_qsock_egress *const *egress; /**< where frames go, of each member; owned by the group afterwards */
	uint32_t members;        /**< how many, 1 .. RTE_QSOCK_GROUP_MAX */
	uint32_t floor_permille; /**< what a member keeps though it asks for nothing, in thousandths of an equal share, 1 .. 1000;
	                              default 62 */
};

/**
 * Make a group and its ports, with equal shares. Nothing is sent until someone polls them. [ctl]
 * @return the group; NULL: EINVAL a value out of range (the log names it), ENOTSUP the kernel has no private expedited
 *   membarrier(2), or as rte_qsock_port_create(). The egresses stay the caller's then
 */
__rte_experimental
struct rte_qsock_group *rte_qsock_group_create(const struct rte_qsock_group_conf *conf);

/**
 * Free a group and its ports: TX cores are stopped, sockets are closed, what is queued counts as closed. [ctl]
 * @return 0; -1: EINVAL no group, EBUSY another thread polls a member: then nothing is freed, but TX cores that were
 *   launched may be stopped
 */
__rte_experimental
int rte_qsock_group_free(struct rte_qsock_group *group);

/** How many members it has; 0: no group. [any] */
__rte_experimental
uint32_t rte_qsock_group_members(const struct rte_qsock_group *group);

/** A member, to be launched, polled or looked at. It goes with its group. @return NULL: EINVAL. [ctl] */
__rte_experimental
struct rte_qsock_port *rte_qsock_group_port(const struct rte_qsock_group *group, uint32_t member);

/**
 * Open a socket on the member that has the least to do. rte_qsock_open() opens one on the member of your choice. [ctl]
 * @return the socket; NULL: as rte_qsock_open()
 */
__rte_experimental
struct rte_qsock *rte_qsock_group_open(struct rte_qsock_group *group, const struct rte_qsock_conf *conf);

/** @return the open socket of that name, wherever it is; NULL: ENOENT, EINVAL. [ctl] */
__rte_experimental
struct rte_qsock *rte_qsock_group_lookup(struct rte_qsock_group *group, const char *name);

/**
 * Move a socket to another member, as it is: queued packets in their order, window, deadlines, numbers, counters, name
 * and handle. Its sender goes on meanwhile; what it sends waits until the socket has arrived, in a lane that may be
 * full earlier than the sender's own. Not from the socket's own [app] thread in the middle of a call. To the member where it is: no effect. [ctl]
 * @return 0; -1: EINVAL no such group, socket or member; EBUSY nothing has changed: for 1 s the sender did not come
 *   out of its call, the TX core had no room for what it had put, or the driver did not take what was decided; ENOBUFS nothing has changed: too few packets are
 *   free there; ENOMEM nothing has changed; ETIMEDOUT a member did not poll for 10 s: nothing has changed, or the
 *   socket is on its way, sends nothing, and arrives with the next call that is for it or for its group and is not
 *   in vain
 */
__rte_experimental
int rte_qsock_group_move(struct rte_qsock_group *group, struct rte_qsock *qs, uint32_t member);

/**
 * Let the shares follow what members asked for since the last call: what they sent and, where a link was busy all
 * the time, what waits and what was dropped. To be called every 1 to 10 ms. First those that are to have less confirm it, then the
 * others are told. [ctl]
 * @return 0; -1: EINVAL no group; ETIMEDOUT a member did not poll for 10 s: the shares still add up to the rate at most
 */
__rte_experimental
int rte_qsock_group_balance(struct rte_qsock_group *group);

/** Change the rate of all together, and balance. @return 0; -1: EINVAL, ETIMEDOUT some shares are still those of before. [ctl] */
__rte_experimental
int rte_qsock_group_rate_set(struct rte_qsock_group *group, uint64_t rate_bps);

/** A group's figures. */
struct rte_qsock_group_info {
	struct rte_qsock_counts total; /**< of all members */
	uint64_t rate_bps;             /**< of all together */
	uint64_t shared_bps;           /**< the shares' sum; what is missing is on its way from one to another */
	uint64_t moves;                /**< of sockets, so far */
	uint32_t members;
	uint32_t sockets;
	struct {
		uint64_t share_bps;
		uint64_t demand_bps; /**< what it asked for, when last balanced */
		uint32_t sockets;
	} member[RTE_QSOCK_GROUP_MAX];
};

/** @return 0; -1: EINVAL no group or info, ETIMEDOUT a member does not poll. [ctl] */
__rte_experimental
int rte_qsock_group_info_get(struct rte_qsock_group *group, struct rte_qsock_group_info *info);

#ifdef __cplusplus
}
#endif
#endif
