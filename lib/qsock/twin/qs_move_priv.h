/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What is moved, as netlink objects, and its file.
 */
#ifndef QS_MOVE_PRIV_H
#define QS_MOVE_PRIV_H

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <netlink/netlink.h>
#include <netlink/object.h>

#include "net/qs_state_file.h"

/** In the order in which they are added. */
enum qs_move_kind {
	QS_MOVE_ADDR,
	QS_MOVE_ROUTE_ON_LINK,
	QS_MOVE_ROUTE_GATEWAY, /**< its gateway must be reachable already */
	QS_MOVE_NEIGH,
	QS_MOVE_KINDS,
};

struct qs_move_item {
	enum qs_move_kind kind;
	struct nl_object *obj;
	bool left; /**< a route of several interfaces that the kernel would not take changed, which was told
		    */
};

struct qs_move {
	struct qs_state_head head; /**< from which interface */
	char to[IFNAMSIZ];
	char path[PATH_MAX];
	int at; /**< ifindex that the items speak of */
	struct nl_sock *sk;
	struct qs_move_item *items;
	uint32_t n;
};

/** @return NULL: ENOMEM, EIO. [ctl] */
struct qs_move *qs_move_alloc(void);
void qs_move_free(struct qs_move *move);

/** Append an object, which the move then holds a reference to. @return 0; -1: ENOMEM. */
int qs_move_append(struct qs_move *move, enum qs_move_kind kind, struct nl_object *obj);

/** Read what the interface has. @return 0; -1: EIO, ENOMEM. */
int qs_move_collect(struct qs_move *move);

/** Take everything from an interface; what is not there any more is no error. */
void qs_move_remove(struct qs_move *move, const char *ifname);

/** Give everything to an interface; what is there already is no error. @return 0; -1: EPERM, EIO, the rest
 * was tried. */
int qs_move_add(struct qs_move *move, const char *ifname);

/** The message that adds an item to its interface. @return NULL: no memory. */
struct nl_msg *qs_move_item_message(const struct qs_move_item *item);

/** Make an item of such a message. @return 0; -1: EINVAL no such kind, ENOMEM. */
int qs_move_item_parse(struct qs_move *move, struct nlmsghdr *nlh);

#define QS_MOVE_KIND "move" /**< of its files */

/** Write and sync the file. @return 0; -1: EIO. */
int qs_move_save(const struct qs_move *move);

/** @return the move; NULL: ENOENT, EINVAL it says nothing sensible, EIO it cannot be read now, ENOMEM. */
struct qs_move *qs_move_load(const char *path);

#endif
