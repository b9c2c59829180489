/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "error.h"

int dq_fail(struct dq_error *e, int err, unsigned int key, const char *fmt, ...)
{
	va_list args;

	e->key = key;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	return -err;
}
