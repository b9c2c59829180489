/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of our root qdisc: may it be there, is it there still, what was there before. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_qdisc_priv.h"
#include "rte_qsock_sched.h"

#define OVERHEAD_MAX 255u

static int rate_check(const struct qs_qdisc *q, uint64_t rate_bps)
{
	if (rate_bps >= RTE_QSOCK_RATE_MIN_BPS && rate_bps <= RTE_QSOCK_RATE_MAX_BPS)
		return 0;
	return qs_fail(EINVAL, "qdisc: %s: rate %llu bit/s: %llu .. %llu are allowed", q->head.ifname,
		       (unsigned long long)rate_bps, (unsigned long long)RTE_QSOCK_RATE_MIN_BPS,
		       (unsigned long long)RTE_QSOCK_RATE_MAX_BPS);
}

static int conf_check(const struct qs_qdisc *q)
{
	const struct qs_qdisc_conf *c = &q->conf;

	if (c->managed_share + (uint64_t)c->best_effort_share > QS_QDISC_SHARE_MAX)
		return qs_fail(EINVAL, "qdisc: %s: shares %u + %u per mille: at most %u are allowed",
			       q->head.ifname, c->managed_share, c->best_effort_share, QS_QDISC_SHARE_MAX);
	if (c->overhead_bytes > OVERHEAD_MAX)
		return qs_fail(EINVAL, "qdisc: %s: overhead %u bytes: 0 .. %u are allowed", q->head.ifname,
			       c->overhead_bytes, OVERHEAD_MAX);
	return rate_check(q, c->rate_bps);
}

/* ------------------------------------------------------------------ giving back */

/* @return 0: as it was; 1: another program's is there, which stays; -1 */
static int give_back(const struct qs_qdisc *q)
{
	int ifindex = q->head.id.ifindex;
	struct qs_tc_root root;

	if (qs_tc_root(q->sk, ifindex, &root) < 0)
		return -1;
	if (!qs_tc_root_is_ours(&root))
		return 1;
	if (qs_tc_root_delete(q->sk, ifindex, QS_QDISC_ROOT_HANDLE) < 0 && rte_errno != ENOENT)
		return -1;
	return qs_tc_items_apply(q->sk, &q->before);
}

/* Whoever has more rights may try again; what cannot be applied is kept for whoever wants to look. */
static void given_up(const struct qs_qdisc *q)
{
	int error = rte_errno;

	QS_LOG(ERR, "qdisc: what %s had before could not be given back: %s\n", q->head.ifname,
	       rte_strerror(error));
	if (error != EPERM)
		qs_state_put_aside(q->path);
	rte_errno = error;
}

/* By its number: it may have another name by now. */
static bool is_gone(const struct qs_qdisc *q)
{
	char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)q->head.id.ifindex, name) == NULL && errno == ENXIO;
}

void qs_qdisc_end(struct qs_qdisc *q)
{
	int ret;

	if (q == NULL)
		return;
	ret = is_gone(q) ? 1 : give_back(q);
	if (ret > 0 && !q->told && !is_gone(q))
		QS_LOG(WARNING, "qdisc: another program replaced ours on %s: theirs stays\n", q->head.ifname);
	if (ret < 0)
		given_up(q);
	else
		unlink(q->path);
	qs_qdisc_free(q);
}

/* @return 1: given back; 0: its owner lives, or there is nothing of it; -1 */
static int recover_one(const char *path)
{
	struct qs_qdisc *q = qs_qdisc_load(path);
	int ret = 0;

	if (q == NULL) {
		if (rte_errno == EINVAL)
			qs_state_put_aside(path);
		return -1;
	}
	if (qs_state_head_is_stale(&q->head)) {
		unlink(path);
	} else if (!qs_owner_lives(&q->head.owner)) {
		ret = give_back(q);
		if (ret == 0)
			QS_LOG(NOTICE, "qdisc: %s has again what process %d had replaced\n", q->head.ifname,
			       (int)q->head.owner.pid);
		if (ret < 0)
			given_up(q);
		else
			unlink(path);
		ret = ret < 0 ? -1 : 1 - ret;
	}
	qs_qdisc_free(q);
	return ret;
}

int qs_qdisc_recover(void)
{
	return qs_state_foreach(QS_QDISC_KIND, recover_one);
}

/* ------------------------------------------------------------------ putting there */

/* What an earlier process left, and whether it lives. @return 0: nothing is left; -1: EBUSY, EIO, EPERM,
 * ENOMEM
 */
static int predecessor_end(const struct qs_qdisc *q)
{
	struct qs_qdisc *old;
	int pid;

	if (access(q->path, F_OK) < 0)
		return 0;
	if (recover_one(q->path) < 0 && rte_errno == EPERM)
		return -1;
	if (access(q->path, F_OK) < 0)
		return 0;
	old = qs_qdisc_load(q->path);
	if (old == NULL)
		return -1;
	pid = (int)old->head.owner.pid;
	qs_qdisc_free(old);
	return qs_fail(EBUSY, "qdisc: process %d has put its own on %s", pid, q->head.ifname);
}

