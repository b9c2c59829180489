/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What this host has: addresses of an interface, and multicast groups joined on it.
 */
#ifndef QS_LOCAL_H
#define QS_LOCAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether an interface has an IPv4 address. [any], some system calls */
bool qs_local_has_address(uint32_t ifindex, struct in_addr addr);

/** Whether a process of this host, or its kernel, is a member of a group on an interface. [any], some system
 * calls */
bool qs_local_has_group(uint32_t ifindex, uint16_t family, const struct in6_addr *group);

#ifdef __cplusplus
}
#endif
#endif
