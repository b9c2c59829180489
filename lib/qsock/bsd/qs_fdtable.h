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
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_FD_LEAF 1024u
#define QS_FD_TOP 4096u /* 4 M descriptors: four times what Linux allows by default */

struct qos_params;
struct packet_flags;
struct q_info;

/**
 * What the q-calls do with a descriptor, by the driver of its device. Each looks the descriptor up again,
 * under its own locks: it may have been closed meanwhile. They return 0, or a negative errno.
 */
struct qs_fd_ops {
	/** qsendto(), and as it: a count, or -1 with errno. [app] */
	ssize_t (*send)(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr,
			socklen_t addrlen, struct packet_flags *pflags);
	int (*change)(int fd, struct qos_params *params);
	int (*info)(int fd, struct q_info *info);
	int (*close)(int fd);
	int (*pollfd)(int fd);
	int (*refresh)(int fd);
	/** Forget a number that the caller closed and got again. -EISCONN: it is what it was. */
	int (*stale)(int fd);
};

/** What begins every kind of socket here. */
struct qs_fd {
	const struct qs_fd_ops *ops; /**< constant */
};

extern struct qs_fd **qs_fd_top[QS_FD_TOP];

/** @return the descriptor's socket, or NULL. [any] */
static inline struct qs_fd *qs_fd_get(int fd)
{
	unsigned int n = (unsigned int)fd;
	struct qs_fd **leaf;

	if (n >= QS_FD_LEAF * QS_FD_TOP)
		return NULL;
	leaf = __atomic_load_n(&qs_fd_top[n / QS_FD_LEAF], __ATOMIC_ACQUIRE);
	return leaf == NULL ? NULL : __atomic_load_n(&leaf[n % QS_FD_LEAF], __ATOMIC_ACQUIRE);
}

/** @return 0; -EMFILE too large a number; -ENOMEM; -EEXIST it has one. [ctl] */
int qs_fd_set(int fd, struct qs_fd *s);

/** Forget the descriptor's socket, if it is s. [ctl] */
void qs_fd_clear(int fd, struct qs_fd *s);

#ifdef __cplusplus
}
#endif
#endif
