/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_neigh.h"
#include "service/qs_ways.h"

struct qs_ways {
	struct qs_service *service;
	struct qs_route *route;
};

static void on_netlink(void *route)
{
	qs_route_service(route);
}

static uint64_t neigh_hook(void *route, uint64_t now_ns)
{
	return qs_neigh_service(route, now_ns);
}

static void wake(void *svc)
{
	qs_service_wake(svc);
}

struct qs_route *qs_ways_follow(struct qs_service *svc, const struct qs_route_conf *given)
{
	struct qs_route_conf conf = *given;
	struct qs_route *route;
	int error;

	conf.wake = wake;
	conf.wake_arg = svc;
	route = qs_route_create(&conf);
	if (route == NULL)
		return NULL;
	if (qs_service_fd_add(svc, qs_route_fd(route), on_netlink, route) == 0) {
		if (qs_service_hook_add(svc, neigh_hook, route) == 0)
			return route;
		qs_service_fd_del(svc, qs_route_fd(route));
	}
	error = rte_errno;
	qs_route_free(route);
	rte_errno = error;
	return NULL;
}

static int ways_start(struct qs_ways *ways, const char *ifname, uint32_t neigh_packets)
{
	const struct qs_route_conf conf = {
		.ifindex = if_nametoindex(ifname), .ifname = ifname, .wait_packets = neigh_packets};
	char name[16];

	if (conf.ifindex == 0)
		return qs_fail(ENODEV, "no interface %s", ifname);
	snprintf(name, sizeof(name), "qways-%.9s", ifname);
	ways->service = qs_service_create(name);
	if (ways->service == NULL)
		return -1;
	ways->route = qs_ways_follow(ways->service, &conf);
	return ways->route != NULL ? 0 : -1;
}

struct qs_ways *qs_ways_open(const char *ifname, uint32_t neigh_packets)
{
	struct qs_ways *ways = calloc(1, sizeof(*ways));
	int error;

	if (ways == NULL)
		return qs_fail_null(ENOMEM, "interface %s: no memory", ifname);
	if (ways_start(ways, ifname, neigh_packets) == 0)
		return ways;
	error = rte_errno;
	qs_ways_close(ways);
	rte_errno = error;
	return NULL;
}

void qs_ways_close(struct qs_ways *ways)
{
	if (ways == NULL)
		return;
	qs_service_free(ways->service);
	qs_route_free(ways->route);
	free(ways);
}

struct qs_service *qs_ways_service(const struct qs_ways *ways)
{
	return ways->service;
}

struct qs_route *qs_ways_route(const struct qs_ways *ways)
{
	return ways->route;
}
