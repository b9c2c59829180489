/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What went wrong, in one line, and which key is to blame: whoever was asked by a file adds
 * FILE:LINE, whoever was asked by a person adds the command.
 */
#ifndef DQ_ERROR_H
#define DQ_ERROR_H

#include <qs_config.h>

#define DQ_NO_KEY QS_CONFIG_KEYS_MAX /* the section as a whole is to blame */

struct dq_error {
	unsigned int key; /* of the section's table, or DQ_NO_KEY */
	char text[QS_CONFIG_WHY];
};

/** Write the line. @return -err, for `return dq_fail(...)`. */
__attribute__((format(printf, 4, 5))) int dq_fail(struct dq_error *e, int err, unsigned int key,
						  const char *fmt, ...);

#endif
