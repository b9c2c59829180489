/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * AF_XDP sockets of the process. net_af_xdp (22.11) leaves its own open when it goes: the queue would stay
 * taken as long as the process lives, and no port could be made of the interface again. [ctl]
 */
#ifndef QS_XSK_H
#define QS_XSK_H

#ifdef __cplusplus
extern "C" {
#endif

#define QS_XSK_MAX 64

/** The AF_XDP sockets of a process at some time. */
struct qs_xsk {
	int fd[QS_XSK_MAX];
	int count;
};

/** Those that are open now. */
void qs_xsk_list(struct qs_xsk *xsk);

/** Keep only those that were not open before. */
void qs_xsk_subtract(struct qs_xsk *xsk, const struct qs_xsk *before);

/** What keeps a queue is this process's alone: children after fork() do not have them; and no more of that.
 */
void qs_xsk_own(const struct qs_xsk *xsk);
void qs_xsk_disown(const struct qs_xsk *xsk);

/** Close those that are still AF_XDP sockets. */
void qs_xsk_close(const struct qs_xsk *xsk);

/** Close those that are open now and were not before. */
void qs_xsk_close_new(const struct qs_xsk *before);

#ifdef __cplusplus
}
#endif
#endif
