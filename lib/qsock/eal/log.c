/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"

RTE_LOG_REGISTER(qs_logtype, lib.qsock, NOTICE)

#define QS_LINE_MAX 256

static void qs_log_error(const char *format, va_list args)
{
	char line[QS_LINE_MAX];

	vsnprintf(line, sizeof(line), format, args);
	QS_LOG(ERR, "%s\n", line);
}

int qs_fail(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	qs_log_error(format, args);
	va_end(args);
	rte_errno = error;
	return -1;
}

void *qs_fail_null(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	qs_log_error(format, args);
	va_end(args);
	rte_errno = error;
	return NULL;
}

int qs_conf_take(void *into, size_t into_size, const void *from, const char *what)
{
	size_t size, i;

	if (from == NULL)
		return qs_fail(EINVAL, "%s: no configuration given", what);
	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size) || size > 4096)
		return qs_fail(EINVAL, "%s: size %zu; set it to sizeof the structure (%zu)", what, size,
			       into_size);
	for (i = into_size; i < size; i++)
		if (((const char *)from)[i] != 0)
			return qs_fail(EINVAL,
				       "%s: size %zu, and byte %zu is set; this library knows %zu bytes",
				       what, size, i, into_size);
	memset(into, 0, into_size);
	memcpy(into, from, size < into_size ? size : into_size);
	return 0;
}
