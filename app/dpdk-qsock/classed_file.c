/* SPDX-License-Identifier: BSD-3-Clause */
/* The file of what is in a class: its head, `class HEX`, `cgroup DIR`, `socket PID FD INODE COOKIE FORMER`
 * for each, `end`. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "classed.h"

#define KIND "class" /* of its files */

int dq_classed_file(struct dq_classed *c)
{
	static unsigned int number; /* an interface has as many as there are attached */
	char name[64];

	snprintf(name, sizeof(name), "%s.%d.%u", c->head.ifname, (int)getpid(), number++);
	qs_state_path(c->path, KIND, name);
	return dq_classed_save(c);
}

static bool lines_write(FILE *f, const void *arg)
{
	const struct dq_classed *c = arg;
	bool ok = qs_state_head_write(f, &c->head) && fprintf(f, "class %x\n", c->class) > 0;

	if (ok && c->cgroup[0] != '\0')
		ok = fprintf(f, "cgroup %s\n", c->cgroup) > 0;
	for (uint32_t i = 0; ok && i < c->n_sockets; i++) {
		const struct dq_classed_socket *s = &c->sockets[i];

		ok = fprintf(f, "socket %d %d %" PRIu64 " %" PRIu64 " %x\n", (int)s->at.pid, s->at.fd,
			     s->at.inode, s->at.cookie, s->former) > 0;
	}
	return ok && fputs("end\n", f) >= 0;
}

int dq_classed_save(const struct dq_classed *c)
{
	return qs_state_save(c->path, lines_write, c);
}

struct dq_classed_socket *dq_classed_more(struct dq_classed *c)
{
	struct dq_classed_socket *more = reallocarray(c->sockets, c->n_sockets + 1, sizeof(*more));

	if (more == NULL)
		return NULL;
	c->sockets = more;
	return &more[c->n_sockets++];
}

static int socket_read(struct dq_classed *c, const char *line)
{
	struct dq_classed_socket s = {0}, *at;
	int pid;

	if (sscanf(line, "socket %d %d %" SCNu64 " %" SCNu64 " %x", &pid, &s.at.fd, &s.at.inode, &s.at.cookie,
		   &s.former) != 5) {
		rte_errno = EINVAL;
		return -1;
	}
	s.at.pid = pid;
	at = dq_classed_more(c);
	if (at == NULL) {
		rte_errno = ENOMEM;
		return -1;
	}
	*at = s;
	return 0;
}

static int line_read(const char *line, void *arg)
{
	struct dq_classed *c = arg;

	if (strncmp(line, "socket ", 7) == 0)
		return socket_read(c, line);
	if (strncmp(line, "cgroup ", 7) == 0) {
		snprintf(c->cgroup, sizeof(c->cgroup), "%.*s", (int)strcspn(line + 7, "\n"), line + 7);
		return 0;
	}
	if (sscanf(line, "class %x", &c->class) == 1 || qs_state_head_read(&c->head, line))
		return 0;
	if (strcmp(line, "end\n") == 0 && c->class != 0)
		return 1;
	rte_errno = EINVAL;
	return -1;
}

struct dq_classed *dq_classed_load(const char *path)
{
	struct dq_classed *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	c->born_fd = -1;
	snprintf(c->path, sizeof(c->path), "%s", path);
	if (qs_state_load(path, line_read, c) == 0)
		return c;
	free(c->sockets);
	free(c);
	return NULL;
}

int dq_classed_files(int (*fn)(const char *path))
{
	return qs_state_foreach(KIND, fn);
}
