/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What dpdk-telemetry.py can ask: /qsock/ports and more.
 */
#ifndef QS_TELEMETRY_H
#define QS_TELEMETRY_H

/** Make the commands known, once a process. [ctl] */
void qs_telemetry_register(void);

#endif
