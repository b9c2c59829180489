/* SPDX-License-Identifier: BSD-3-Clause */
/* qsockinit() and qsockfini(): the devices of the process. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_dev.h"
#include "bsd/qs_dev_driver.h"
#include "bsd/qs_eal.h"
#include "bsd/qs_keeper.h"
#include "bsd/qs_owner.h"
#include "bsd/qs_process.h"
#include "eal/qs_log.h"
#include "qsocket.h"

#define WHY_MAX 256

static struct {
	pthread_mutex_t lock;
	TAILQ_HEAD(, qs_dev) list;
} devs = {.lock = PTHREAD_MUTEX_INITIALIZER, .list = TAILQ_HEAD_INITIALIZER(devs.list)};

void qs_dev_lock(void)
{
	pthread_mutex_lock(&devs.lock);
}

void qs_dev_unlock(void)
{
	pthread_mutex_unlock(&devs.lock);
}

struct qs_dev *qs_dev_find(const char *name)
{
	struct qs_dev *dev;

	TAILQ_FOREACH (dev, &devs.list, next) {
		if (strcmp(dev->name, name) == 0)
			return dev;
	}
	return NULL;
}

static int discipline_check(const char *name)
{
	struct rte_qsock_stream_conf conf;
	char why[WHY_MAX] = "";

	rte_qsock_stream_defaults(&conf);
	conf.cls = RTE_QSOCK_BEST_EFFORT;
	if (rte_qsock_stream_check(name, &conf, why, sizeof(why)) != -ENOENT)
		return 0;
	QS_LOG(ERR, "%s\n", why);
	return -ENOENT;
}

/* Settings: the caller's first, then the environment's. */
static int args_settle(struct qs_dev *dev, const struct q_port_ex *ex)
{
	char why[WHY_MAX] = "";
	struct q_port_ex merged = {0};
	int ret = 0;

	if (ex != NULL && qs_conf_take(&merged, sizeof(merged), ex, "q_port_ex") < 0)
		return -EINVAL;
	ret = qs_port_args_read(getenv("QSOCK_PORT_ARGS"), dev->name, &dev->args, why, sizeof(why));
	if (ret == 0) {
		qs_port_ex_merge(&merged, &dev->args.ex);
		ret = qs_port_ex_check(&merged, why, sizeof(why));
	}
	if (ret < 0) {
		QS_LOG(ERR, "device %s: %s\n", dev->name, why);
		return ret;
	}
	dev->args.ex = merged;
	dev->linger_ns = merged.linger_ns != 0 ? merged.linger_ns : QS_LINGER_DEFAULT_NS;
	return 0;
}

static int own(struct qs_dev *dev)
{
	dev->owner_fd = -1;
	if (!dev->ops->is_owned(dev))
		return 0;
	dev->owner_fd = qs_owner_take(dev->name, !qs_eal_is_pci(dev->name));
	return dev->owner_fd < 0 ? dev->owner_fd : 0;
}

static int dev_begin(struct qs_dev *dev, const struct q_port_ex *ex)
{
	int ret = args_settle(dev, ex);

	if (ret < 0)
		return ret;
	qs_dev_driver_set(dev, (enum qs_driver)dev->args.ex.driver);
	ret = dev->ops->prepare(dev);
	if (ret == 0)
		ret = own(dev);
	if (ret < 0)
		return ret;
	qs_process_watch();
	ret = qs_dev_driver_up(dev);
	if (ret < 0)
		qs_owner_release(dev->owner_fd);
	return ret;
}

static void dev_free(struct qs_dev *dev)
{
	free(dev->args.text);
	free(dev);
}

static int dev_make(const char *name, const char *discipline, const struct q_port_ex *ex)
{
	struct qs_dev *dev = calloc(1, sizeof(*dev));
	int ret;

	if (dev == NULL)
		return -ENOMEM;
	strcpy(dev->name, name);
	strcpy(dev->discipline, discipline);
	ret = dev_begin(dev, ex);
	if (ret < 0)
		dev_free(dev);
	else
		TAILQ_INSERT_TAIL(&devs.list, dev, next);
	return ret;
}

/* What qsocket.h names; anything else that a part of a device failed with is one of its ways of not coming
 * up.
 */
static int documented(const struct qos_params *params, int ret)
{
	switch (-ret) {
	case 0:
	case EPERM:
	case EBUSY:
	case EEXIST:
	case EINVAL:
	case ENOENT:
	case ENODEV:
	case EIO:
	case ENOMEM:
		return ret;
	}
	QS_LOG(ERR, "device %.*s: %s\n", IFNAMSIZ, params->dev, strerror(-ret));
	return -EIO;
}

static int init(const struct qos_params *params, const struct q_port_ex *ex)
{
	char name[IFNAMSIZ + 1], discipline[IFNAMSIZ + 1];
	struct qs_dev *dev;
	int ret;

	if (qs_process_forked() || !qs_owner_privileged())
		return -EPERM;
	if (params == NULL || qs_name_read(name, params->dev, IFNAMSIZ) < 0)
		return -EINVAL;
	if (qs_name_read(discipline, params->name, IFNAMSIZ) < 0 || discipline_check(discipline) < 0)
		return -ENOENT;
	qs_dev_lock();
	dev = qs_dev_find(name);
	if (dev == NULL) {
		ret = dev_make(name, discipline, ex);
	} else {
		ret = strcmp(dev->discipline, discipline) == 0 ? 0 : -EBUSY;
		if (ret < 0)
			QS_LOG(ERR, "device %s has %s already, not %s\n", name, dev->discipline, discipline);
	}
	qs_dev_unlock();
	return ret;
}

int qsockinit_ex(struct qos_params *params, const struct q_port_ex *ex)
{
	int ret = documented(params, init(params, ex));

	if (ret == 0)
		return 0;
	errno = -ret;
	return -1;
}

int qsockinit(struct qos_params *params)
{
	return qsockinit_ex(params, NULL);
}

static void dev_end(struct qs_dev *dev)
{
	TAILQ_REMOVE(&devs.list, dev, next);
	dev->ops->down(dev);
	qs_owner_release(dev->owner_fd);
	dev_free(dev);
}

void qs_dev_end_all(void)
{
	qs_dev_lock();
	while (!TAILQ_EMPTY(&devs.list))
		dev_end(TAILQ_FIRST(&devs.list));
	qs_keeper_stop();
	qs_dev_unlock();
}

int qsockfini(const char *name)
{
	struct qs_dev *dev;

	if (qs_process_forked()) {
		errno = EPERM;
		return -1;
	}
	if (name == NULL) {
		qs_dev_end_all();
		return 0;
	}
	qs_dev_lock();
	dev = qs_dev_find(name);
	if (dev != NULL)
		dev_end(dev);
	qs_dev_unlock();
	if (dev != NULL)
		return 0;
	errno = ENXIO;
	return -1;
}
