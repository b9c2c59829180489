/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The link of a kernel interface that an ethdev stands on, as the kernel tells of it.
 */
#ifndef QS_KERNEL_LINK_H
#define QS_KERNEL_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct qs_kernel_link;

/**
 * Follow an interface: *down says so while it is not up and running. Written by EAL's interrupt thread until
 * qs_kernel_link_free(). [ctl]
 * @return NULL: no such interface here, or the kernel does not tell
 */
struct qs_kernel_link *qs_kernel_link_follow(uint32_t ifindex, bool *down);

/** NULL is allowed. [ctl] */
void qs_kernel_link_free(struct qs_kernel_link *link);

#endif
