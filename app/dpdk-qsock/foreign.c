/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <util/qs_units.h>

#include "foreign.h"

#ifndef SO_NETNS_COOKIE /* Linux 5.14 */
#define SO_NETNS_COOKIE 71
#endif

/* Not in glibc 2.36. */
static int pidfd_open_(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int pidfd_getfd_(int pidfd, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

static int parse(const char *word, pid_t *pid, int *fd, struct dq_error *e)
{
	const char *colon = strchr(word, ':');
	uint64_t p, f;
	char left[24];

	if (colon == NULL || (size_t)(colon - word) >= sizeof(left))
		return dq_fail(e, EINVAL, DQ_NO_KEY, "'%s': PID:FD is a process and one of its descriptors",
			       word);
	snprintf(left, sizeof(left), "%.*s", (int)(colon - word), word);
	if (qs_uint_parse(left, 1, INT32_MAX, &p, NULL, 0) < 0 ||
	    qs_uint_parse(colon + 1, 0, INT32_MAX, &f, NULL, 0) < 0)
		return dq_fail(e, EINVAL, DQ_NO_KEY, "'%s': PID:FD is a process and one of its descriptors",
			       word);
	*pid = (pid_t)p;
	*fd = (int)f;
	return 0;
}

/* @return a descriptor of our own; negative errno */
static int fetch(pid_t pid, int fd)
{
	int pidfd = pidfd_open_(pid), sock;

	if (pidfd < 0)
		return -errno;
	sock = pidfd_getfd_(pidfd, fd);
	if (sock < 0)
		sock = -errno;
	close(pidfd);
	return sock;
}

static int option(int sock, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(sock, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static uint64_t option64(int sock, int name)
{
	uint64_t value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(sock, SOL_SOCKET, name, &value, &len) == 0 ? value : 0;
}

/* A kernel that does not tell namespaces apart leaves it to the caller that the socket is then not found. */
static bool elsewhere(int sock)
{
	int own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool other = own >= 0 && option64(own, SO_NETNS_COOKIE) != option64(sock, SO_NETNS_COOKIE);

	if (own >= 0)
		close(own);
	return other;
}

static int check(const char *word, int sock, struct dq_error *e)
{
	int domain = option(sock, SO_DOMAIN), protocol = option(sock, SO_PROTOCOL);

	if (domain < 0)
		return dq_fail(e, EINVAL, DQ_NO_KEY, "%s is not a socket", word);
	if ((domain != AF_INET && domain != AF_INET6) || (protocol != IPPROTO_UDP && protocol != IPPROTO_TCP))
		return dq_fail(e, EINVAL, DQ_NO_KEY, "%s is not a UDP or TCP socket (domain %d, protocol %d)",
			       word, domain, protocol);
	if (elsewhere(sock))
		return dq_fail(
			e, EINVAL, DQ_NO_KEY,
			"%s is a socket of another network namespace: what it sends does not come here",
			word);
	return 0;
}

static void identify(struct dq_foreign *f, int sock)
{
	struct stat st = {0};

	fstat(sock, &st);
	f->inode = st.st_ino;
	f->cookie = option64(sock, SO_COOKIE);
}

const char *dq_foreign_strerror(int error)
{
	switch (error) {
	case ENOSYS:
		return "Function not implemented: the kernel has no pidfd_getfd (Linux 5.6)";
	case EPERM:
		return "Operation not permitted: it takes the right to trace its process (CAP_SYS_PTRACE)";
	default:
		return strerror(error);
	}
}

int dq_foreign_look(const char *word, struct dq_foreign *f, struct dq_error *e)
{
	int rc = parse(word, &f->pid, &f->fd, e), sock;

	if (rc < 0)
		return rc;
	sock = fetch(f->pid, f->fd);
	if (sock == -ESRCH)
		return dq_fail(e, ESRCH, DQ_NO_KEY, "%s: process %d: %s", word, (int)f->pid, strerror(ESRCH));
	if (sock < 0)
		return dq_fail(e, -sock, DQ_NO_KEY, "%s: descriptor %d: %s", word, f->fd,
			       dq_foreign_strerror(-sock));
	rc = check(word, sock, e);
	identify(f, sock);
	close(sock);
	return rc;
}

/* ------------------------------------------------------------------ by what it is */

/* The socket that a descriptor is, by its inode; 0: none. */
static uint64_t inode_of(pid_t pid, int fd)
{
	char path[64], text[64];
	unsigned long long inode = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

/* Call fn for each entry of a directory that is a number, until it returns other than 0. */
static int each_number(const char *path, int (*fn)(int number, void *arg), void *arg)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL)
		return errno == EACCES ? -EPERM : 0;
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			rc = fn(atoi(entry->d_name), arg);
	closedir(dir);
	return rc;
}

struct search {
	struct dq_foreign *f;
	pid_t pid;
};

static int try_fd(int fd, void *arg)
{
	struct search *s = arg;

	if (inode_of(s->pid, fd) != s->f->inode)
		return 0;
	s->f->pid = s->pid;
	s->f->fd = fd;
	return 1;
}

static int try_process(int pid, void *arg)
{
	struct search *s = arg;
	char path[32];

	s->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	/* Who may not be looked at has none that we could have seen. */
	return each_number(path, try_fd, s) == 1;
}

bool dq_foreign_lives(struct dq_foreign *f)
{
	struct search s = {.f = f};

	/* Where it was; else elsewhere in its process; else in one that has inherited it. */
	return inode_of(f->pid, f->fd) == f->inode || try_process(f->pid, &s) == 1 ||
	       each_number("/proc", try_process, &s) == 1;
}

int dq_foreign_take(struct dq_foreign *f)
{
	int sock;

	if (!dq_foreign_lives(f))
		return -ESRCH;
	sock = fetch(f->pid, f->fd);
	if (sock < 0)
		return sock == -EPERM ? -EPERM : -ESRCH;
	if (option64(sock, SO_COOKIE) == f->cookie)
		return sock;
	close(sock);
	return -ESRCH;
}

struct visit {
	pid_t pid;
	void (*fn)(const struct dq_foreign *f, int sock, void *arg);
	void *arg;
};

static int visit_fd(int fd, void *arg)
{
	const struct visit *v = arg;
	struct dq_foreign f = {.pid = v->pid, .fd = fd};
	struct dq_error ignored;
	int sock;

	if (inode_of(v->pid, fd) == 0)
		return 0;
	sock = fetch(v->pid, fd);
	if (sock < 0) /* else it has gone meanwhile */
		return sock == -EPERM || sock == -ENOSYS ? sock : 0;
	if (check("", sock, &ignored) == 0) {
		identify(&f, sock);
		v->fn(&f, sock, v->arg);
	}
	close(sock);
	return 0;
}

int dq_foreign_each(pid_t pid, void (*fn)(const struct dq_foreign *f, int sock, void *arg), void *arg)
{
	struct visit v = {.pid = pid, .fn = fn, .arg = arg};
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return each_number(path, visit_fd, &v);
}
