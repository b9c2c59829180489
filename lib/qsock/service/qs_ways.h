/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Routes and neighbours of an interface, kept up to date by a service thread: a twin's, or those of a kernel
 * interface that a port sends on and that has no twin.
 */
#ifndef QS_WAYS_H
#define QS_WAYS_H

#include <stdint.h>

#include "net/qs_route.h"
#include "service/qs_service.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a route cache that a service thread follows; conf's wake is set here. The service is to be freed
 * first. [ctl]
 * @return NULL: as qs_route_create() and qs_service_fd_add()
 */
struct qs_route *qs_ways_follow(struct qs_service *svc, const struct qs_route_conf *conf);

/** A kernel interface, with a thread of its own: that which has the name, also after it was removed and made
 * again. */
struct qs_ways;

/**
 * @param neigh_packets that wait for one neighbour; 0: the default
 * @return NULL: ENODEV no such interface, ENOMEM, EAGAIN no thread, EIO the kernel refused. [ctl]
 */
struct qs_ways *qs_ways_open(const char *ifname, uint32_t neigh_packets);

/** Nobody uses its routes any more. NULL is allowed. [ctl] */
void qs_ways_close(struct qs_ways *ways);

/** The thread that keeps them up to date, for what else follows the interface. Valid as long as it is. [any]
 */
struct qs_service *qs_ways_service(const struct qs_ways *ways);

/** Valid as long as it is. [any] */
struct qs_route *qs_ways_route(const struct qs_ways *ways);

#ifdef __cplusplus
}
#endif
#endif
