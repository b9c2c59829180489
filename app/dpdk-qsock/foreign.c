/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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

static int fetch(const char *word, pid_t pid, int fd, int *sock, struct dq_error *e)
{
	int pidfd = pidfd_open_(pid), error;

	if (pidfd < 0)
		return dq_fail(e, errno, DQ_NO_KEY, "%s: process %d: %s", word, (int)pid, strerror(errno));
	*sock = pidfd_getfd_(pidfd, fd);
	error = errno;
	close(pidfd);
	if (*sock >= 0)
		return 0;
	return dq_fail(e, error, DQ_NO_KEY, "%s: descriptor %d: %s", word, fd, strerror(error));
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

int dq_foreign_look(const char *word, uint64_t *cookie, struct dq_error *e)
{
	int fd = -1, sock = -1, rc;
	pid_t pid = 0;

	rc = parse(word, &pid, &fd, e);
	if (rc == 0)
		rc = fetch(word, pid, fd, &sock, e);
	if (rc < 0)
		return rc;
	rc = check(word, sock, e);
	*cookie = option64(sock, SO_COOKIE);
	/* As long as we had it, it would not end with its process. */
	close(sock);
	return rc;
}
