/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Numbers as people write them: times, rates, and plain integers.
 *
 * Everything is exact: 1.5ms is 1500000 ns, 0.3ns is an error, never rounded.
 * No sign, no exponent, no space between number and suffix. All functions are [any].
 */
#ifndef QS_UNITS_H
#define QS_UNITS_H

#include <stddef.h>
#include <stdint.h>

/** Room for anything that a print function here writes. */
#define QS_UNITS_TEXT 32

/**
 * Read a time: a number with ns, us, ms or s in either case; a bare number is ns.
 *
 * @param why buffer for one line that names the value and what is allowed; may be NULL
 * @return 0; -EINVAL not a time; -ERANGE outside min_ns .. max_ns. *ns is set on success only.
 */
int qs_time_parse(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ns, char *why,
		  size_t why_len);

/**
 * Read a rate with the suffixes of tc, in either case as there: bit kbit mbit gbit tbit (powers of 1000),
 * kibit mibit gibit tibit (of 1024), bps kbps ... tibps (bytes/s); a bare number is bit/s.
 *
 * @return as qs_time_parse()
 */
int qs_rate_parse(const char *text, uint64_t min_bps, uint64_t max_bps, uint64_t *rate_bps, char *why,
		  size_t why_len);

/** Read a decimal integer. @return as qs_time_parse() */
int qs_uint_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value, char *why, size_t why_len);

/** Write a time so that qs_time_parse() reads the same: in the largest unit that needs no fraction. */
void qs_time_print(char *buf, size_t len, uint64_t ns);

/** Write a rate so that qs_rate_parse() reads the same. */
void qs_rate_print(char *buf, size_t len, uint64_t rate_bps);

/** Write a time for people: four significant digits, cut, such as 12.34us. Not exact. */
void qs_time_print_short(char *buf, size_t len, uint64_t ns);

/** The same for a rate, such as 83.58mbit. */
void qs_rate_print_short(char *buf, size_t len, uint64_t rate_bps);

#endif
