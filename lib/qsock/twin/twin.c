/* SPDX-License-Identifier: BSD-3-Clause */
/* A twin's life. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "eal/qs_log.h"
#include "service/qs_ways.h"
#include "twin/qs_move.h"
#include "twin/qs_twin_priv.h"

#define BEST_EFFORT_NS UINT64_C(50000000)
#define BEST_EFFORT_PACKETS 1024u
#define L2_ROOM (sizeof(struct rte_ether_hdr) + 2 * sizeof(struct rte_vlan_hdr))

static TAILQ_HEAD(, rte_qsock_twin) twins = TAILQ_HEAD_INITIALIZER(twins);
static pthread_mutex_t twins_lock = PTHREAD_MUTEX_INITIALIZER;

struct rte_qsock_twin *qs_twin_find(bool (*fn)(const struct rte_qsock_twin *twin, const void *arg),
				    const void *arg)
{
	struct rte_qsock_twin *twin;

	pthread_mutex_lock(&twins_lock);
	TAILQ_FOREACH (twin, &twins, next)
		if (fn(twin, arg))
			break;
	pthread_mutex_unlock(&twins_lock);
	return twin;
}

/* Defaults, and what needs no system call to be found wrong. */
static int conf_check(struct rte_qsock_twin_conf *conf)
{
	uint16_t room;

	if (conf->port == NULL || conf->tx_pool == NULL)
		return qs_fail(EINVAL, "twin: %s is required", conf->port == NULL ? "a port" : "tx_pool");
	if (!rte_eth_dev_is_valid_port(conf->eth_port_id))
		return qs_fail(ENODEV, "twin: no ethdev %u", conf->eth_port_id);
	if (conf->mtu == 0 && rte_eth_dev_get_mtu(conf->eth_port_id, &conf->mtu) != 0)
		return qs_fail(ENODEV, "twin: ethdev %u has no MTU", conf->eth_port_id);
	if (rte_is_zero_ether_addr(&conf->mac) && rte_eth_macaddr_get(conf->eth_port_id, &conf->mac) != 0)
		return qs_fail(ENODEV, "twin: ethdev %u has no MAC", conf->eth_port_id);
	room = (uint16_t)(rte_pktmbuf_data_room_size(conf->tx_pool) - RTE_PKTMBUF_HEADROOM);
	if (conf->mtu + L2_ROOM > room)
		return qs_fail(EINVAL, "twin: MTU %u, allowed are up to %zu with tx_pool's data room",
			       conf->mtu, room - L2_ROOM);
	if (conf->best_effort_packets > RTE_QSOCK_QUEUE_MAX)
		return qs_fail(EINVAL, "twin: best_effort_packets %u, allowed are 1 .. %u",
			       conf->best_effort_packets, RTE_QSOCK_QUEUE_MAX);
	if (conf->best_effort_packets == 0)
		conf->best_effort_packets = BEST_EFFORT_PACKETS;
	if (conf->best_effort_limit_ns == 0)
		conf->best_effort_limit_ns = BEST_EFFORT_NS;
	return 0;
}

static int best_effort_open(struct rte_qsock_twin *twin, const struct rte_qsock_twin_conf *conf)
{
	char name[RTE_QSOCK_NAMESIZE];
	struct rte_qsock_conf sc = {.size = sizeof(sc),
				    .name = name,
				    .queue_limit_ns = conf->best_effort_limit_ns,
				    .drop_when_full = true};

	snprintf(name, sizeof(name), "%s.best-effort", twin->tap.name);
	rte_qsock_stream_defaults(&sc.stream);
	sc.stream.cls = RTE_QSOCK_BEST_EFFORT;
	sc.stream.queue_packets = conf->best_effort_packets;
	twin->best_effort = rte_qsock_open(conf->port, &sc);
	return twin->best_effort ? 0 : -1;
}

static int route_start(struct rte_qsock_twin *twin, const struct rte_qsock_twin_conf *conf)
{
	const struct qs_route_conf rc = {.ifindex = twin->tap.ifindex,
					 .wait_packets = conf->neigh_packets,
					 .wait_timeout_ns = conf->neigh_timeout_ns};

	twin->route = qs_ways_follow(twin->service, &rc);
	return twin->route != NULL ? 0 : -1;
}

