/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Who owns a device: one process, as long as it lives.
 */
#ifndef QS_OWNER_H
#define QS_OWNER_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether the calling thread may manage networks: CAP_NET_ADMIN. [any] */
bool qs_owner_privileged(void);

/**
 * Take a device: a lock on /run/qsock/DEV.lock, or for a kernel interface DEV@NETNS.lock, since names differ
 * in meaning between network namespaces. It ends with the process, however that ends; the file is left by one
 * that was killed only. [ctl]
 *
 * @param interface dev is a kernel interface
 * @return a descriptor to be kept open and closed in children; -EBUSY another process has it (the log says
 * which); -EIO no lock can be had
 */
int qs_owner_take(const char *dev, bool interface);

/** Give the device back; -1 is ignored. [ctl] */
void qs_owner_release(int fd);

#ifdef __cplusplus
}
#endif
#endif
