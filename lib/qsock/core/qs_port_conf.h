/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A port's configuration: defaults and ranges.
 */
#ifndef QS_PORT_CONF_H
#define QS_PORT_CONF_H

#include "rte_qsock.h"

/**
 * Take a caller's configuration, set what it leaves to us (the overhead too: overhead_bytes then counts),
 * and check the rest. @return 0; -1: EINVAL. [ctl]
 */
int qs_port_conf_take(struct rte_qsock_port_conf *conf, const struct rte_qsock_port_conf *from);

/** @return 0; -1: EINVAL no egress, or one that lacks what is required. [ctl] */
int qs_port_conf_egress(const char *name, const struct rte_qsock_egress *egress);

/** @return 0; -1: EINVAL rate out of range. [ctl] */
int qs_port_conf_rate(const char *name, uint64_t rate_bps);

#endif
