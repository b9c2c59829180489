/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the calls of qsocket.h read of their arguments, whatever the driver.
 */
#ifndef QS_CALLS_H
#define QS_CALLS_H

#include "bsd/qs_attr.h"
#include "bsd/qs_dev.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The attributes that qchange()'s parameters say for a socket of a device. @return 0; -EINVAL. [ctl] */
int qs_change_read(const struct qs_dev *dev, const struct qos_params *params, struct qs_attr *attr);

#ifdef __cplusplus
}
#endif
#endif
