/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TX core's ledger of stalls, written down while it grows: one line every 100 ms, so that a
 * reader can tell which second of a run was disturbed. Not of this program's, but of the
 * machine's doing: another process took the core.
 */
#ifndef QSOCK_DEMO_LEDGER_H
#define QSOCK_DEMO_LEDGER_H

void ledger_start(const char *dev, const char *path);
void ledger_stop(void);

#endif
