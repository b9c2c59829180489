/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_fraction.h"

#define ONE (UINT64_C(1) << 63)
#define OF(y) ((y) == 0 ? 0 : (ONE - 1) / ((y) + ((y) == 0)) + 1)
#define OF4(y) OF(y), OF((y) + 1), OF((y) + 2), OF((y) + 3)
#define OF16(y) OF4(y), OF4((y) + 4), OF4((y) + 8), OF4((y) + 12)
#define OF64(y) OF16(y), OF16((y) + 16), OF16((y) + 32), OF16((y) + 48)

const uint64_t qs_fraction_reciprocals[QS_FRACTION_TABLE] = {OF64(0u), OF64(64u), OF64(128u), OF64(192u)};
