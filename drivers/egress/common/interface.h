/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The interface of the kernel's that an egress sends on, followed by a service thread: its link, its MTU;
 * it goes, and comes back, and is then the driver's to take again.
 */
#ifndef QS_EGRESS_INTERFACE_H
#define QS_EGRESS_INTERFACE_H

#include <net/if.h>

#include "link_news.h"
#include "rte_qsock_egress.h"
#include "service/qs_service.h"

struct qs_interface {
	uint32_t max_bytes; /**< of a frame, as the MTU is now; written by [service], read by [tx] */

	/* Constant */
	char name[IFNAMSIZ];
	uint32_t largest_bytes;		 /**< of a frame, at the start */
	uint64_t device_rate_bps;	 /**< 0: it has none */
	struct rte_qsock_egress *egress; /**< whose link goes down and up with it */
	struct qs_service *service;
	struct qs_link_news *news;

	/* [service] */
	struct qs_link_state state;
	bool rebind;	   /**< what the egress has is of an interface that is gone */
	bool rebind_told;  /**< that it is not to be had yet */
	uint64_t retry_ns; /**< not before */
	uint64_t link_changes, mtu_changes, rebinds; /**< anybody reads */
};

/** See what it is now, and follow it from now on, by its name. No frame is longer than longest_bytes. [ctl]
 * @return 0, or an errno: ENODEV none of that name, EMFILE, ENFILE no descriptor */
int qs_interface_open(struct qs_interface *i, struct rte_qsock_egress *egress, uint32_t longest_bytes);

/** What the kernel says to whoever takes an interface, as a constructor's own error, where that is the same
 * for every driver. [ctl] @return -1: rte_errno: EPERM, ENODEV, ENOMEM, EMFILE, EIO */
int qs_interface_failed(const struct qs_interface *i, int error);

/** Start the thread that follows it; follow is its hook. @return 0; -1: rte_errno as qs_service_create()
 * [ctl] */
int qs_interface_start(struct qs_interface *i, qs_service_hook_fn follow, void *arg);

/** Follow it no more. One that is zero is allowed. [ctl] */
void qs_interface_close(struct qs_interface *i);

/** Whether it is back, and to be taken again, or tried again. [service] */
bool qs_interface_rebind_due(const struct qs_interface *i, uint64_t now_ns);

/** It was taken again. [service] */
void qs_interface_rebound(struct qs_interface *i);

/** It was not: later. [service] */
void qs_interface_retry(struct qs_interface *i, uint64_t now_ns, const char *why);

#endif