static int service_start(struct rte_qsock_twin *twin)
{
	char name[16];

	snprintf(name, sizeof(name), "qsock-%.9s", twin->tap.name);
	twin->service = qs_service_create(name);
	return twin->service ? 0 : -1;
}

/* Each step may rely on those before; what was made is undone by twin_end(). */
static int twin_start(struct rte_qsock_twin *twin, const struct rte_qsock_twin_conf *conf)
{
	if (qs_tap_open(&twin->tap, conf->name, &twin->mac, conf->mtu) < 0)
		return -1;
	memcpy(twin->info.name, twin->tap.name, sizeof(twin->info.name));
	twin->info.ifindex = twin->tap.ifindex;
	twin->classifier = qs_classifier_create();
	if (twin->classifier == NULL || best_effort_open(twin, conf) < 0 || service_start(twin) < 0 ||
	    route_start(twin, conf) < 0)
		return -1;
	if (conf->move_from != NULL) {
		twin->move = qs_move_begin(conf->move_from, twin->tap.name);
		if (twin->move == NULL)
			return -1;
	}
	twin->tap_watched = true; /* the service may have it no more when it was given it */
	if (qs_service_fd_add(twin->service, twin->tap.fd, qs_twin_tx, twin) < 0) {
		twin->tap_watched = false;
		return -1;
	}
	return qs_twin_rx_start(twin);
}

static void twin_end(struct rte_qsock_twin *twin)
{
	qs_twin_rx_stop(twin);
	if (__atomic_load_n(&twin->tap_watched, __ATOMIC_RELAXED))
		qs_service_fd_del(twin->service, twin->tap.fd);
	qs_move_end(twin->move);
	qs_service_free(twin->service);
	qs_route_free(twin->route);
	qs_tap_close(&twin->tap);
	if (twin->best_effort != NULL)
		rte_qsock_close(twin->best_effort);
	qs_classifier_free(twin->classifier);
	rte_pktmbuf_free(twin->spare);
	free(twin);
}

struct rte_qsock_twin *rte_qsock_twin_create(const struct rte_qsock_twin_conf *given)
{
	struct rte_qsock_twin_conf conf;
	struct rte_qsock_twin *twin;

	if (qs_conf_take(&conf, sizeof(conf), given, "twin") < 0 || conf_check(&conf) < 0)
		return NULL;
	if (qs_move_recover() < 0)
		QS_LOG(WARNING, "twin: not everything that an earlier run moved could be given back\n");
	twin = calloc(1, sizeof(*twin));
	if (twin == NULL)
		return qs_fail_null(ENOMEM, "twin: no memory");
	*twin = (struct rte_qsock_twin){.port = conf.port,
					.tap.fd = -1,
					.tx_pool = conf.tx_pool,
					.mac = conf.mac,
					.eth_port_id = conf.eth_port_id,
					.no_rx = conf.no_rx};
	if (twin_start(twin, &conf) < 0) {
		int error = rte_errno;

		twin_end(twin);
		rte_errno = error;
		return NULL;
	}
	pthread_mutex_lock(&twins_lock);
	TAILQ_INSERT_TAIL(&twins, twin, next);
	pthread_mutex_unlock(&twins_lock);
	return twin;
}

int rte_qsock_twin_free(struct rte_qsock_twin *twin)
{
	if (twin == NULL)
		return qs_fail(EINVAL, "twin: none given");
	pthread_mutex_lock(&twins_lock);
	TAILQ_REMOVE(&twins, twin, next);
	pthread_mutex_unlock(&twins_lock);
	twin_end(twin);
	return 0;
}

struct qs_route *qs_twin_route(struct rte_qsock_twin *twin)
{
	return twin->route;
}

uint32_t qs_twin_ifindex(const struct rte_qsock_twin *twin)
{
	return twin->tap.ifindex;
}

static bool has_ifindex(const struct rte_qsock_twin *twin, const void *arg)
{
	return twin->tap.ifindex == *(const uint32_t *)arg;
}

struct rte_qsock_twin *qs_twin_by_ifindex(uint32_t ifindex)
{
	return qs_twin_find(has_ifindex, &ifindex);
}
