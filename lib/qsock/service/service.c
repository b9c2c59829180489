/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_common.h>

#include "eal/qs_compat.h"
#include "eal/qs_log.h"
#include "service/qs_service.h"

#define NS_PER_S UINT64_C(1000000000)
#define NAME_MAX_BYTES 16
#define KICK 0 /* the eventfd's place among the descriptors */

struct hook {
	qs_service_hook_fn fn;
	void *arg;
	uint64_t next_ns;
};

struct watch {
	qs_service_fd_fn fn;
	void *arg;
};

/* A function that another thread wants to have run here. */
struct request {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool done;
	struct request *next;
};

struct qs_service {
	pthread_t thread;
	char name[NAME_MAX_BYTES];
	atomic_bool woken; /* the eventfd was written and not yet read */
	atomic_bool stop;

	/* Written by the thread only. ppoll() takes the array as it is: a few descriptors need no epoll. */
	struct hook hooks[QS_SERVICE_HOOKS_MAX];
	struct pollfd fds[QS_SERVICE_FDS_MAX + 1];
	struct watch watches[QS_SERVICE_FDS_MAX + 1];
	uint32_t n_hooks, n_fds;
	bool changed; /* an array was changed by what it called */

	pthread_mutex_t lock; /* of the requests */
	pthread_cond_t done;
	struct request *requests, **last;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void kick_read(void *arg)
{
	struct qs_service *svc = arg;
	uint64_t count;

	/* Read first: a write that comes between is left for the next round, and its flag with it. What was
	 * asked for before the flag is cleared is looked at after. */
	if (read(svc->fds[KICK].fd, &count, sizeof(count)) < 0)
		return;
	atomic_exchange(&svc->woken, false);
	for (uint32_t i = 0; i < svc->n_hooks; i++)
		svc->hooks[i].next_ns = 0;
}

static void requests_run(struct qs_service *svc)
{
	struct request *req, *next;

	pthread_mutex_lock(&svc->lock);
	req = svc->requests;
	svc->requests = NULL;
	svc->last = &svc->requests;
	pthread_mutex_unlock(&svc->lock);
	for (; req != NULL; req = next) {
		int ret = req->fn(req->arg);

		pthread_mutex_lock(&svc->lock);
		next = req->next; /* the request is its caller's again once it is done */
		req->ret = ret;
		req->done = true;
		pthread_cond_broadcast(&svc->done);
		pthread_mutex_unlock(&svc->lock);
	}
}

/* Call what is due. @return when the next is */
static uint64_t hooks_run(struct qs_service *svc)
{
	uint64_t next = QS_SERVICE_NEVER, now = now_ns();

	svc->changed = false;
	for (uint32_t i = 0; i < svc->n_hooks; i++) {
		struct hook *hook = &svc->hooks[i];

		if (hook->next_ns <= now) {
			uint64_t then = hook->fn(hook->arg, now);

			if (svc->changed) /* it added or removed some: look again */
				return 0;
			hook->next_ns = RTE_MIN(then, now + QS_SERVICE_SWEEP_NS);
		}
		next = RTE_MIN(next, hook->next_ns);
	}
	return next;
}

static void fds_run(struct qs_service *svc)
{
	svc->changed = false;
	for (uint32_t i = 0; i < svc->n_fds && !svc->changed; i++)
		if (svc->fds[i].revents != 0) {
			svc->fds[i].revents = 0;
			svc->watches[i].fn(svc->watches[i].arg);
		}
}

static void *service_main(void *arg)
{
	struct qs_service *svc = arg;

	prctl(PR_SET_TIMERSLACK, 1UL); /* the default of 50 us would double the shortest polls */
	while (!atomic_load(&svc->stop)) {
		uint64_t next = hooks_run(svc), now = now_ns(), wait = next > now ? next - now : 0;
		struct timespec ts = {(time_t)(wait / NS_PER_S), (long)(wait % NS_PER_S)};

		if (ppoll(svc->fds, svc->n_fds, next == QS_SERVICE_NEVER ? NULL : &ts, NULL) > 0)
			fds_run(svc);
		requests_run(svc);
	}
	return NULL;
}

struct qs_service *qs_service_create(const char *name)
{
	struct qs_service *svc;
	int ret;

