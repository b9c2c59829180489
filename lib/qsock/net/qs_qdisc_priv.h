/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What an interface's root qdisc is made of, as netlink messages. Functions return 0, or -1 with rte_errno.
 */
#ifndef QS_QDISC_PRIV_H
#define QS_QDISC_PRIV_H

#include <limits.h>
#include <linux/pkt_sched.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "net/qs_qdisc.h"
#include "net/qs_state_file.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_QDISC_KIND "qdisc" /**< of its files */
#define QS_QDISC_ROOT_HANDLE (QS_QDISC_MAJOR << 16)
#define QS_QDISC_ITEMS_MAX 4096u /**< qdiscs and classes that can be given back */

/** Who stands at an interface's root. */
struct qs_tc_root {
	uint32_t handle; /**< 0: put there by the kernel itself, or none */
	char kind[16];
	bool filters; /**< it has some: they cannot be given back */
};

/** Qdiscs and classes, each as the message that makes it anew. */
struct qs_tc_items {
	struct nlmsghdr **list;
	uint32_t n;
};

struct qs_qdisc {
	struct qs_state_head head;
	char path[PATH_MAX];
	struct nl_sock *sk;
	struct qs_qdisc_conf conf;
	bool cap;	      /* the sockets in its classes are others' */
	bool told;	      /* that it was replaced */
	uint32_t mtu_bytes;   /* that queues take segments apart for */
	uint32_t cut_packets; /* the limit of those; 0: none does */
	struct qs_tc_items before;
};

/** A netlink socket that waits for answers, but not for ever. @return NULL: EIO, ENOMEM. [ctl] */
struct nl_sock *qs_tc_socket(void);

/** A message about an interface's traffic control. @return NULL: ENOMEM. [ctl] */
struct nl_msg *qs_tc_message(int type, int flags, int ifindex, uint32_t parent, uint32_t handle);

/** Send it, wait for the answer, free it. [ctl]
 * @return 0; -1: EPERM, ENODEV, ENOENT, EEXIST, EOPNOTSUPP, EIO */
int qs_tc_send(struct nl_sock *sk, struct nl_msg *msg);

typedef int (*qs_tc_each_fn)(const struct nlmsghdr *nlh, const struct tcmsg *tcm, struct nlattr **attrs,
			     void *arg);

/** Call fn for each qdisc, class or filter (type: RTM_GET...) of an interface, until it returns other than 0.
 * [ctl] @return 0; what fn returned; -1: as qs_tc_send() */
int qs_tc_each(struct nl_sock *sk, int type, int ifindex, uint32_t parent, qs_tc_each_fn fn, void *arg);

/** The root of an interface. [ctl] @return 0; -1: EIO, ENOMEM */
int qs_tc_root(struct nl_sock *sk, int ifindex, struct qs_tc_root *root);
bool qs_tc_root_is_ours(const struct qs_tc_root *root);

/** All below the root that the kernel has not put there itself. [ctl] @return 0; -1: EIO, ENOMEM */
int qs_tc_snapshot(struct nl_sock *sk, int ifindex, struct qs_tc_items *items);

/** Append a message that makes a qdisc or a class. [ctl] @return 0; -1: EINVAL it is another, ENOMEM */
int qs_tc_items_add(struct qs_tc_items *items, const struct nlmsghdr *nlh);

/** Put them there, whatever their order. [ctl] @return 0; -1: the error of one that was refused */
int qs_tc_items_apply(struct nl_sock *sk, const struct qs_tc_items *items);

void qs_tc_items_free(struct qs_tc_items *items);

/** Take the root away: the kernel puts its own there. [ctl] @return 0; -1: as qs_tc_send() */
int qs_tc_root_delete(struct nl_sock *sk, int ifindex, uint32_t handle);

/** Put our HTB there. [ctl] @return 0; -1: as qs_tc_send() */
int qs_htb_install(struct qs_qdisc *q);

/** Have its classes follow q->conf. [ctl] @return 0; -1: as qs_tc_send() */
int qs_htb_change(struct qs_qdisc *q);

/** The queue of one of its classes. [ctl] @return 0; -1: as qs_tc_send() */
int qs_leaf_add(struct qs_qdisc *q, uint32_t class, uint32_t packets);

/** The same of the class with ETF. [ctl] @return 0; -1: EOPNOTSUPP, and as qs_tc_send() */
int qs_leaf_add_timed(const struct qs_qdisc *q);

/** The interface's frames may be longer or shorter by now. [ctl] @return 0; -1: as qs_tc_send() */
int qs_leaf_fit(struct qs_qdisc *q);

/** The file. [ctl] */
int qs_qdisc_save(const struct qs_qdisc *q);
struct qs_qdisc *qs_qdisc_load(const char *path);
struct qs_qdisc *qs_qdisc_alloc(void);
void qs_qdisc_free(struct qs_qdisc *q);

#ifdef __cplusplus
}
#endif
#endif
