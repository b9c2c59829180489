/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What each driver guarantees.
 */
#ifndef DQ_GUARANTEES_H
#define DQ_GUARANTEES_H

#include "check.h"

struct check_guarantee {
	const char *key;  /* in JSON */
	const char *name; /* for people */
	const char *by[CHECK_DRIVERS];
};

/** All of them; the last has no key. */
extern const struct check_guarantee check_guarantees[];

const char *check_driver_name(enum check_driver driver);

#endif
