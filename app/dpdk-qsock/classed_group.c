/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sockets of a cgroup's processes. Those that are made in it are born with the class; those that are
 * there when it is attached get it; and from then on it is looked who has moved in or out. A priority that a
 * program has set meanwhile is its own, and stays.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "born.h"
#include "capture.h"
#include "cgroup.h"
#include "classed.h"

struct group {
	const struct dq_list *all;
	struct dq_classed *c;
	void (*fn)(const struct dq_foreign *at, int sock, void *group);
	uint64_t *kept; /* cookies of what others of it have as well */
	uint32_t n_kept;
	int rc;
};

static void each_process(pid_t pid, void *arg)
{
	struct group *g = arg;
	int rc = dq_foreign_each(pid, g->fn, g);

	if (rc < 0)
		g->rc = rc;
}

static int each_socket(struct group *g, void (*fn)(const struct dq_foreign *at, int sock, void *group))
{
	int rc;

	g->fn = fn;
	rc = dq_cgroup_processes(g->c->cgroup, each_process, g);
	return rc < 0 ? rc : g->rc;
}

/* A socket that has its priority by its descriptor, too; NULL: it has not. */
static struct dq_classed *held_by_descriptor(const struct dq_list *all, uint64_t cookie)
{
	struct dq_classed *c;

	DQ_FOREACH(c, all)
	{
		if (c->cgroup[0] == '\0' && c->classify == NULL && c->n_sockets != 0 &&
		    c->sockets[0].at.cookie == cookie)
			return c;
	}
	return NULL;
}

/* Processes share sockets. */
static const struct dq_classed_socket *noted(const struct dq_classed *c, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < c->n_sockets; i++)
		if (c->sockets[i].at.cookie == cookie)
			return &c->sockets[i];
	return NULL;
}

static void note_former(const struct dq_foreign *at, int sock, void *arg)
{
	struct group *g = arg;
	const uint32_t former = dq_priority_of(sock);
	struct dq_classed_socket *s;

	if (former == 0 || former == g->c->class || held_by_descriptor(g->all, at->cookie) != NULL ||
	    noted(g->c, at->cookie) != NULL)
		return;
	s = dq_classed_more(g->c);
	if (s != NULL)
		*s = (struct dq_classed_socket){.at = *at, .former = former};
	else
		g->rc = -ENOMEM;
}

static void enter_group(const struct dq_foreign *at, int sock, void *arg)
{
	struct group *g = arg;
	struct dq_classed *own = held_by_descriptor(g->all, at->cookie);
	int rc;

	if (own == NULL) {
		rc = dq_priority_set(sock, g->c->class);
		g->rc = rc < 0 ? rc : g->rc;
		return;
	}
	own->sockets[0].former = g->c->class;
	dq_classed_save(own);
}

static void leave_to(struct group *g, const struct dq_foreign *at, int sock, uint32_t former)
{
	struct dq_classed *own = held_by_descriptor(g->all, at->cookie);

	if (own == NULL && dq_priority_of(sock) == g->c->class)
		g->rc = dq_priority_set(sock, former) < 0 ? -EPERM : g->rc;
	if (own == NULL || own->sockets[0].former != g->c->class)
		return;
	own->sockets[0].former = former;
	dq_classed_save(own);
}

/* What they had before comes back by the notes. */
static void leave_group(const struct dq_foreign *at, int sock, void *arg)
{
	leave_to(arg, at, sock, 0);
}

int dq_classed_group_leave(const struct dq_list *all, struct dq_classed *c)
{
	struct group g = {.all = all, .c = c};

	return each_socket(&g, leave_group);
}

/* ------------------------------------------------------------------ who is in it */

static int pid_compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

static pid_t *pid_find(const struct dq_pids *p, pid_t pid)
{
	return p->n != 0 ? bsearch(&pid, p->at, p->n, sizeof(pid), pid_compare) : NULL;
}

static void pid_add(pid_t pid, void *arg)
{
	struct group *g = arg;
	struct dq_pids *now = &g->c->now;
	pid_t *more = now->n % 64 == 0 ? reallocarray(now->at, now->n + 64, sizeof(*more)) : now->at;

	if (more == NULL) {
		g->rc = -ENOMEM;
		return;
	}
	now->at = more;
	now->at[now->n++] = pid;
}

/* Nobody is in one that has gone. @return false: nothing is known */
static bool now_read(struct dq_classed *c)
{
	struct group g = {.c = c};

	c->now.n = 0;
	if (dq_cgroup_processes(c->cgroup, pid_add, &g) < 0 || g.rc < 0)
		return false;
	qsort(c->now.at, c->now.n, sizeof(c->now.at[0]), pid_compare);
	return true;
}

static void now_keep(struct dq_classed *c)
{
	struct dq_pids before = c->members;

	c->members = c->now;
	c->now = before;
}

