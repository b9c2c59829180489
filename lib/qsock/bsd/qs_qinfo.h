/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The parts of qinfo()'s answer, whatever the driver.
 */
#ifndef QS_QINFO_H
#define QS_QINFO_H

#include <stdbool.h>

#include "bsd/qs_dev.h"
#include "qsocket.h"
#include "rte_qsock.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Whether the caller's structure can be filled. [any] */
bool qs_qinfo_takes(const struct q_info *info);

/** What the scheduler knows, but queue_room; and the names. [any] */
void qs_qinfo_scheduler(const struct rte_qsock_info *native, const struct qs_dev *dev, struct q_info *info);

/** What the kernel knows. [ctl] */
void qs_qinfo_kernel(int fd, bool tcp, struct q_info *info);

/** As much of it as the caller's structure takes. @return 0. [any] */
int qs_qinfo_give(struct q_info *to, const struct q_info *all);

#ifdef __cplusplus
}
#endif
#endif
