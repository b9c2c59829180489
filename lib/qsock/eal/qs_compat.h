/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What differs between DPDK 22.11 and 24.11, in one place.
 */
#ifndef QS_COMPAT_H
#define QS_COMPAT_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>

#include <rte_lcore.h>
#include <rte_telemetry.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "eal/qs_signals.h"

/** A thread off the data plane's cores, that takes no signals. @return 0 or a positive errno value. [ctl] */
static inline int qs_thread_create(pthread_t *thread, const char *name, void *(*run)(void *arg), void *arg)
{
	sigset_t before;
	int ret;

	qs_signals_block(&before);
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	rte_thread_t id;

	ret = rte_thread_create_control(&id, name, (rte_thread_func)(void *)run, arg);
	*thread = (pthread_t)id.opaque_id;
#else
	ret = rte_ctrl_thread_create(thread, name, NULL, run, arg);
#endif
	qs_signals_restore(&before);
	return ret < 0 ? -ret : ret;
}

/** A number in a telemetry dictionary. */
static inline int qs_tel_u64(struct rte_tel_data *d, const char *name, uint64_t value)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	return rte_tel_data_add_dict_uint(d, name, value);
#else
	return rte_tel_data_add_dict_u64(d, name, value);
#endif
}

/** A telemetry list of numbers, and one more in it. */
static inline int qs_tel_start_u64s(struct rte_tel_data *d)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	return rte_tel_data_start_array(d, RTE_TEL_UINT_VAL);
#else
	return rte_tel_data_start_array(d, RTE_TEL_U64_VAL);
#endif
}

static inline int qs_tel_add_u64(struct rte_tel_data *d, uint64_t value)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	return rte_tel_data_add_array_uint(d, value);
#else
	return rte_tel_data_add_array_u64(d, value);
#endif
}

#endif
