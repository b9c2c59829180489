/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The library explains an error in its log. What it says while the calling thread captures becomes
 * part of our one line instead of a line of its own.
 */
#ifndef DQ_CAPTURE_H
#define DQ_CAPTURE_H

/** Have DPDK's log come through here, to standard error. Once, before EAL. */
int dq_capture_init(void);

/** From here to dq_capture_end() the library's messages of this thread are kept, not shown. */
void dq_capture_begin(void);
void dq_capture_end(void);

/** The first that was kept, else what rte_errno says. */
const char *dq_captured(void);

#endif
