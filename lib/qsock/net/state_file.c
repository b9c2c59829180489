/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_state_file.h"

#define ASIDE ".failed"
#define UNFINISHED ".new"

void qs_state_path(char path[PATH_MAX], const char *kind, const char *ifname)
{
	struct stat st = {0};

	/* Namespaces can share /run, and have interfaces of the same name. */
	if (stat("/proc/thread-self/ns/net", &st) < 0)
		st.st_ino = 0;
	snprintf(path, PATH_MAX, "%s/%s-%llu-%s", QS_STATE_DIR, kind, (unsigned long long)st.st_ino, ifname);
}

static void directory_sync(void)
{
	int fd = open(QS_STATE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int qs_state_save(const char *path, bool (*write)(FILE *f, const void *arg), const void *arg)
{
	char temporary[PATH_MAX + sizeof(UNFINISHED)];
	FILE *f;
	bool ok;

	mkdir(QS_STATE_DIR, 0755); /* it may be there */
	snprintf(temporary, sizeof(temporary), "%s" UNFINISHED, path);
	f = fopen(temporary, "we");
	if (f == NULL)
		return qs_fail(EIO, "%s: %s", temporary, strerror(errno));
	ok = write(f, arg) && fflush(f) == 0 && fsync(fileno(f)) == 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(temporary, path) < 0) {
		qs_fail(EIO, "%s: %s", temporary, strerror(errno));
		unlink(temporary);
		return -1;
	}
	directory_sync();
	return 0;
}

static int lines_read(const char *path, FILE *f, int (*read)(const char *line, void *arg), void *arg)
{
	char *line = malloc(QS_STATE_LINE_MAX);
	int ret = 0;

	if (line == NULL)
		return qs_fail(ENOMEM, "%s: no memory for a line", path);
	rte_errno = EINVAL;
	while (ret == 0)
		ret = fgets(line, QS_STATE_LINE_MAX, f) ? read(line, arg) : -1;
	free(line);
	if (ret == 1)
		return 0;
	return rte_errno == ENOMEM ? -1 : qs_fail(EINVAL, "%s: not a file of ours, or cut short", path);
}

/* A file that cannot be read now is not one that is of no use: only of the latter EINVAL is said. */
int qs_state_load(const char *path, int (*read)(const char *line, void *arg), void *arg)
{
	FILE *f = fopen(path, "re");
	int ret, error = errno;

	if (f == NULL && error == ENOENT) {
		rte_errno = ENOENT;
		return -1;
	}
	if (f == NULL)
		return qs_fail(EIO, "%s: %s", path, strerror(error));
	ret = lines_read(path, f, read, arg);
	fclose(f);
	return ret;
}

void qs_state_put_aside(const char *path)
{
	char aside[PATH_MAX + NAME_MAX + sizeof(ASIDE)];
	int bytes = snprintf(aside, sizeof(aside), "%s" ASIDE, path);

	if (bytes > 0 && (size_t)bytes < sizeof(aside) && rename(path, aside) == 0)
		QS_LOG(ERR, "%s: could not be applied, it is %s now\n", path, aside);
	else
		unlink(path);
}

static bool ends_with(const char *text, const char *end)
{
	size_t bytes = strlen(text), n = strlen(end);

	return bytes > n && strcmp(text + bytes - n, end) == 0;
}

int qs_state_foreach(const char *kind, int (*fn)(const char *path))
{
	char prefix[PATH_MAX], path[PATH_MAX + NAME_MAX];
	const char *name;
	DIR *dir = opendir(QS_STATE_DIR);
	struct dirent *entry;
	int done = 0, failed = 0;

	if (dir == NULL)
		return 0;
	qs_state_path(prefix, kind, "");
	name = strrchr(prefix, '/') + 1;
	while ((entry = readdir(dir)) != NULL) {
		int ret;

		if (strncmp(entry->d_name, name, strlen(name)) != 0 || ends_with(entry->d_name, UNFINISHED) ||
		    ends_with(entry->d_name, ASIDE))
			continue;
		snprintf(path, sizeof(path), "%s/%s", QS_STATE_DIR, entry->d_name);
		ret = fn(path);
		done += ret > 0;
		failed += ret < 0;
	}
	closedir(dir);
	return failed ? qs_fail(EIO, "%s: %d files under %s could not be used", kind, failed, QS_STATE_DIR)
		      : done;
}

bool qs_state_message_write(FILE *f, const char *word, const struct nlmsghdr *nlh)
{
	fprintf(f, "%s ", word);
	for (uint32_t i = 0; i < nlh->nlmsg_len; i++)
		fprintf(f, "%02x", ((const unsigned char *)nlh)[i]);
	return fputc('\n', f) != EOF;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct nlmsghdr *qs_state_message_read(const char *digits)
{
	size_t bytes = strcspn(digits, "\n") / 2;
	unsigned char *buf = calloc(1, bytes + sizeof(struct nlmsghdr));

	if (buf == NULL)
		return qs_fail_null(ENOMEM, "no memory for a message of %zu bytes", bytes);
	for (size_t i = 0; i < bytes; i++) {
		int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			bytes = 0;
		else
			buf[i] = (unsigned char)(high << 4 | low);
	}
	if (nlmsg_ok((struct nlmsghdr *)buf, (int)bytes))
		return (struct nlmsghdr *)buf;
	free(buf);
	rte_errno = EINVAL;
	return NULL;
}
