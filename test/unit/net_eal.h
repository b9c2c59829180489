/* SPDX-License-Identifier: BSD-3-Clause */
/* An EAL without hugepages, devices or traces on disk, and a pool, for tests of what handles mbufs. */
#ifndef NET_EAL_H
#define NET_EAL_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "eal/qs_eal_files.h"
#include "rte_qsock.h"

static struct rte_mempool *net_pool;

static inline int net_eal_up(unsigned int mbufs)
{
	char prefix[64];
	const char *args[] = {
		"test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",	    "-m",
		"256",	"-l",	     "0",	 prefix,	"--log-level=lib.eal:error"};
	static char *argv[RTE_DIM(args)], *kept[RTE_DIM(args)];

	snprintf(prefix, sizeof(prefix), "--file-prefix=qsunit%d", (int)getpid());
	for (size_t i = 0; i < RTE_DIM(args); i++)
		argv[i] = kept[i] = strdup(args[i]); /* EAL keeps and reorders them */
	qs_eal_files_end();
	if (rte_eal_init((int)RTE_DIM(args), argv) < 0)
		return -1;
	rte_log_set_level_pattern("lib.qsock", RTE_LOG_CRIT); /* errors are provoked on purpose */
	if (rte_qsock_meta_register() < 0)
		return -1;
	net_pool = rte_pktmbuf_pool_create("net", mbufs, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	return net_pool == NULL ? -1 : 0;
}

static inline int net_eal_down(void)
{
	rte_mempool_free(net_pool);
	return rte_eal_cleanup();
}

/* The same for a group of cmocka's, with mbufs enough for most. */
static inline int net_eal_setup(void **state)
{
	return net_eal_up(1023);
}

static inline int net_eal_teardown(void **state)
{
	return net_eal_down();
}

#endif