int dq_classed_group_enter(struct dq_list *all, struct dq_classed *c, struct dq_error *e)
{
	struct group g = {.all = all, .c = c};
	int rc = each_socket(&g, note_former);

	if (rc == 0 && !now_read(c))
		rc = -ENOMEM;
	if (rc < 0) /* nothing has changed */
		return dq_fail(e, -rc, DQ_NO_KEY, "cgroup '%s': %s", c->cgroup, dq_foreign_strerror(-rc));
	now_keep(c);
	/* Those that are made while we look have it, too. */
	c->born_fd = dq_born_attach(c->cgroup, c->class);
	if (c->born_fd < 0)
		return dq_fail(e, -c->born_fd, DQ_NO_KEY,
			       "cgroup '%s': the program that gives new sockets their class: %s", c->cgroup,
			       strerror(-c->born_fd));
	rc = each_socket(&g, note_former);
	if (rc == 0) {
		dq_capture_begin();
		rc = dq_classed_file(c) < 0 ? -rte_errno : 0;
		dq_capture_end();
	}
	if (rc == 0)
		rc = each_socket(&g, enter_group);
	if (rc < 0)
		return dq_fail(e, -rc, DQ_NO_KEY, "cgroup '%s': %s", c->cgroup, dq_foreign_strerror(-rc));
	return 0;
}

/* ------------------------------------------------------------------ who has moved */

static void keep(const struct dq_foreign *at, int sock, void *arg)
{
	struct group *g = arg;
	uint64_t *more = reallocarray(g->kept, g->n_kept + 1, sizeof(*more));

	if (more == NULL) {
		g->rc = -ENOMEM;
		return;
	}
	g->kept = more;
	g->kept[g->n_kept++] = at->cookie;
}

static void move_out(const struct dq_foreign *at, int sock, void *arg)
{
	struct group *g = arg;
	const struct dq_classed_socket *note = noted(g->c, at->cookie);
	uint32_t i;

	for (i = 0; i < g->n_kept; i++)
		if (g->kept[i] == at->cookie)
			return;
	leave_to(g, at, sock, note != NULL ? note->former : 0);
}

/* The class of one that was attached before. */
static bool is_of_before(const struct group *g, uint32_t priority)
{
	const struct dq_classed *c;

	DQ_FOREACH(c, g->all)
	{
		if (c == g->c)
			return false;
		if (c->cgroup[0] != '\0' && c->class == priority)
			return true;
	}
	return false;
}

/* What has another priority than it came with was born here, or that is its program's own business. */
static void move_in(const struct dq_foreign *at, int sock, void *arg)
{
	struct group *g = arg;
	const struct dq_classed *own = held_by_descriptor(g->all, at->cookie);
	const struct dq_classed_socket *note = noted(g->c, at->cookie);
	const uint32_t priority = own != NULL ? own->sockets[0].former : dq_priority_of(sock);

	if (priority == (note != NULL ? note->former : 0) || is_of_before(g, priority))
		enter_group(at, sock, g);
}

/* For others that it is in still it is new. */
static void others_forget(const struct dq_list *all, const struct dq_classed *than, pid_t pid)
{
	struct dq_classed *c;

	DQ_FOREACH(c, all)
	{
		pid_t *at = c == than ? NULL : pid_find(&c->members, pid);

		if (at != NULL && pid_find(&c->now, pid) != NULL)
			memmove(at, at + 1, (size_t)(c->members.at + --c->members.n - at) * sizeof(*at));
	}
}

static void let_out(struct dq_list *all, struct dq_classed *c)
{
	struct group g = {.all = all, .c = c};
	uint32_t i;

	for (i = 0; i < c->members.n; i++) {
		const pid_t pid = c->members.at[i];

		if (pid_find(&c->now, pid) != NULL || (kill(pid, 0) < 0 && errno == ESRCH))
			continue;
		if (g.n_kept == 0)
			each_socket(&g, keep);
		g.fn = move_out;
		each_process(pid, &g);
		others_forget(all, c, pid);
	}
	free(g.kept);
}

static void let_in(struct dq_list *all, struct dq_classed *c)
{
	struct group g = {.all = all, .c = c, .fn = move_in};
	uint32_t i;

	for (i = 0; i < c->now.n; i++)
		if (pid_find(&c->members, c->now.at[i]) == NULL)
			each_process(c->now.at[i], &g);
}

/* Out of one before into another: in between there is no priority. And of those within another the last one
 * first: it has noted the class of those before. */
void dq_classed_follow(struct dq_list *all)
{
	struct dq_classed *c;
	unsigned int i;

	DQ_FOREACH(c, all)
	{
		if (c->cgroup[0] != '\0' && !now_read(c))
			c->now.n = c->members.n = 0;
	}
	for (i = all->count; i > 0; i--)
		let_out(all, all->at[i - 1]);
	DQ_FOREACH(c, all)
	{
		let_in(all, c);
		now_keep(c);
	}
}
