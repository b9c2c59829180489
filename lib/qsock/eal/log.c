/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"

RTE_LOG_REGISTER(qs_logtype, lib.qsock, NOTICE)

#define QS_LINE_MAX 256
#define QS_STRUCT_MAX 4096 /* bytes of a structure with its size; beyond it is a mistake */

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

/* The size that a caller has set. @return false: it cannot be */
static bool qs_size_read(size_t *size, const void *from)
{
	memcpy(size, from, sizeof(*size));
	return *size >= sizeof(*size) && *size <= QS_STRUCT_MAX;
}

static int qs_size_refuse(const char *what, size_t size, size_t known)
{
	return qs_fail(EINVAL, "%s: size %zu; set it to sizeof the structure (%zu)", what, size, known);
}

int qs_conf_take(void *into, size_t into_size, const void *from, const char *what)
{
	size_t size, i;

	if (from == NULL)
		return qs_fail(EINVAL, "%s: no configuration given", what);
	if (!qs_size_read(&size, from))
		return qs_size_refuse(what, size, into_size);
	for (i = into_size; i < size; i++)
		if (((const char *)from)[i] != 0)
			return qs_fail(EINVAL,
				       "%s: size %zu, and byte %zu is set; this library knows %zu bytes",
				       what, size, i, into_size);
	memset(into, 0, into_size);
	memcpy(into, from, size < into_size ? size : into_size);
	return 0;
}

int qs_info_give(void *into, const void *info, size_t info_size, const char *what)
{
	size_t size, filled;

	if (into == NULL)
		return qs_fail(EINVAL, "%s: no info given", what);
	if (!qs_size_read(&size, into))
		return qs_size_refuse(what, size, info_size);
	filled = size < info_size ? size : info_size;
	memset(into, 0, size);
	memcpy(into, info, filled);
	memcpy(into, &filled, sizeof(filled));
	return 0;
}
