/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * From descriptors to sockets: two levels, read without a lock.
 *
 * What is read may be out of date at once: sockets are never given back to the heap, and whoever uses one
 * checks under its lock that it is still the descriptor's.
 */
#ifndef QS_FDTABLE_H
#define QS_FDTABLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_FD_LEAF 1024u
#define QS_FD_TOP 4096u /* 4 M descriptors: four times what Linux allows by default */

struct qs_bsd_sock;

extern struct qs_bsd_sock **qs_fd_top[QS_FD_TOP];

/** @return the descriptor's socket, or NULL. [any] */
static inline struct qs_bsd_sock *qs_fd_get(int fd)
{
	unsigned int n = (unsigned int)fd;
	struct qs_bsd_sock **leaf;

	if (n >= QS_FD_LEAF * QS_FD_TOP)
		return NULL;
	leaf = __atomic_load_n(&qs_fd_top[n / QS_FD_LEAF], __ATOMIC_ACQUIRE);
	return leaf == NULL ? NULL : __atomic_load_n(&leaf[n % QS_FD_LEAF], __ATOMIC_ACQUIRE);
}

/** @return 0; -EMFILE too large a number; -ENOMEM; -EEXIST it has one. [ctl] */
int qs_fd_set(int fd, struct qs_bsd_sock *s);

/** Forget the descriptor's socket, if it is s. [ctl] */
void qs_fd_clear(int fd, struct qs_bsd_sock *s);

#ifdef __cplusplus
}
#endif
#endif
