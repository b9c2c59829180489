/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What a child after fork() may not keep: as long as anybody has the descriptor of a TAP, or a descriptor or
 * a mapping of an AF_XDP socket, the kernel keeps the interface and the queue, and nobody can take them
 * again. Who opens such a descriptor says so; a program that uses qsocket.h has its children close it.
 */
#ifndef QS_FORK_H
#define QS_FORK_H

#ifdef __cplusplus
extern "C" {
#endif

/** A descriptor that children close, by fork() and by exec. -1 is ignored. [any] */
void qs_fork_close(int fd);

/** It is about to be closed: afterwards its number may be somebody else's. [any] */
void qs_fork_forget(int fd);

/** Have children not inherit the mappings of a socket. [ctl] */
void qs_fork_unmap(int fd);

/** In the child: close them. Nothing here but close(2). */
void qs_fork_in_child(void);

#ifdef __cplusplus
}
#endif
#endif
