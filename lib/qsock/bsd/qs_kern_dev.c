/* SPDX-License-Identifier: BSD-3-Clause */
/* A device above the kernel's stack: its interface stays as it is, but for the root qdisc. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_dev_driver.h"
#include "bsd/qs_kern.h"
#include "eal/qs_log.h"
#include "kernel/qs_kport.h"

#define OVERHEAD_ETHERNET 24u
#define PORTS_MAX 64

static bool is_owned(const struct qs_dev *dev)
{
	(void)dev;
	return true;
}

/* What means nothing here is refused, where a program would rely on it. */
static int prepare(struct qs_dev *dev)
{
	const char *no = qs_dev_driver_lacks(&dev->args.ex, QS_DRIVER_KERNEL);

	if (no == NULL)
		return 0;
	QS_LOG(ERR, "device %s: driver kernel has no %s\n", dev->name, no);
	return -EINVAL;
}

static void on_watch(void *arg)
{
	(void)arg;
	qs_ksock_sweep(NULL);
}

/* How qsockinit() says it. */
static int documented(const struct qs_dev *dev, int ret)
{
	if (ret != -EOPNOTSUPP)
		return ret;
	QS_LOG(ERR, "device %s: this kernel has no HTB%s\n", dev->name,
	       dev->args.ex.classify == Q_CLASSIFY_BPF || dev->args.ex.etf != 0
		       ? ", or not what classify=bpf or etf needs"
		       : "");
	return -EIO;
}

/* Children do not keep sockets open that the parent closes: they have only what they had before. */
static struct {
	pthread_mutex_t lock;
	struct qs_kport *ports[PORTS_MAX];
} forks = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void in_child(void)
{
	for (int i = 0; i < PORTS_MAX; i++) {
		if (forks.ports[i] != NULL)
			qs_kport_in_child(forks.ports[i]);
		forks.ports[i] = NULL;
	}
}

static void forks_watch(void)
{
	pthread_atfork(NULL, NULL, in_child);
}

static void forks_swap(struct qs_kport *from, struct qs_kport *to)
{
	pthread_mutex_lock(&forks.lock);
	for (int i = 0; i < PORTS_MAX; i++) {
		if (forks.ports[i] == from) {
			__atomic_store_n(&forks.ports[i], to, __ATOMIC_RELEASE);
			break;
		}
	}
	pthread_mutex_unlock(&forks.lock);
}

static int up(struct qs_dev *dev)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int ret;
	const struct q_port_ex *ex = &dev->args.ex;
	const struct qs_kport_conf conf = {
		.ifname = dev->name,
		.scheduler = dev->discipline,
		.rate_bps = ex->rate_bps,
		.below_ns = ex->below_ns,
		.ahead_ns = ex->ahead_ns,
		.catchup_ns = ex->catchup_ns,
		.stall_ns = ex->stall_ns,
		.max_sockets = ex->max_sockets,
		.max_packets = ex->max_packets,
		.max_bytes = ex->memory_bytes,
		.overhead_bytes = ex->overhead_set ? ex->overhead_bytes : OVERHEAD_ETHERNET,
		.mtu = ex->mtu,
		.precedence = ex->precedence,
		.work_conserving = ex->work_conserving != 0,
		.force = ex->force != 0,
		.classify = (enum qs_classify_way)ex->classify, /* their places are the same */
		.etf = ex->etf != 0,
		.on_watch = on_watch,
	};

	pthread_once(&once, forks_watch);
	ret = qs_kport_create(&conf, &dev->kport);
	if (ret == 0)
		forks_swap(NULL, dev->kport);
	return documented(dev, ret);
}

static void down(struct qs_dev *dev)
{
	qs_ksock_sweep(dev);
	forks_swap(dev->kport, NULL);
	qs_kport_free(dev->kport);
	dev->kport = NULL;
}

const struct qs_dev_ops qs_dev_kernel_ops = {
	.is_owned = is_owned,
	.prepare = prepare,
	.up = up,
	.down = down,
	.attach = qs_ksock_attach,
};
