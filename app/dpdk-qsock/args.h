/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The command line: what is EAL's, and what stands after "--".
 */
#ifndef DQ_ARGS_H
#define DQ_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What to do before anything else. */
enum dq_args_action {
	DQ_ARGS_RUN,
	DQ_ARGS_HELP,
	DQ_ARGS_VERSION,
	DQ_ARGS_BAD,
};

struct dq_args {
	int eal_argc; /* argv[0 .. eal_argc - 1] is EAL's */
	const char *config;
	const char *cmdline_file;
	uint64_t stats_period_ns; /* 0: only at the end */
	uint64_t duration_ns;	  /* 0: until told */
	bool interactive;
	bool no_rx;
};

#define DQ_PERIOD_MIN_NS UINT64_C(100000000)
#define DQ_PERIOD_MAX_NS UINT64_C(86400000000000)

/** Read the command line. @param why one line if the answer is DQ_ARGS_BAD */
enum dq_args_action dq_args_parse(int argc, char **argv, struct dq_args *args, char *why, size_t why_len);

/** Read a period as people write it: a bare number is seconds, as in testpmd. @return as qs_time_parse() */
int dq_period_parse(const char *text, uint64_t *ns, char *why, size_t why_len);

void dq_args_help(FILE *out);

#endif
