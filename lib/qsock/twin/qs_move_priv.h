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

/** What tells an interface from another of its name, in a namespace that has the inode of an older one. */
struct qs_move_id {
	uint64_t netns; /**< cookie, never given twice; 0 on kernels before 5.14 */
	int ifindex;	/**< 0: not known */
	unsigned char mac[6];
};

struct qs_move {
	char from[IFNAMSIZ], to[IFNAMSIZ];
	char path[PATH_MAX];
	struct qs_move_id id; /**< of `from` */
	int at;		      /**< ifindex that the items speak of */
	pid_t owner;
	uint64_t owner_start; /**< clock ticks after boot: pids come again */
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

/** The file of an interface in this network namespace. */
void qs_move_path(char path[PATH_MAX], const char *from);

/** Write and sync the file. @return 0; -1: EIO. */
int qs_move_save(const struct qs_move *move);

/** @return the move; NULL: ENOENT, EINVAL it says nothing sensible, EIO it cannot be read now, ENOMEM. */
struct qs_move *qs_move_load(const char *path);

/** @return what an interface is here, ifindex 0 if there is none. [ctl] */
struct qs_move_id qs_move_identify(const char *ifname);

/** Whether a file is about an interface that is no more; also one of an older format. */
bool qs_move_is_stale(const struct qs_move *move);

/** Whether the process that moved it lives. */
bool qs_move_owner_lives(const struct qs_move *move);

/** When a process started; 0: there is none. */
uint64_t qs_move_start_of(pid_t pid);

#endif
