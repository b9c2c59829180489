/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of qsocket.h that make, change and close sockets. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "bsd/qs_calls.h"
#include "bsd/qs_dev.h"
#include "bsd/qs_fdtable.h"
#include "bsd/qs_process.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "eal/qs_log.h"
#include "net/qs_sock_lock.h"
#include "qsocket.h"

#define WHY_MAX 256

static int result(int ret)
{
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

/* A descriptor without a stream is refused by those. */
static const struct qs_fd_ops *ops_of(int fd)
{
	const struct qs_fd *s = qs_fd_get(fd);

	return s != NULL ? s->ops : &qs_sock_ops;
}

/* The device and attributes that params name; the device's lock is held. */
static int params_read(const struct qos_params *params, struct qs_dev **dev, struct qs_attr *attr)
{
	char name[IFNAMSIZ + 1], discipline[IFNAMSIZ + 1], why[WHY_MAX] = "";
	int ret;

	if (qs_name_read(name, params->dev, IFNAMSIZ) < 0) {
		QS_LOG(ERR, "qos_params.dev is empty\n");
		return -EINVAL;
	}
	*dev = qs_dev_find(name);
	if (*dev == NULL) {
		QS_LOG(ERR, "device %s is not initialised: qsockinit() comes first\n", name);
		return -ENXIO;
	}
	if (qs_name_read(discipline, params->name, IFNAMSIZ) < 0 ||
	    strcmp(discipline, (*dev)->discipline) != 0) {
		QS_LOG(ERR, "discipline '%s': device %s has %s\n", discipline, name, (*dev)->discipline);
		return -EINVAL;
	}
	ret = qs_attr_read(discipline, params->attributes, attr, why, sizeof(why));
	if (ret < 0)
		QS_LOG(ERR, "device %s: %s\n", name, why);
	return ret;
}

static int attach(int fd, const struct qos_params *params)
{
	struct qs_attr attr;
	struct qs_dev *dev;
	int ret;

	if (qs_process_forked())
		return -EPERM;
	if (params == NULL)
		return -EINVAL;
	qs_dev_lock();
	ret = params_read(params, &dev, &attr);
	if (ret == 0)
		ret = ops_of(fd)->stale(fd);
	if (ret == 0)
		ret = dev->ops->attach(fd, dev, &attr);
	qs_dev_unlock();
	return ret;
}

int qattach(int fd, struct qos_params *params)
{
	return result(attach(fd, params));
}

static int socket_check(int domain, int type, int protocol)
{
	int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (domain != AF_INET && domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (kind != SOCK_DGRAM && kind != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != 0 && protocol != (kind == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP))
		return -EPROTONOSUPPORT;
	return 0;
}

int qsocket(int domain, int type, int protocol, struct qos_params *params)
{
	int ret = qs_process_forked() ? -EPERM
		  : params == NULL    ? -EINVAL
				      : socket_check(domain, type, protocol),
	    fd;

	if (ret < 0)
		return result(ret);
	fd = socket(domain, type, protocol);
	if (fd < 0)
		return -1;
	ret = attach(fd, params);
	if (ret == 0)
		return fd;
	close(fd);
	return result(ret);
}

int qs_change_read(const struct qs_dev *dev, const struct qos_params *params, struct qs_attr *attr)
{
	char name[IFNAMSIZ + 1], why[WHY_MAX] = "";
	int ret;

	if (qs_name_read(name, params->dev, IFNAMSIZ) == 0 && strcmp(name, dev->name) != 0) {
		QS_LOG(ERR, "device %s: the socket is on %s\n", name, dev->name);
		return -EINVAL;
	}
	if (qs_name_read(name, params->name, IFNAMSIZ) == 0 && strcmp(name, dev->discipline) != 0) {
		QS_LOG(ERR, "discipline '%s': device %s has %s\n", name, dev->name, dev->discipline);
		return -EINVAL;
	}
	ret = qs_attr_read(dev->discipline, params->attributes, attr, why, sizeof(why));
	if (ret < 0)
		QS_LOG(ERR, "device %s: %s\n", dev->name, why);
	return ret;
}

static int change(struct qs_bsd_sock *s, const struct qos_params *params)
{
	struct qs_attr attr;
	int ret = qs_change_read(s->dev, params, &attr);

	if (ret < 0)
		return ret;
	if (rte_qsock_change(s->qs, &attr.stream) < 0)
		return -rte_errno;
	qs_sock_lock(s->qs);
	s->attr = attr;
	s->fixed = attr.fixed;
	s->options_seq++; /* headers may have another priority */
	s->stale = true;
	qs_sock_unlock(s->qs);
	qs_options_dscp_set(s->fd, &s->kind, &s->attr);
	return 0;
}

static int sock_change(int fd, struct qos_params *params)
{
	struct qs_bsd_sock *s;
	int ret;

	s = qs_sock_hold(fd, &ret);
	if (s == NULL)
		return ret;
	ret = qs_kind_check(fd, &s->kind);
	if (ret == 0)
		ret = change(s, params);
	else
		qs_sock_detach(s);
	qs_sock_release(s);
	return ret == -ENOTSOCK ? -EOPNOTSUPP : ret;
}

int qchange(int fd, struct qos_params *params)
{
	if (params == NULL)
		return result(qs_process_forked() ? -EPERM : -EINVAL);
	return result(ops_of(fd)->change(fd, params));
}

int qinfo(int fd, struct q_info *info)
{
	return result(ops_of(fd)->info(fd, info));
}

static int sock_close(int fd)
{
	struct qs_bsd_sock *s;
	int ret;

	s = qs_sock_hold(fd, &ret);
	if (s == NULL)
		return ret;
	ret = qs_kind_check(fd, &s->kind);
	qs_sock_detach(s);
	qs_sock_release(s);
	/* A number that stands for something else by now is not ours to close. */
	if (ret < 0)
		return ret == -ENOTSOCK ? -EOPNOTSUPP : ret;
	return close(fd) < 0 ? -errno : 0;
}

int qclose(int fd)
{
	return result(ops_of(fd)->close(fd));
}

static int sock_pollfd(int fd)
{
	struct qs_bsd_sock *s;
	int ret;

	s = qs_sock_hold(fd, &ret);
	if (s == NULL)
		return ret;
	ret = s->tcp ? -EOPNOTSUPP : qs_sock_refresh(s);
	if (ret == 0)
		ret = qs_room_fd(s);
	qs_sock_release(s);
	return ret;
}

int qpollfd(int fd)
{
	return result(ops_of(fd)->pollfd(fd));
}

static int sock_refresh(int fd)
{
	struct qs_bsd_sock *s;
	int ret;

	s = qs_sock_hold(fd, &ret);
	if (s == NULL)
		return ret;
	ret = qs_sock_refresh(s);
	qs_sock_release(s);
	return ret;
}

int qrefresh(int fd)
{
	return result(ops_of(fd)->refresh(fd));
}

const struct qs_fd_ops qs_sock_ops = {
	.send = qs_sock_send,
	.change = sock_change,
	.info = qs_sock_info,
	.close = sock_close,
	.pollfd = sock_pollfd,
	.refresh = sock_refresh,
	.stale = qs_sock_stale,
};

uint64_t qnow(void)
{
	return rte_qsock_now_ns();
}
