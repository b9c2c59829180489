/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the kernel says of an interface when it is asked once. What may change is link_news.h's.
 */
#ifndef QS_NETDEV_H
#define QS_NETDEV_H

#include <stdint.h>

/** @return its number; 0: errno: ENODEV none of that name, EMFILE, ENFILE no descriptor to ask with. [ctl] */
uint32_t qs_netdev_index(const char *ifname);

/** @return the link's speed in bit/s, as its driver tells; 0: it does not. [ctl] */
uint64_t qs_netdev_rate_bps(const char *ifname);

#endif
