/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * An egress through the kernel's qdisc on the veth bed.
 */
#ifndef EGRESS_KERNEL_BED_H
#define EGRESS_KERNEL_BED_H

#include "egress_bed.h"
#include "rte_qsock_egress_kernel.h"

/** An egress on near; zero is the default. It must come up. */
#define bed_open(...) bed_egress((struct rte_qsock_kernel_conf){__VA_ARGS__})
struct rte_qsock_egress *bed_egress(struct rte_qsock_kernel_conf conf);

/** Its figures, within their bounds. */
struct rte_qsock_kernel_info bed_info(const struct rte_qsock_egress *e);

#endif
