/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What belongs near a device: an lcore, memory, pools. The TX core goes to the device's node, its memory to
 * the TX core's, packets to the device's.
 */
#ifndef QS_NODE_H
#define QS_NODE_H

#include <stdbool.h>

#include "core/qs_placement.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The node of a device: a port of EAL's, a kernel interface or a PCI address. As the kernel says, since
 * net_af_xdp's is that of whoever probes it. @return -1: none, or not known. [ctl] */
int qs_node_of_device(const char *dev);

/**
 * The worker lcore that is nearest to a node.
 * @param may whether it is to be had; the first of equals is taken
 * @return -1: none. [ctl]
 */
int qs_node_lcore(int node, bool (*may)(unsigned int lcore, void *arg), void *arg);

/** What EAL is to be asked for to have memory on a node: the node, or SOCKET_ID_ANY where it has none there,
 * with a warning if it should have. [ctl] */
int qs_node_socket(int node);

/** Say so if a device's TX core is on another node than the device. [ctl] */
void qs_node_warn(const char *dev, int node, unsigned int lcore);

#ifdef __cplusplus
}
#endif
#endif