/* The paper: an incompatible discipline is an error. */
static int replace_check(const struct qs_qdisc *q)
{
	struct qs_tc_root root;

	if (qs_tc_root(q->sk, q->head.id.ifindex, &root) < 0)
		return -1;
	if (qs_tc_root_is_ours(&root)) {
		QS_LOG(NOTICE, "qdisc: %s has one of ours that nobody owns: it is replaced\n",
		       q->head.ifname);
		return 0;
	}
	if (root.handle == 0)
		return 0;
	if (!q->conf.force)
		return qs_fail(
			EBUSY,
			"qdisc: an incompatible queueing discipline is installed on %s: %s %x:; remove it "
			"(tc qdisc del dev %s root), or force",
			q->head.ifname, root.kind, root.handle >> 16, q->head.ifname);
	QS_LOG(WARNING, "qdisc: %s %x: of %s is replaced; it comes back at the end%s\n", root.kind,
	       root.handle >> 16, q->head.ifname, root.filters ? ", but not its filters" : "");
	return 0;
}

/* Of ours there is nothing to be given back. */
static int before_read(struct qs_qdisc *q)
{
	struct qs_tc_root root;

	if (qs_tc_root(q->sk, q->head.id.ifindex, &root) < 0)
		return -1;
	return qs_tc_root_is_ours(&root) ? qs_tc_root_delete(q->sk, q->head.id.ifindex, QS_QDISC_ROOT_HANDLE)
					 : qs_tc_snapshot(q->sk, q->head.id.ifindex, &q->before);
}

static int install(struct qs_qdisc *q)
{
	int error;

	if (conf_check(q) < 0 || predecessor_end(q) < 0 || replace_check(q) < 0 || before_read(q) < 0 ||
	    qs_qdisc_save(q) < 0)
		return -1;
	if (qs_htb_install(q) == 0)
		return 0;
	error = rte_errno;
	QS_LOG(ERR, "qdisc: %s: the kernel refuses our HTB: %s\n", q->head.ifname, rte_strerror(error));
	/* Nothing of ours may be there yet: then what was there is there still. */
	if (give_back(q) >= 0)
		unlink(q->path);
	rte_errno = error;
	return -1;
}

/* What the interface's name says; what else may go wrong is EIO. */
static int documented(int error)
{
	switch (error) {
	case ENODEV:
	case EBUSY:
	case EPERM:
	case EOPNOTSUPP:
	case EINVAL:
	case ENOMEM:
		return error;
	default:
		return EIO;
	}
}

static struct qs_qdisc *begin(const char *ifname, const struct qs_qdisc_conf *conf, bool cap)
{
	struct qs_qdisc *q;

	if (qs_ifid_check("qdisc", ifname) < 0)
		return NULL;
	q = qs_qdisc_alloc();
	if (q == NULL)
		return NULL;
	q->conf = *conf;
	q->cap = cap;
	qs_state_head_fill(&q->head, ifname);
	qs_state_path(q->path, QS_QDISC_KIND, ifname);
	if (install(q) == 0)
		return q;
	rte_errno = documented(rte_errno);
	qs_qdisc_free(q);
	return NULL;
}

struct qs_qdisc *qs_qdisc_classes(const char *ifname, const struct qs_qdisc_conf *conf)
{
	return begin(ifname, conf, false);
}

struct qs_qdisc *qs_qdisc_cap(const char *ifname, const struct qs_qdisc_conf *conf)
{
	return begin(ifname, conf, true);
}

/* ------------------------------------------------------------------ while it is there */

int qs_qdisc_check(struct qs_qdisc *q)
{
	struct qs_tc_root root;

	if (is_gone(q)) {
		rte_errno = ENODEV;
		return -1;
	}
	if (qs_tc_root(q->sk, q->head.id.ifindex, &root) < 0)
		return -1;
	if (qs_tc_root_is_ours(&root))
		return qs_leaf_fit(q);
	if (!q->told)
		QS_LOG(ERR, "qdisc: another program replaced ours on %s by %s %x:; theirs stays\n",
		       q->head.ifname, root.kind, root.handle >> 16);
	q->told = true;
	rte_errno = ESTALE;
	return -1;
}

int qs_qdisc_rate_set(struct qs_qdisc *q, uint64_t rate_bps)
{
	uint64_t before = q->conf.rate_bps;

	if (rate_check(q, rate_bps) < 0 || qs_qdisc_check(q) < 0)
		return -1;
	q->conf.rate_bps = rate_bps;
	if (qs_htb_change(q) == 0)
		return 0;
	q->conf.rate_bps = before;
	rte_errno = documented(rte_errno);
	return -1;
}
