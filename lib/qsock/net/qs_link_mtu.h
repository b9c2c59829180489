/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The MTU of a kernel interface, as it is now.
 */
#ifndef QS_LINK_MTU_H
#define QS_LINK_MTU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @return bytes; 0: no such interface, or no descriptor to ask with. [ctl] */
uint32_t qs_link_mtu(const char *ifname);

/** @return 0; -1: no such interface or privilege, or its driver refuses. [ctl] */
int qs_link_mtu_set(const char *ifname, uint32_t mtu_bytes);

#ifdef __cplusplus
}
#endif
#endif
