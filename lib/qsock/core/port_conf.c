/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_memory.h>

#include "core/qs_idle.h"
#include "core/qs_port_conf.h"
#include "eal/qs_log.h"
#include "obs/qs_stalls.h"
#include "rte_qsock_egress.h"

#define QS_AHEAD_MAX_NS UINT64_C(10000000)
#define QS_CATCHUP_MAX_NS UINT64_C(1000000000)
#define QS_STALL_MIN_NS UINT64_C(1000)
#define QS_STALL_MAX_NS UINT64_C(1000000000)
#define QS_SOCKETS_DEFAULT 1024u
#define QS_SOCKETS_MAX (1u << 20)
#define QS_PACKETS_DEFAULT 65536u
#define QS_PACKETS_MIN 64u
#define QS_PACKETS_MAX (1u << 26)
#define QS_OVERHEAD_DEFAULT 24 /* preamble 8, FCS 4, gap 12 */

static void conf_defaults(struct rte_qsock_port_conf *conf)
{
	if (conf->scheduler == NULL)
		conf->scheduler = "dwcs";
	if (conf->rate_bps == 0)
		conf->rate_bps = conf->egress->ops->rate_bps(conf->egress);
	if (conf->max_sockets == 0)
		conf->max_sockets = QS_SOCKETS_DEFAULT;
	if (conf->max_packets == 0)
		conf->max_packets = QS_PACKETS_DEFAULT;
	if (conf->stall_ns == 0)
		conf->stall_ns = QS_STALL_NS;
	if (!conf->overhead_set)
		conf->overhead_bytes = QS_OVERHEAD_DEFAULT;
}

static int conf_range(const char *port, const char *what, uint64_t value, uint64_t min, uint64_t max)
{
	if (value >= min && value <= max)
		return 0;
	return qs_fail(EINVAL, "port %s: %s %" PRIu64 ": %" PRIu64 " .. %" PRIu64, port, what, value, min,
		       max);
}

int qs_port_conf_rate(const char *name, uint64_t rate_bps)
{
	return conf_range(name, "rate_bps", rate_bps, RTE_QSOCK_RATE_MIN_BPS, RTE_QSOCK_RATE_MAX_BPS);
}

static int conf_name(const char *what, const char *name)
{
	if (name == NULL)
		return qs_fail(EINVAL, "%s: none given", what);
	if (name[0] == 0 || strlen(name) >= RTE_QSOCK_NAMESIZE)
		return qs_fail(EINVAL, "%s \"%.64s\": 1 .. %d characters", what, name,
			       RTE_QSOCK_NAMESIZE - 1);
	return 0;
}

int qs_port_conf_egress(const char *name, const struct rte_qsock_egress *egress)
{
	const struct rte_qsock_egress_ops *ops;

	if (egress == NULL || egress->ops == NULL)
		return qs_fail(EINVAL, "port %s: no egress given", name);
	ops = egress->ops;
	if (ops->tx_burst == NULL || ops->rate_bps == NULL || ops->max_frame_bytes == NULL ||
	    ops->free == NULL)
		return qs_fail(EINVAL, "port %s: egress \"%s\" lacks an operation that is required", name,
			       ops->name != NULL ? ops->name : "(unnamed)");
	return 0;
}

static int conf_check(const struct rte_qsock_port_conf *conf)
{
	if (conf_name("scheduler", conf->scheduler) != 0)
		return -1;
	if (conf->rate_bps == 0)
		return qs_fail(EINVAL,
			       "port %s: rate_bps 0, and the egress has no rate of its own: %" PRIu64
			       " .. %" PRIu64,
			       conf->name, RTE_QSOCK_RATE_MIN_BPS, RTE_QSOCK_RATE_MAX_BPS);
	if (qs_port_conf_rate(conf->name, conf->rate_bps) != 0 ||
	    conf_range(conf->name, "ahead_ns", conf->ahead_ns, 0, QS_AHEAD_MAX_NS) != 0 ||
	    conf_range(conf->name, "catchup_ns", conf->catchup_ns, 0, QS_CATCHUP_MAX_NS) != 0 ||
	    conf_range(conf->name, "sleep_after_ns", conf->sleep_after_ns, 0, QS_IDLE_AFTER_MAX_NS) != 0 ||
	    conf_range(conf->name, "stall_ns", conf->stall_ns, QS_STALL_MIN_NS, QS_STALL_MAX_NS) != 0 ||
	    conf_range(conf->name, "max_sockets", conf->max_sockets, 1, QS_SOCKETS_MAX) != 0 ||
	    conf_range(conf->name, "max_packets", conf->max_packets, QS_PACKETS_MIN, QS_PACKETS_MAX) != 0 ||
	    conf_range(conf->name, "precedence", conf->precedence, 0, RTE_QSOCK_PRECEDENCE_DEADLINE) != 0)
		return -1;
	if (conf->socket_id < SOCKET_ID_ANY || conf->socket_id >= RTE_MAX_NUMA_NODES)
		return qs_fail(EINVAL, "port %s: socket_id %d: %d .. %d", conf->name, conf->socket_id,
			       SOCKET_ID_ANY, RTE_MAX_NUMA_NODES - 1);
	return 0;
}

int qs_port_conf_take(struct rte_qsock_port_conf *conf, const struct rte_qsock_port_conf *from)
{
	if (qs_conf_take(conf, sizeof(*conf), from, "port configuration") != 0)
		return -1;
	if (conf_name("port name", conf->name) != 0 || qs_port_conf_egress(conf->name, conf->egress) != 0)
		return -1;
	conf_defaults(conf);
	return conf_check(conf);
}
