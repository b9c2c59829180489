/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The subcommand: dpdk-qsock check.
 */
#ifndef DQ_CHECK_COMMAND_H
#define DQ_CHECK_COMMAND_H

#define CHECK_EXIT_DEGRADED 7

/**
 * Look at the machine and print what was found.
 * @param argv from the word "check" on
 * @return exit status: 0; 1 it could not be written; 2 usage; 7 degraded
 */
int check_command(int argc, char **argv);

#endif
