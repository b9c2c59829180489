/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A socket of another process, which knows nothing of us.
 */
#ifndef DQ_FOREIGN_H
#define DQ_FOREIGN_H

#include <stdint.h>

#include "error.h"

/**
 * Look at a descriptor of another process; it is not kept open.
 * @param word PID:FD, as /proc and ss(8) show them
 * @param cookie the kernel's own number of the socket, for as long as that lives
 * @return 0; negative errno: -EINVAL not PID:FD, or the descriptor is no UDP or TCP socket of this network
 * namespace; -ESRCH no such process; -EBADF no such descriptor; -EPERM the process is not ours to look at;
 * -ENOSYS the kernel has no pidfd_getfd(2)
 */
int dq_foreign_look(const char *word, uint64_t *cookie, struct dq_error *e);

#endif