	if (name == NULL || name[0] == '\0' || strlen(name) >= NAME_MAX_BYTES)
		return qs_fail_null(EINVAL, "service: name '%s', allowed are 1 .. %d bytes",
				    name ? name : "(none)", NAME_MAX_BYTES - 1);
	svc = calloc(1, sizeof(*svc));
	if (svc == NULL)
		return qs_fail_null(ENOMEM, "service %s: no memory", name);
	strcpy(svc->name, name);
	svc->last = &svc->requests;
	pthread_mutex_init(&svc->lock, NULL);
	pthread_cond_init(&svc->done, NULL);
	svc->fds[KICK] = (struct pollfd){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .events = POLLIN};
	svc->watches[KICK] = (struct watch){kick_read, svc};
	svc->n_fds = 1;
	ret = svc->fds[KICK].fd < 0 ? errno : qs_thread_create(&svc->thread, svc->name, service_main, svc);
	if (ret != 0) {
		if (svc->fds[KICK].fd >= 0)
			close(svc->fds[KICK].fd);
		free(svc);
		return qs_fail_null(EAGAIN, "service %s: no thread: %s", name, strerror(ret));
	}
	return svc;
}

void qs_service_free(struct qs_service *svc)
{
	if (svc == NULL)
		return;
	atomic_store(&svc->stop, true);
	atomic_store(&svc->woken, false);
	qs_service_wake(svc);
	pthread_join(svc->thread, NULL);
	close(svc->fds[KICK].fd);
	pthread_cond_destroy(&svc->done);
	pthread_mutex_destroy(&svc->lock);
	free(svc);
}

void qs_service_wake(struct qs_service *svc)
{
	uint64_t one = 1;

	if (!atomic_exchange(&svc->woken, true) && write(svc->fds[KICK].fd, &one, sizeof(one)) < 0)
		atomic_store(&svc->woken, false);
}

int qs_service_call(struct qs_service *svc, int (*fn)(void *arg), void *arg)
{
	struct request req = {.fn = fn, .arg = arg};

	if (pthread_equal(pthread_self(), svc->thread))
		return fn(arg);
	pthread_mutex_lock(&svc->lock);
	*svc->last = &req;
	svc->last = &req.next;
	pthread_mutex_unlock(&svc->lock);
	qs_service_wake(svc);
	pthread_mutex_lock(&svc->lock);
	while (!req.done)
		pthread_cond_wait(&svc->done, &svc->lock);
	pthread_mutex_unlock(&svc->lock);
	return req.ret;
}

/* What the four calls below hand over; errors come back as negative errno values. */
struct change {
	struct qs_service *svc;
	qs_service_hook_fn hook;
	qs_service_fd_fn watch;
	void *arg;
	int fd;
};

static int hook_find(const struct change *c)
{
	for (uint32_t i = 0; i < c->svc->n_hooks; i++)
		if (c->svc->hooks[i].fn == c->hook && c->svc->hooks[i].arg == c->arg)
			return (int)i;
	return -1;
}

static int fd_find(const struct change *c)
{
	for (uint32_t i = KICK + 1; i < c->svc->n_fds; i++)
		if (c->svc->fds[i].fd == c->fd)
			return (int)i;
	return -1;
}

static int do_hook_add(void *arg)
{
	struct change *c = arg;

	if (hook_find(c) >= 0)
		return -EEXIST;
	if (c->svc->n_hooks == QS_SERVICE_HOOKS_MAX)
		return -ENOSPC;
	c->svc->hooks[c->svc->n_hooks++] = (struct hook){c->hook, c->arg, 0};
	c->svc->changed = true;
	return 0;
}

static int do_hook_del(void *arg)
{
	struct change *c = arg;
	int i = hook_find(c);

	if (i < 0)
		return -ENOENT;
	c->svc->hooks[i] = c->svc->hooks[--c->svc->n_hooks];
	c->svc->changed = true;
	return 0;
}

static int do_fd_add(void *arg)
{
	struct change *c = arg;

	if (fd_find(c) >= 0)
		return -EEXIST;
	if (c->svc->n_fds == QS_SERVICE_FDS_MAX + 1)
		return -ENOSPC;
	c->svc->fds[c->svc->n_fds] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	c->svc->watches[c->svc->n_fds++] = (struct watch){c->watch, c->arg};
	c->svc->changed = true;
	return 0;
}

static int do_fd_del(void *arg)
{
	struct change *c = arg;
	int i = fd_find(c);

	if (i < 0)
		return -ENOENT;
	c->svc->n_fds--;
	c->svc->fds[i] = c->svc->fds[c->svc->n_fds];
	c->svc->watches[i] = c->svc->watches[c->svc->n_fds];
	c->svc->changed = true;
	return 0;
}

static int change_call(struct change *c, bool valid, int (*fn)(void *arg), const char *what)
{
	int ret = valid && c->svc != NULL ? qs_service_call(c->svc, fn, c) : -EINVAL;

	return ret == 0 ? 0 : qs_fail(-ret, "service: %s: %s", what, strerror(-ret));
}

int qs_service_hook_add(struct qs_service *svc, qs_service_hook_fn fn, void *arg)
{
	struct change c = {.svc = svc, .hook = fn, .arg = arg};

	return change_call(&c, fn != NULL, do_hook_add, "hook not added");
}

int qs_service_hook_del(struct qs_service *svc, qs_service_hook_fn fn, void *arg)
{
	struct change c = {.svc = svc, .hook = fn, .arg = arg};

	return change_call(&c, fn != NULL, do_hook_del, "hook not removed");
}

int qs_service_fd_add(struct qs_service *svc, int fd, qs_service_fd_fn fn, void *arg)
{
	struct change c = {.svc = svc, .fd = fd, .watch = fn, .arg = arg};

	return change_call(&c, fd >= 0 && fn != NULL, do_fd_add, "descriptor not added");
}

int qs_service_fd_del(struct qs_service *svc, int fd)
{
	struct change c = {.svc = svc, .fd = fd};

	return change_call(&c, fd >= 0, do_fd_del, "descriptor not removed");
}
