/* SPDX-License-Identifier: BSD-3-Clause */
#include "obs/qs_telemetry.h"

void qs_telemetry_register(void)
{
}
