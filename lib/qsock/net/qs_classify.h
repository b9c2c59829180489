/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The class of a socket by BPF: a program at an interface's clsact hook writes into each packet the class
 * that its socket has in a SK_STORAGE map. The socket itself is as it was: its program cannot take the class
 * away, and there is nothing to give back. No library and no compiler of BPF is needed (qs_bpf.h).
 *
 * What others have at the hook stays. What we put there stands in a file (qs_state_file.h) and is removed at
 * the end, or at the next start after a crash.
 */
#ifndef QS_CLASSIFY_H
#define QS_CLASSIFY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a socket comes into its class. */
enum qs_classify_way {
	QS_CLASSIFY_AUTO, /**< by BPF where the kernel and the caller's rights allow it */
	QS_CLASSIFY_PRIORITY,
	QS_CLASSIFY_BPF,
};

struct qs_classify;

/**
 * Put the program on an interface. [ctl]
 * @return NULL with rte_errno:
 *  - EOPNOTSUPP the kernel lacks BTF, SK_STORAGE (5.2), clsact or cls_bpf
 *  - EPERM no CAP_BPF, or no CAP_NET_ADMIN
 *  - EBUSY a living process has put its own there
 *  - ENODEV no such interface, or no such name
 *  - EIO the kernel or the file refused; ENOMEM
 */
struct qs_classify *qs_classify_begin(const char *ifname);

/** Give a socket a class: what its packets then have as their priority. 0: no class by us. Whoever has the
 * socket has the class. [any]
 * @return 0; -EBADF, -ENOTSOCK, -EPERM, -ENOMEM */
int qs_classify_set(const struct qs_classify *c, int fd, uint32_t class);

/** Whether the program is there still. [ctl]
 * @return 0; -1: ESTALE another program removed or replaced it, ENODEV the interface is gone, EIO, ENOMEM */
int qs_classify_check(struct qs_classify *c);

/** Remove the program, if it is there, and free. NULL is allowed. [ctl] */
void qs_classify_end(struct qs_classify *c);

/** Remove what crashed processes have left in this network namespace. [ctl]
 * @return interfaces; -1: EIO some could not be cleared */
int qs_classify_recover(void);

#ifdef __cplusplus
}
#endif
#endif
