/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a descriptor with a stream. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_drain.h"
#include "bsd/qs_fdtable.h"
#include "bsd/qs_process.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "eal/qs_log.h"
#include "net/qs_sock_lock.h"
#include "twin/qs_twin.h"

#define CHUNK 64u
#define CHUNKS 16384u /* a million sockets */

/* Sockets in chunks that are never freed. */
static struct {
	pthread_mutex_t lock;
	struct qs_bsd_sock *chunk[CHUNKS];
	uint32_t used; /* ever */
	TAILQ_HEAD(, qs_bsd_sock) idle;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .idle = TAILQ_HEAD_INITIALIZER(pool.idle)};

static struct qs_bsd_sock *sock_at(uint32_t n)
{
	return &pool.chunk[n / CHUNK][n % CHUNK];
}

static struct qs_bsd_sock *sock_make(void)
{
	struct qs_bsd_sock *s;
	uint32_t n = pool.used;

	if (n / CHUNK == CHUNKS)
		return NULL;
	if (n % CHUNK == 0) {
		pool.chunk[n / CHUNK] = aligned_alloc(RTE_CACHE_LINE_SIZE, CHUNK * sizeof(*s));
		if (pool.chunk[n / CHUNK] == NULL)
			return NULL;
		memset(pool.chunk[n / CHUNK], 0, CHUNK * sizeof(*s));
	}
	s = sock_at(n);
	s->base.ops = &qs_sock_ops;
	pthread_mutex_init(&s->control, NULL);
	__atomic_store_n(&pool.used, n + 1, __ATOMIC_RELEASE);
	return s;
}

static struct qs_bsd_sock *sock_take(void)
{
	struct qs_bsd_sock *s;

	pthread_mutex_lock(&pool.lock);
	s = TAILQ_FIRST(&pool.idle);
	if (s != NULL)
		TAILQ_REMOVE(&pool.idle, s, next);
	else
		s = sock_make();
	pthread_mutex_unlock(&pool.lock);
	return s;
}

static void sock_give(struct qs_bsd_sock *s)
{
	pthread_mutex_lock(&pool.lock);
	TAILQ_INSERT_HEAD(&pool.idle, s, next);
	pthread_mutex_unlock(&pool.lock);
}

static int native_open(struct qs_bsd_sock *s, struct qs_dev *dev, const struct qs_attr *attr,
		       struct rte_qsock **qs)
{
	struct rte_qsock_conf conf = {
		.size = sizeof(conf),
		.stream = attr->stream,
		.linger_ns = attr->linger_ns != 0 ? attr->linger_ns : dev->linger_ns,
	};

	*qs = rte_qsock_open(dev->port, &conf);
	if (*qs == NULL)
		return rte_errno == EEXIST ? -ENOMEM : -rte_errno;
	return 0;
}

/* Everything but qs and fd, by which senders know it. Nobody uses it yet but those who are late for its last
 * use. */
static int sock_fill(struct qs_bsd_sock *s, int fd, struct qs_dev *dev, const struct qs_attr *attr)
{
	int ret = qs_kind_read(fd, &s->kind);

	if (ret < 0)
		return ret;
	s->dev = dev;
	s->tcp = s->kind.tcp;
	s->fixed = attr->fixed;
	s->attr = *attr;
	s->options_seq++;
	s->stale = true;
	s->checked_by = NULL;
	s->corked = false;
	s->multicasts = 0;
	s->kernel_path = 0;
	s->room_fd = -1;
	memset(&s->options, 0, sizeof(s->options));
	memset(&s->flow_local, 0, sizeof(s->flow_local));
	memset(&s->flow_peer, 0, sizeof(s->flow_peer));
	s->flow_known = s->flow_dual = false;
	return 0;
}

static int sock_begin(struct qs_bsd_sock *s, int fd, struct qs_dev *dev, const struct qs_attr *attr)
{
	struct rte_qsock *qs;
	int ret = sock_fill(s, fd, dev, attr);

	if (ret < 0)
		return ret;
	ret = native_open(s, dev, attr, &qs);
	if (ret < 0)
		return ret;
	ret = qs_fd_set(fd, &s->base);
	if (ret < 0) {
		rte_qsock_close(qs);
		return ret == -EEXIST ? -EISCONN : ret;
	}
	qs_sock_lock(qs);
	s->fd = fd;
	__atomic_store_n(&s->qs, qs, __ATOMIC_RELEASE);
	qs_sock_unlock(qs);
	return 0;
}

/* The first look at a socket that is attached. Where the descriptor was closed meanwhile, the look may have
 * detached it already: that happens once. */
