/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Asking and telling the kernel about an interface by its name: netdevice(7).
 */
#ifndef QS_IFREQ_H
#define QS_IFREQ_H

#include <net/if.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One request, on a socket of its own. [ctl]
 * @param what SIOC...
 * @param request gets the name; the rest is the caller's
 * @return 0; -1 with errno of socket(2), or of ioctl(2): ENODEV no such interface
 */
int qs_ifreq(const char *ifname, unsigned long what, struct ifreq *request);

#ifdef __cplusplus
}
#endif
#endif
