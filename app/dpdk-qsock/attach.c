/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach.h"
#include "cgroup.h"
#include "classed.h"
#include "foreign.h"
#include "held.h"

#define SWEEP_MS 200 /* a socket that begins to send in between goes unscheduled for so long */

struct dq_attach {
	struct dq_list list;
	struct rte_hash *held;	/* by cookie */
	struct dq_list classed; /* of struct dq_classed */
	int timer_fd;
};

static bool has_group(const struct dq_attached *a, uint64_t number)
{
	uint32_t low = 0, high = a->n_groups;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (a->groups[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < a->n_groups && a->groups[low] == number;
}

/* Who asked for a socket: by its descriptor first, by its cgroup else. */
static struct dq_attached *asked_for(const struct dq_attach *at, const struct dq_diag_socket *s)
{
	struct dq_attached *a, *group = NULL;

	DQ_FOREACH(a, &at->list)
	{
		if (!a->cgroup && a->cookie == s->cookie)
			return a;
		if (a->cgroup && group == NULL && has_group(a, s->cgroup))
			group = a;
	}
	return group;
}

static void on_socket(const struct dq_diag_socket *s, void *arg)
{
	struct dq_attach *at = arg;
	struct dq_held *h = dq_held_find(at->held, s->cookie);
	struct dq_attached *a;

	if (h != NULL) {
		dq_held_update(h, s);
		return;
	}
	a = asked_for(at, s);
	if (a == NULL)
		return;
	if (a->classed == NULL)
		dq_held_add(at->held, a, s);
	else
		a->sockets += a->cgroup; /* it has its class by itself */
}

static void groups_look(struct dq_attached *a)
{
	int n;

	free(a->groups);
	n = dq_cgroup_numbers(a->name, &a->groups);
	a->n_groups = n < 0 ? 0 : (uint32_t)n;
}

/* Look for sockets only while there is something to look for. */
static void timer_set(const struct dq_attach *at)
{
	const struct timespec period = {0, at->list.count > 0 ? SWEEP_MS * 1000000L : 0};
	const struct itimerspec spec = {period, period};

	timerfd_settime(at->timer_fd, 0, &spec, NULL);
}

static void attached_free(struct dq_attach *at, struct dq_attached *a)
{
	dq_held_remove_all(at->held, a);
	if (a->classed != NULL)
		dq_classed_free(&at->classed, a->classed);
	dq_list_del(&at->list, a);
	free(a->groups);
	free(a);
	timer_set(at);
}

/* Give what was asked for the class of its stream. */
static int classify(struct dq_attach *at, struct dq_attached *a, const struct dq_foreign *socket,
		    struct dq_error *e)
{
	const struct dq_port *port = a->stream->port;
	const uint32_t class = dq_classed_class(a->stream);

	a->classed = a->cgroup ? dq_classed_cgroup(&at->classed, port, class, a->name, e)
			       : dq_classed_socket(&at->classed, port, class, socket, e);
	a->sockets = a->classed != NULL && !a->cgroup;
	return a->classed != NULL ? 0 : -EINVAL;
}

/* A stream may have become best effort, or real time. */
static void class_follow(struct dq_attach *at, struct dq_attached *a)
{
	struct dq_foreign socket = {0};
	struct dq_error e;

	if (a->classed == NULL || a->classed->class == dq_classed_class(a->stream))
		return;
	if (!a->cgroup)
		socket = a->classed->sockets[0].at;
	dq_classed_free(&at->classed, a->classed);
	if (classify(at, a, &socket, &e) < 0)
		fprintf(stderr, "dpdk-qsock: %s is attached no longer: %s\n", a->name, e.text);
}

/* A socket that has ended takes its entry along. */
static void drop_ended(struct dq_attach *at)
{
	unsigned int i;

	for (i = at->list.count; i > 0; i--) {
		struct dq_attached *a = at->list.at[i - 1];
		const bool by_twin = a->stream->port->twin != NULL;

		class_follow(at, a);
		if ((!a->cgroup && a->sockets + a->ambiguous == 0) || (!by_twin && a->classed == NULL))
			attached_free(at, a);
	}
}

void dq_attach_sweep(struct dq_instance *in)
{
	struct dq_attach *at = in->attach;
	struct dq_attached *a;

	dq_held_unsee(at->held);
	dq_classed_follow(&at->classed);
	DQ_FOREACH(a, &at->list)
	{
		if (a->cgroup)
			groups_look(a);
		if (a->classed != NULL)
			a->sockets = !a->cgroup && dq_classed_holds(a->classed);
	}
	if (dq_diag_each(on_socket, at) < 0)
		return; /* nobody is gone because the kernel was busy */
	dq_held_remove_all(at->held, NULL);
	drop_ended(at);
}

static void on_timer(void *arg)
{
	struct dq_instance *in = arg;
	uint64_t times;

	if (read(in->attach->timer_fd, &times, sizeof(times)) == sizeof(times))
		dq_attach_sweep(in);
}

static const struct dq_attached *find(const struct dq_attach *at, const char *name)
{
	struct dq_attached *a;

	DQ_FOREACH(a, &at->list)
	{
		if (strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

static struct dq_attached *add(struct dq_attach *at, const char *name, struct dq_stream *s,
			       struct dq_error *e)
{
	struct dq_attached *a;

	if (find(at, name) != NULL) {
		dq_fail(e, EEXIST, DQ_NO_KEY, "'%s' is attached to stream '%s': detach it first", name,
			find(at, name)->stream->conf.name);
		return NULL;
	}
	if (s->port->twin == NULL && dq_classed_check(s->port, e) < 0)
		return NULL;
	a = calloc(1, sizeof(*a));
	if (a == NULL || dq_list_add(&at->list, a) < 0) {
		free(a);
		dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
		return NULL;
	}
	snprintf(a->name, sizeof(a->name), "%s", name);
	a->stream = s;
	timer_set(at);
	return a;
}

static const struct dq_attached *by_cookie(const struct dq_attach *at, uint64_t cookie)
{
	struct dq_attached *a;

	DQ_FOREACH(a, &at->list)
	{
		if (!a->cgroup && a->cookie == cookie)
			return a;
	}
	return NULL;
}

/* What the kernel sends of it the twin tells by its ends. */
static int by_ends(struct dq_instance *in, struct dq_attached *a, struct dq_error *e)
{
	struct dq_attach *at = in->attach;
	struct dq_held *h = dq_held_find(at->held, a->cookie);
	char word[DQ_ATTACHED_NAME];

	snprintf(word, sizeof(word), "%s", a->name);
	if (h != NULL)
		dq_held_remove(at->held, h);
	dq_attach_sweep(in);
	if (find(at, word) != NULL)
		return 0;
	return dq_fail(
		e, ENOTCONN, DQ_NO_KEY,
		"%s is not bound or connected yet, or only listens: there is nothing to tell its packets by",
		word);
}

int dq_attach_socket(struct dq_instance *in, const char *word, struct dq_stream *s, struct dq_error *e)
{
	struct dq_attach *at = in->attach;
	const struct dq_attached *other;
	struct dq_foreign socket;
	struct dq_attached *a;
	int rc;

	rc = dq_foreign_look(word, &socket, e);
	if (rc < 0)
		return rc;
	other = by_cookie(at, socket.cookie);
	if (other != NULL)
		return dq_fail(e, EEXIST, DQ_NO_KEY, "%s is attached already, as %s", word, other->name);
	a = add(at, word, s, e);
	if (a == NULL)
		return -EINVAL;
	a->cookie = socket.cookie;
	if (s->port->twin != NULL)
		return by_ends(in, a, e);
	rc = classify(at, a, &socket, e);
	if (rc < 0)
		attached_free(at, a);
	return rc;
}

int dq_attach_cgroup(struct dq_instance *in, const char *path, struct dq_stream *s, struct dq_error *e)
{
	char dir[DQ_ATTACHED_NAME];
	struct dq_attached *a;
	int rc = dq_cgroup_find(path, dir, sizeof(dir));

	if (rc < 0)
		return dq_fail(e, -rc, DQ_NO_KEY, "cgroup '%s': %s", path,
			       rc == -ENOTSUP ? "no cgroup2 file system is mounted" : strerror(-rc));
	a = add(in->attach, dir, s, e);
	if (a == NULL)
		return -EINVAL;
	a->cgroup = true;
	if (s->port->twin == NULL && classify(in->attach, a, NULL, e) < 0) {
		attached_free(in->attach, a);
		return -EINVAL;
	}
	dq_attach_sweep(in);
	return 0;
}

int dq_detach(struct dq_instance *in, const char *name, struct dq_error *e)
{
	const struct dq_attached *a = find(in->attach, name);
	char dir[DQ_ATTACHED_NAME];

	if (a == NULL && dq_cgroup_find(name, dir, sizeof(dir)) == 0)
		a = find(in->attach, dir);
	if (a == NULL)
		return dq_fail(e, ENOENT, DQ_NO_KEY, "'%s' is not attached: show attached lists what is",
			       name);
	attached_free(in->attach, (struct dq_attached *)(uintptr_t)a);
	return 0;
}

const struct dq_attached *dq_attached_to(const struct dq_instance *in, const struct dq_stream *s)
{
	struct dq_attached *a;

	if (in->attach == NULL)
		return NULL;
	DQ_FOREACH(a, &in->attach->list)
	{
		if (a->stream == s)
			return a;
	}
	return NULL;
}

const struct dq_list *dq_attached_list(const struct dq_instance *in)
{
	return &in->attach->list;
}

int dq_attach_start(struct dq_instance *in, struct dq_loop *loop, struct dq_error *e)
{
	struct dq_attach *at = calloc(1, sizeof(*at));

	if (at == NULL)
		return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory");
	in->attach = at;
	if (dq_classed_recover() < 0)
		fprintf(stderr,
			"dpdk-qsock: not every socket of an earlier run could be given back what it had\n");
	at->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	at->held = dq_held_create();
	if (at->timer_fd >= 0 && at->held != NULL) {
		dq_loop_watch(loop, at->timer_fd, on_timer, in);
		return 0;
	}
	dq_attach_stop(in);
	return dq_fail(e, ENOMEM, DQ_NO_KEY, "no memory for attached sockets");
}

void dq_attach_stop(struct dq_instance *in)
{
	struct dq_attach *at = in->attach;

	if (at == NULL)
		return;
	while (at->list.count > 0)
		attached_free(at, at->list.at[at->list.count - 1]);
	free(at->list.at);
	free(at->classed.at);
	rte_hash_free(at->held);
	if (at->timer_fd >= 0)
		close(at->timer_fd);
	free(at);
	in->attach = NULL;
}
