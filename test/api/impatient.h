/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tests of a TX core that never answers do not wait for as long as its users do.
 */
#ifndef IMPATIENT_H
#define IMPATIENT_H

#include <stdbool.h>

#include "core/qs_ctl.h"

/** From now on control calls give up soon; or not. */
static inline void impatient(bool on)
{
	qs_ctl_timeout_ns = on ? UINT64_C(100000000) : QS_CTL_TIMEOUT_NS;
}

#endif
