/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "eal/qs_fork.h"
#include "bsd/qs_owner.h"
#include "eal/qs_log.h"

#define LOCK_DIR "/run/qsock"

bool qs_owner_privileged(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &header, data) < 0)
		return geteuid() == 0;
	return (data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN)) != 0;
}

static void lock_path(const char *dev, bool interface, char *path, size_t len)
{
	struct stat netns;

	if (interface && stat("/proc/thread-self/ns/net", &netns) == 0)
		snprintf(path, len, LOCK_DIR "/%s@%lu.lock", dev, (unsigned long)netns.st_ino);
	else
		snprintf(path, len, LOCK_DIR "/%s.lock", dev);
}

/* The file says who holds it, for the message only: the lock is what counts. */
static void holder_write(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) < 0)
		QS_LOG(DEBUG, "no pid in the lock file: %s\n", strerror(errno));
}

static int holder_read(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 0;
}

/* Whether the file that is locked is the one that others find: its last owner removed it before it let go. */
static bool is_at(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* @return the lock file, locked if *locked; -1: errno */
static int open_locked(const char *path, bool *locked)
{
	int fd;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return -1;
		*locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
		if (!*locked || is_at(fd, path))
			return fd;
		close(fd);
	}
}

int qs_owner_take(const char *dev, bool interface)
{
	char path[256];
	bool locked;
	int fd, error;

	lock_path(dev, interface, path, sizeof(path));
	if (mkdir(LOCK_DIR, 0755) < 0 && errno != EEXIST) {
		QS_LOG(ERR, "%s: %s\n", LOCK_DIR, strerror(errno));
		return -EIO;
	}
	fd = open_locked(path, &locked);
	if (fd < 0) {
		QS_LOG(ERR, "%s: %s\n", path, strerror(errno));
		return -EIO;
	}
	if (locked) {
		holder_write(fd);
		qs_fork_close(fd);
		return fd;
	}
	error = errno == EWOULDBLOCK ? -EBUSY : -EIO;
	QS_LOG(ERR, "device %s: process %d owns it (%s)\n", dev, holder_read(fd), path);
	close(fd);
	return error;
}

/* The thread may be in another network namespace now: the kernel knows the file's name. */
static void remove_file(int fd)
{
	char link[32], path[256];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	if (is_at(fd, path))
		unlink(path);
}

void qs_owner_release(int fd)
{
	if (fd < 0)
		return;
	remove_file(fd); /* while it is locked: nobody else's has this name */
	qs_fork_forget(fd);
	close(fd);
}
