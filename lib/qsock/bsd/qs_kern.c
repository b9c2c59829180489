/* SPDX-License-Identifier: BSD-3-Clause */
/* The q-calls on sockets above the kernel's stack, but those that send. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bsd/qs_calls.h"
#include "bsd/qs_kern.h"
#include "bsd/qs_patience.h"
#include "bsd/qs_process.h"
#include "bsd/qs_qinfo.h"
#include "bsd/qs_sock.h"
#include "eal/qs_log.h"

static struct {
	pthread_mutex_t lock;
	SLIST_HEAD(, qs_ksock) all; /* pushed to, never taken from */
	TAILQ_HEAD(, qs_ksock) idle;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .idle = TAILQ_HEAD_INITIALIZER(pool.idle)};

static struct qs_ksock *ksock_make(void)
{
	struct qs_ksock *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->base.ops = &qs_ksock_ops;
	k->fd = k->room_fd = -1;
	pthread_mutex_init(&k->control, NULL);
	pthread_mutex_init(&k->room, NULL);
	k->all_next.sle_next = pool.all.slh_first;
	__atomic_store_n(&pool.all.slh_first, k, __ATOMIC_RELEASE);
	return k;
}

static struct qs_ksock *ksock_take(void)
{
	struct qs_ksock *k;

	pthread_mutex_lock(&pool.lock);
	k = TAILQ_FIRST(&pool.idle);
	if (k != NULL)
		TAILQ_REMOVE(&pool.idle, k, idle_next);
	else
		k = ksock_make();
	pthread_mutex_unlock(&pool.lock);
	return k;
}

static void ksock_give(struct qs_ksock *k)
{
	pthread_mutex_lock(&pool.lock);
	TAILQ_INSERT_HEAD(&pool.idle, k, idle_next);
	pthread_mutex_unlock(&pool.lock);
}

/* ------------------------------------------------------------------ room */

void qs_ksock_room_set(struct qs_ksock *k, bool room)
{
	uint64_t count = 1;
	ssize_t ret = 0;

	pthread_mutex_lock(&k->room);
	if (k->room_fd >= 0)
		ret = room ? write(k->room_fd, &count, sizeof(count))
			   : read(k->room_fd, &count, sizeof(count));
	pthread_mutex_unlock(&k->room);
	(void)ret; /* it is as it should be already */
}

/* By the port's thread. */
static void on_room(void *arg)
{
	struct qs_ksock *k = arg;

	__atomic_fetch_add(&k->room_seq, 1, __ATOMIC_SEQ_CST);
	qs_patience_wake(&k->room_seq);
	if (__atomic_load_n(&k->room_fd, __ATOMIC_RELAXED) >= 0)
		qs_ksock_room_set(k, true);
}

static void room_forget(struct qs_ksock *k)
{
	pthread_mutex_lock(&k->room);
	if (k->room_fd >= 0)
		close(k->room_fd);
	__atomic_store_n(&k->room_fd, -1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&k->room);
	__atomic_fetch_add(&k->room_seq, 1, __ATOMIC_SEQ_CST);
	qs_patience_wake(&k->room_seq);
}

/* ------------------------------------------------------------------ life */

/* What was looked at of the socket. */
static void known_forget(struct qs_ksock *k)
{
	k->connected = k->peer_ipv6 = k->bound = false;
	k->peer_len = 0;
}

static int ksock_begin(struct qs_ksock *k, int fd, struct qs_dev *dev, const struct qs_attr *attr)
{
	int ret = qs_kind_read(fd, &k->kind);

	if (ret < 0)
		return ret;
	if (attr->vlan) {
		QS_LOG(ERR, "device %s: vlan_pcp, vlan_id: the kernel tags its frames itself here\n",
		       dev->name);
		return -EINVAL;
	}
	k->dev = dev;
	k->attr = *attr;
	/* A connection's bytes stay in order, whatever their deadlines. */
	k->attr.stream.in_order |= k->kind.tcp;
	known_forget(k);
	ret = qs_kstream_open(dev->kport, fd, k->kind.tcp, &k->attr.stream, on_room, k, &k->stream);
	if (ret < 0)
		return ret;
	ret = qs_fd_set(fd, &k->base);
	if (ret < 0) {
		qs_kstream_close(k->stream, 0);
		k->stream = NULL;
		return ret == -EEXIST ? -EISCONN : ret;
	}
	k->fd = fd;
	qs_options_dscp_set(fd, &k->kind, attr);
	return 0;
}

int qs_ksock_attach(int fd, struct qs_dev *dev, const struct qs_attr *attr)
{
	struct qs_ksock *k = ksock_take();
	int ret;

	if (k == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&k->control);
	ret = ksock_begin(k, fd, dev, attr);
	pthread_mutex_unlock(&k->control);
	if (ret < 0)
		ksock_give(k);
	return ret;
}

void qs_ksock_detach(struct qs_ksock *k)
{
	uint64_t linger_ns = k->attr.linger_ns != 0 ? k->attr.linger_ns : k->dev->linger_ns;

	qs_fd_clear(k->fd, &k->base);
	k->fd = -1;
	qs_kstream_close(k->stream, linger_ns);
	k->stream = NULL;
	qs_parts_end(&k->parts);
	room_forget(k);
	ksock_give(k);
}

