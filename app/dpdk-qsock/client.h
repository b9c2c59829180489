/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * `dpdk-qsock ctl COMMAND ...`, `dpdk-qsock attach ...` and `dpdk-qsock detach ...`: one command of the
 * shell, run by a dpdk-qsock that runs already. Needs no EAL.
 */
#ifndef DQ_CLIENT_H
#define DQ_CLIENT_H

#include <stdbool.h>

/** Whether argv begins so. */
bool dq_client_asked(int argc, char **argv);

/** Have it run. @return the exit status: 0 done, 1 failed, 2 usage */
int dq_client_run(int argc, char **argv);

#endif
