/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What is another with each egress driver: which one a device has, where its frames go, and who knows routes
 * and neighbours where it has no twin. [ctl]
 */
#ifndef QS_DEV_DRIVER_H
#define QS_DEV_DRIVER_H

#include "bsd/qs_dev.h"
#include "rte_qsock_egress.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Have a driver, and what differs by it. */
void qs_dev_driver_set(struct qs_dev *dev, enum qs_driver driver);

/** Bring the device up by the first of its drivers that can be had. @return 0; -EINVAL a setting that the
 * first does not have; as the ops' up */
int qs_dev_driver_up(struct qs_dev *dev);

/** @return the settings given that a driver does not have; NULL: none */
const char *qs_dev_driver_lacks(const struct q_port_ex *ex, enum qs_driver driver);

/** @return its egress; NULL: rte_errno */
struct rte_qsock_egress *qs_dev_egress(struct qs_dev *dev);

/** An interface that stays the kernel's: follow it, and cap what the kernel sends on it. @return 0; negative
 * errno */
int qs_dev_ways_up(struct qs_dev *dev);
void qs_dev_ways_down(struct qs_dev *dev);

#ifdef __cplusplus
}
#endif
#endif
