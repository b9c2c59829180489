/* SPDX-License-Identifier: BSD-3-Clause */
/* For the TX core, which knows some time before an arrival whose it will be. */
#ifndef QS_PREFETCH_H
#define QS_PREFETCH_H

#include "sched/qs_types.h"

/* Fetch what an arrival needs of a stream; id is below max_streams, in use or not. */
static inline void qs_sched_prefetch(const struct rte_qsock_sched *s, uint32_t id)
{
	__builtin_prefetch(&s->streams[id], 1);
}

#endif
