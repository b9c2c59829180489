/* SPDX-License-Identifier: BSD-3-Clause */
/* An interface va with a neighbour behind it, and a directory of states of the test's own. */
#ifndef QDISC_BED_H
#define QDISC_BED_H

#include <rte_log.h>

#include "net/qs_state_file.h"
#include "net_ns.h"

/* A network namespace and a view of the file system, so that /run is the test's own, too.
 * @return false: not allowed here, which is told */
static inline bool qdisc_bed_enter(void)
{
	if (net_ns_enter() && unshare(CLONE_NEWNS) == 0 && sh("mount --make-rprivate /") == 0)
		return true;
	puts("SKIP: network namespaces are not allowed");
	return false;
}

static inline int qdisc_bed_up(void **state)
{
	(void)state;
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_EMERG); /* errors are provoked on purpose */
	return sh("mkdir -p " QS_STATE_DIR " && mount -t tmpfs none " QS_STATE_DIR " && "
		  "ip link add va type veth peer name vb && ip link set va up && ip link set vb up && "
		  "sysctl -qw net.ipv6.conf.va.disable_ipv6=1 && ip addr add 10.9.0.1/24 dev va && "
		  "ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va");
}

#endif
