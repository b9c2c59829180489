/* SPDX-License-Identifier: BSD-3-Clause */
/* A timer in 64 bits. */
#ifndef QS_TIMER_H
#define QS_TIMER_H

#include "qs_types.h"

/* The low bits of its time, which suffice to tell it from where it stands, and the id. */
#define QS_TIMER_BITS 40u
#define QS_TIMER_TIME ((UINT64_C(1) << QS_TIMER_BITS) - 1)

_Static_assert(RTE_QSOCK_STREAMS_MAX <= UINT32_C(1) << (64 - QS_TIMER_BITS), "an id has room");

static inline uint64_t qs_timer_of(uint64_t time_ns, uint32_t id)
{
	return (time_ns & QS_TIMER_TIME) | (uint64_t)id << QS_TIMER_BITS;
}

static inline uint32_t qs_timer_id(uint64_t timer)
{
	return (uint32_t)(timer >> QS_TIMER_BITS);
}

#endif
