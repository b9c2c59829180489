/* SPDX-License-Identifier: BSD-3-Clause */
/* A group's rate and figures: [ctl]. */
#include <errno.h>
#include <string.h>

#include "core/qs_migrate.h"
#include "eal/qs_log.h"
#include "group/qs_group.h"

static int group_balance(struct rte_qsock_group *group, bool exact)
{
	int ret = qs_migration_finish(group->table);

	return qs_group_share(group, exact) != 0 ? -1 : ret;
}

int rte_qsock_group_balance(struct rte_qsock_group *group)
{
	int ret;

	if (group == NULL)
		return qs_fail(EINVAL, "balance: no group given");
	pthread_mutex_lock(&group->table->lock);
	ret = group_balance(group, false);
	pthread_mutex_unlock(&group->table->lock);
	return ret;
}

int rte_qsock_group_rate_set(struct rte_qsock_group *group, uint64_t rate_bps)
{
	int ret;

	if (group == NULL)
		return qs_fail(EINVAL, "rate set: no group given");
	pthread_mutex_lock(&group->table->lock);
	ret = qs_group_rate(group, rate_bps);
	if (ret == 0)
		ret = group_balance(group, true);
	pthread_mutex_unlock(&group->table->lock);
	return ret;
}

/* A port's counters to those of the group: they are numbers in a row. */
static void counts_add(struct rte_qsock_counts *sum, const struct rte_qsock_counts *c)
{
	const uint64_t *from = (const uint64_t *)c;
	uint64_t *to = (uint64_t *)sum;
	size_t i;

	for (i = 0; i < sizeof(*c) / sizeof(*from); i++)
		to[i] += from[i];
}

static int info_member(const struct rte_qsock_group *group, uint32_t i, struct rte_qsock_group_info *info)
{
	const struct qs_member *m = &group->member[i];
	struct rte_qsock_port_info port;

	if (rte_qsock_port_info_get(m->port, &port) != 0)
		return -1;
	counts_add(&info->total, &port.total);
	info->sockets += port.sockets;
	info->shared_bps += m->share_bps;
	info->member[i].share_bps = m->share_bps;
	info->member[i].demand_bps = m->demand_bps;
	info->member[i].sockets = port.sockets;
	return 0;
}

int rte_qsock_group_info_get(struct rte_qsock_group *group, struct rte_qsock_group_info *info)
{
	uint32_t i;
	int ret = 0;

	if (group == NULL || info == NULL)
		return qs_fail(EINVAL, "group info: no %s given", group == NULL ? "group" : "structure");
	memset(info, 0, sizeof(*info));
	/* No socket moves meanwhile: each is counted once. */
	pthread_mutex_lock(&group->table->lock);
	info->rate_bps = group->rate_bps;
	info->moves = group->table->migration->moves;
	info->members = group->members;
	for (i = 0; i < group->members && ret == 0; i++)
		ret = info_member(group, i, info);
	pthread_mutex_unlock(&group->table->lock);
	return ret;
}