static struct qs_ksock *ksock_get(int fd)
{
	struct qs_fd *s = qs_fd_get(fd);

	return s != NULL && s->ops == &qs_ksock_ops ? (struct qs_ksock *)s : NULL;
}

struct qs_ksock *qs_ksock_hold(int fd, int *error)
{
	struct qs_ksock *k;

	if (qs_process_forked()) {
		*error = -EPERM;
		return NULL;
	}
	while ((k = ksock_get(fd)) != NULL) {
		pthread_mutex_lock(&k->control);
		if (k->stream != NULL && k->fd == fd)
			return k;
		pthread_mutex_unlock(&k->control);
	}
	*error = qs_sock_why_none(fd);
	return NULL;
}

void qs_ksock_release(struct qs_ksock *k)
{
	pthread_mutex_unlock(&k->control);
}

void qs_ksock_sweep(const struct qs_dev *all_of)
{
	struct qs_ksock *k = __atomic_load_n(&pool.all.slh_first, __ATOMIC_ACQUIRE);

	for (; k != NULL; k = k->all_next.sle_next) {
		/* One that is busy is looked at the next time. */
		if (all_of != NULL)
			pthread_mutex_lock(&k->control);
		else if (pthread_mutex_trylock(&k->control) != 0)
			continue;
		if (k->stream != NULL &&
		    (all_of != NULL ? k->dev == all_of : qs_kind_check(k->fd, &k->kind) < 0))
			qs_ksock_detach(k);
		pthread_mutex_unlock(&k->control);
	}
}

/* ------------------------------------------------------------------ calls */

int qs_ksock_check(struct qs_ksock *k)
{
	int ret = qs_kind_check(k->fd, &k->kind);

	if (ret == 0)
		return 0;
	qs_ksock_detach(k);
	qs_ksock_release(k);
	return ret == -ENOTSOCK ? -EOPNOTSUPP : ret;
}

/* Hold a descriptor that still is what it was. */
static struct qs_ksock *checked_hold(int fd, int *error)
{
	struct qs_ksock *k = qs_ksock_hold(fd, error);

	if (k != NULL)
		*error = qs_ksock_check(k);
	return k != NULL && *error == 0 ? k : NULL;
}

static int ksock_change(int fd, struct qos_params *params)
{
	struct qs_attr attr;
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return ret;
	ret = qs_change_read(k->dev, params, &attr);
	if (ret == 0 && attr.vlan)
		ret = -EINVAL;
	attr.stream.in_order |= k->kind.tcp;
	if (ret == 0)
		ret = qs_kstream_change(k->stream, &attr.stream);
	if (ret == 0) {
		k->attr = attr;
		known_forget(k);
		qs_options_dscp_set(fd, &k->kind, &attr);
	}
	qs_ksock_release(k);
	return ret;
}

static int ksock_info(int fd, struct q_info *info)
{
	struct rte_qsock_info native;
	struct qs_kstream_more more;
	struct q_info all = {0};
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return ret;
	if (!qs_qinfo_takes(info)) {
		qs_ksock_release(k);
		return -EINVAL;
	}
	qs_kstream_info(k->stream, &native, &more);
	qs_qinfo_scheduler(&native, k->dev, &all);
	all.queue_room = qs_kstream_room(k->stream);
	all.held_bytes = more.held_bytes;
	all.met -= more.txtime_drop;
	all.missed += more.txtime_drop;
	all.txtime_drop = more.txtime_drop;
	all.port_txtime_drop = more.port_txtime_drop;
	all.port_txtime_unreported = more.port_txtime_unreported;
	all.attr = k->attr.as_given;
	qs_qinfo_kernel(fd, k->kind.tcp, &all);
	qs_ksock_release(k);
	return qs_qinfo_give(info, &all);
}

static int ksock_close(int fd)
{
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return ret;
	qs_ksock_detach(k);
	qs_ksock_release(k);
	return close(fd) < 0 ? -errno : 0;
}

static int ksock_pollfd(int fd)
{
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return ret;
	if (k->kind.tcp) {
		ret = -EOPNOTSUPP;
	} else if (k->room_fd < 0) {
		ret = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
		if (ret >= 0)
			__atomic_store_n(&k->room_fd, ret, __ATOMIC_RELAXED);
		else
			ret = -errno;
	} else {
		ret = k->room_fd;
	}
	qs_ksock_release(k);
	return ret;
}

static int ksock_refresh(int fd)
{
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return ret;
	known_forget(k);
	qs_ksock_release(k);
	return 0;
}

static int ksock_stale(int fd)
{
	struct qs_ksock *k;
	int ret;

	k = checked_hold(fd, &ret);
	if (k == NULL)
		return 0;
	qs_ksock_release(k);
	return -EISCONN;
}

const struct qs_fd_ops qs_ksock_ops = {
	.send = qs_ksock_send,
	.change = ksock_change,
	.info = ksock_info,
	.close = ksock_close,
	.pollfd = ksock_pollfd,
	.refresh = ksock_refresh,
	.stale = ksock_stale,
};