static int sock_look(struct qs_bsd_sock *s)
{
	int ret;

	qs_options_dscp_set(s->fd, &s->kind, &s->attr);
	ret = qs_sock_refresh(s);
	if (ret < 0 && s->qs != NULL)
		qs_sock_detach(s);
	return ret == -EOPNOTSUPP ? -EBADF : ret; /* the number stands for something else by now */
}

/* A number that the caller closed and got again: what is left of its last use goes first. */
int qs_sock_stale(int fd)
{
	struct qs_bsd_sock *s = qs_sock_get(fd);
	int ret = 0;

	if (s == NULL)
		return 0;
	pthread_mutex_lock(&s->control);
	if (s->qs != NULL && s->fd == fd) {
		ret = -EISCONN;
		if (qs_kind_check(fd, &s->kind) < 0) {
			qs_sock_detach(s);
			ret = 0;
		}
	}
	qs_sock_release(s);
	return ret;
}

int qs_sock_attach(int fd, struct qs_dev *dev, const struct qs_attr *attr)
{
	struct qs_bsd_sock *s;
	int ret;

	s = sock_take();
	if (s == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&s->control);
	ret = sock_begin(s, fd, dev, attr);
	if (ret < 0)
		sock_give(s);
	else
		ret = sock_look(s);
	pthread_mutex_unlock(&s->control);
	return ret;
}

void qs_sock_detach(struct qs_bsd_sock *s)
{
	struct rte_qsock *qs = s->qs;
	struct qs_dev *dev = s->dev;

	qs_fd_clear(s->fd, &s->base);
	qs_sock_lock(qs);
	__atomic_store_n(&s->qs, NULL, __ATOMIC_RELEASE);
	s->fd = -1;
	qs_sock_unlock(qs);
	qs_room_forget(s);
	qs_room_wake(s);
	qs_sock_flow_remove(s);
	qs_drain_close(dev, qs);
	sock_give(s);
}

int qs_sock_why_none(int fd)
{
	struct qs_kind kind;
	int ret;

	if (qs_process_forked())
		return -EPERM;
	ret = qs_kind_read(fd, &kind);
	return ret == -EBADF || ret == -ENOTSOCK ? ret : -EOPNOTSUPP;
}

struct qs_bsd_sock *qs_sock_hold(int fd, int *error)
{
	struct qs_bsd_sock *s;

	if (qs_process_forked()) {
		*error = -EPERM;
		return NULL;
	}
	while ((s = qs_sock_get(fd)) != NULL) {
		pthread_mutex_lock(&s->control);
		if (s->qs != NULL && s->fd == fd)
			return s;
		pthread_mutex_unlock(&s->control);
	}
	*error = qs_sock_why_none(fd);
	return NULL;
}

void qs_sock_release(struct qs_bsd_sock *s)
{
	pthread_mutex_unlock(&s->control);
}

static void options_commit(struct qs_bsd_sock *s, const struct qs_options *options, uint64_t tsc)
{
	bool changed = memcmp(options, &s->options, sizeof(*options)) != 0;

	qs_sock_lock(s->qs);
	if (changed)
		s->options_seq++;
	s->checked_tsc = tsc;
	s->checked_by = qs_process_thread();
	s->stale = false;
	qs_sock_unlock(s->qs);
	if (changed) {
		s->options = *options;
		qs_sock_flow_update(s);
	}
}

int qs_sock_refresh(struct qs_bsd_sock *s)
{
	uint64_t tsc = rte_rdtsc();
	struct qs_options options;
	int ret = qs_kind_check(s->fd, &s->kind);

	if (ret < 0) {
		qs_sock_detach(s);
		return ret == -EBADF ? ret : -EOPNOTSUPP;
	}
	ret = qs_options_read(s->fd, &s->kind, s->multicasts, &options);
	if (ret == 0)
		options_commit(s, &options, tsc);
	return ret;
}

void qs_sock_foreach(void (*fn)(struct qs_bsd_sock *s, void *arg), void *arg)
{
	uint32_t n = __atomic_load_n(&pool.used, __ATOMIC_ACQUIRE), i;

	for (i = 0; i < n; i++) {
		struct qs_bsd_sock *s = sock_at(i);

		if (__atomic_load_n(&s->qs, __ATOMIC_RELAXED) == NULL ||
		    pthread_mutex_trylock(&s->control) != 0)
			continue;
		if (s->qs != NULL)
			fn(s, arg);
		pthread_mutex_unlock(&s->control);
	}
}

void qs_sock_detach_all(const struct qs_dev *dev)
{
	uint32_t n = __atomic_load_n(&pool.used, __ATOMIC_ACQUIRE), i;

	for (i = 0; i < n; i++) {
		struct qs_bsd_sock *s = sock_at(i);

		pthread_mutex_lock(&s->control);
		if (s->qs != NULL && (dev == NULL || s->dev == dev))
			qs_sock_detach(s);
		pthread_mutex_unlock(&s->control);
	}
}
