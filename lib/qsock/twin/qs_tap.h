/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A TAP interface: the kernel's side of a twin. Without a header before the frames, so that the kernel
 * makes every checksum and cuts every segment itself.
 */
#ifndef QS_TAP_H
#define QS_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

/** A TAP. */
struct qs_tap {
	int fd; /**< reads and writes frames, never blocks */
	uint32_t ifindex;
	char name[IFNAMSIZ];
};

/**
 * Make a TAP, and set it up: MAC, MTU, flags. It lives as long as its descriptor is open. [ctl]
 * @param name NULL: qs0, qs1, ... the first free
 * @return 0; -1: EINVAL name or MTU, EEXIST name in use, EPERM needs CAP_NET_ADMIN, EIO the kernel refused
 */
int qs_tap_open(struct qs_tap *tap, const char *name, const struct rte_ether_addr *mac, uint16_t mtu_bytes);

/** Remove it. [ctl] */
void qs_tap_close(struct qs_tap *tap);

/** Tell the kernel of the wire's carrier. [any] */
void qs_tap_carrier_set(const struct qs_tap *tap, bool up);

#endif
