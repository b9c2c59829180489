/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/qs_sysfs.h"

const char *qs_sysfs_root(void)
{
	/* A program with privileges of its own listens to nobody. */
	const char *root = secure_getenv("QSOCK_SYSFS");

	return root != NULL ? root : "";
}

static int read_path(const char *root, char *buf, size_t len, const char *fmt, va_list args)
{
	char path[PATH_MAX];
	size_t used = (size_t)snprintf(path, sizeof(path), "%s", root);
	ssize_t n, got = 0;
	int fd;

	buf[0] = '\0';
	if (used >= sizeof(path) ||
	    (size_t)vsnprintf(path + used, sizeof(path) - used, fmt, args) >= sizeof(path) - used)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((size_t)got + 1 < len && (n = read(fd, buf + got, len - 1 - (size_t)got)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			close(fd);
			buf[0] = '\0';
			return (int)n;
		}
		got += n;
	}
	close(fd);
	if (got > 0 && buf[got - 1] == '\n')
		got--;
	buf[got] = '\0';
	return (int)got;
}

int qs_sysfs_read(const char *root, char *buf, size_t len, const char *fmt, ...)
{
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = read_path(root, buf, len, fmt, args);
	va_end(args);
	return ret;
}

int qs_sysfs_number(const char *root, long long *value, const char *fmt, ...)
{
	char text[64], *end;
	va_list args;
	long long n;
	int ret;

	va_start(args, fmt);
	ret = read_path(root, text, sizeof(text), fmt, args);
	va_end(args);
	if (ret < 0)
		return ret;
	errno = 0;
	n = strtoll(text, &end, 0);
	if (end == text || *end != '\0' || errno != 0)
		return -EINVAL;
	*value = n;
	return 0;
}

/* One number of a list; where it ends is set. */
static long list_number(const char **text)
{
	char *end;
	long n = strtol(*text, &end, 10);

	if (end == *text || **text < '0' || **text > '9' || n >= CPU_SETSIZE)
		return -1;
	*text = end;
	return n;
}

int qs_sysfs_list(const char *text, cpu_set_t *set)
{
	long first, last;

	CPU_ZERO(set);
	while (*text != '\0') {
		first = last = list_number(&text);
		if (first >= 0 && *text == '-') {
			text++;
			last = list_number(&text);
		}
		if (first < 0 || last < first)
			return -EINVAL;
		for (; first <= last; first++)
			CPU_SET((size_t)first, set);
		if (*text == ',' && text[1] != '\0')
			text++;
		else if (*text != '\0')
			return -EINVAL;
	}
	return CPU_COUNT(set);
}
