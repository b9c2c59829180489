/* SPDX-License-Identifier: BSD-3-Clause */
/* Making and freeing a group, and where its sockets are: [ctl]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>

#include "core/qs_alloc.h"
#include "core/qs_ctl.h"
#include "core/qs_migrate.h"
#include "core/qs_names.h"
#include "core/qs_port_conf.h"
#include "eal/qs_log.h"
#include "group/qs_group.h"

#define FLOOR_PERMILLE_DEFAULT 62u
#define NAME_MAX_BYTES (RTE_QSOCK_NAMESIZE - 3) /* a dot and two digits come behind */

static int conf_check(const struct rte_qsock_group_conf *conf)
{
	uint32_t i;

	if (conf->port.name == NULL || conf->port.name[0] == 0 || strlen(conf->port.name) >= NAME_MAX_BYTES)
		return qs_fail(EINVAL, "group name \"%.64s\": 1 .. %d characters",
			       conf->port.name != NULL ? conf->port.name : "", NAME_MAX_BYTES - 1);
	if (conf->members == 0 || conf->members > RTE_QSOCK_GROUP_MAX)
		return qs_fail(EINVAL, "group %s: members %u: 1 .. %u", conf->port.name, conf->members,
			       RTE_QSOCK_GROUP_MAX);
	if (conf->floor_permille == 0 || conf->floor_permille > 1000)
		return qs_fail(EINVAL, "group %s: floor_permille %u: 1 .. 1000", conf->port.name,
			       conf->floor_permille);
	if (conf->port.egress != NULL || conf->port.record != NULL)
		return qs_fail(EINVAL, "group %s: port.%s is to be NULL", conf->port.name,
			       conf->port.egress != NULL ? "egress" : "record");
	if (conf->egress == NULL)
		return qs_fail(EINVAL, "group %s: no egress given", conf->port.name);
	for (i = 0; i < conf->members; i++)
		if (qs_port_conf_egress(conf->port.name, conf->egress[i]) != 0)
			return qs_fail(EINVAL, "group %s: egress of member %u", conf->port.name, i);
	return 0;
}

/* What a caller leaves to us. */
static int conf_take(struct rte_qsock_group_conf *conf, const struct rte_qsock_group_conf *from)
{
	struct rte_qsock_port_conf port;

	if (qs_conf_take(conf, sizeof(*conf), from, "group configuration") != 0)
		return -1;
	if (conf->floor_permille == 0)
		conf->floor_permille = FLOOR_PERMILLE_DEFAULT;
	if (conf_check(conf) != 0)
		return -1;
	port = conf->port;
	port.egress = conf->egress[0];
	return qs_port_conf_take(&conf->port, &port);
}

/* The frames that all of them take. */
static uint32_t conf_max_frame_bytes(const struct rte_qsock_group_conf *conf)
{
	uint32_t i, bytes = UINT32_MAX;

	for (i = 0; i < conf->members; i++)
		bytes = RTE_MIN(bytes, conf->egress[i]->ops->max_frame_bytes(conf->egress[i]));
	return bytes;
}

static int member_make(struct rte_qsock_group *group, uint32_t i, const struct rte_qsock_group_conf *conf,
		       uint32_t max_frame_bytes)
{
	struct qs_member *m = &group->member[i];
	struct rte_qsock_port_conf port = conf->port;
	char name[RTE_QSOCK_NAMESIZE + 16];

	snprintf(name, sizeof(name), "%s.%u", group->name, i);
	port.size = sizeof(port);
	port.name = name;
	port.egress = conf->egress[i];
	port.rate_bps = group->rate_bps / group->members;
	m->port = qs_port_create_in(group->table, &port);
	if (m->port == NULL)
		return -1;
	m->port->max_frame_bytes = max_frame_bytes;
	m->share_bps = port.rate_bps;
	return 0;
}

/* The ports are the caller's. The egresses may be another's still. */
static void members_end(struct rte_qsock_group *group, bool with_egress)
{
	uint32_t i;

	for (i = 0; i < group->members; i++)
		if (group->member[i].port != NULL)
			qs_port_end(group->member[i].port, with_egress);
}

static void group_unmake(struct rte_qsock_group *group, bool with_egress)
{
	int error = rte_errno;

	members_end(group, with_egress);
	if (group->table != NULL)
		qs_table_drop(group->table);
	rte_free(group);
	rte_errno = error;
}

static int group_fill(struct rte_qsock_group *group, const struct rte_qsock_group_conf *conf)
{
	uint32_t i, max_frame_bytes = conf_max_frame_bytes(conf);

	snprintf(group->name, sizeof(group->name), "%s", conf->port.name);
	group->members = conf->members;
	group->floor_permille = conf->floor_permille;
	if (qs_group_rate(group, conf->port.rate_bps) != 0)
		return -1;
	group->table = qs_table_make(group->name, conf->port.max_sockets, conf->port.socket_id);
	if (group->table == NULL ||
	    qs_migration_make(group->table, conf->port.max_packets, max_frame_bytes) != 0)
		return -1;
	for (i = 0; i < group->members; i++)
		if (member_make(group, i, conf, max_frame_bytes) != 0)
			return -1;
	return 0;
}

struct rte_qsock_group *rte_qsock_group_create(const struct rte_qsock_group_conf *user_conf)
{
	struct rte_qsock_group_conf conf;
	struct rte_qsock_group *group;

	if (conf_take(&conf, user_conf) != 0)
		return NULL;
	group = qs_zalloc("qsock_group", sizeof(*group), conf.port.socket_id);
	if (group == NULL)
		return qs_fail_null(ENOMEM, "group %s: no memory (%zu bytes)", conf.port.name,
				    sizeof(*group));
	if (group_fill(group, &conf) == 0)
		return group;
	group_unmake(group, false);
	return NULL;
}

int rte_qsock_group_free(struct rte_qsock_group *group)
{
	uint32_t i;

	if (group == NULL)
		return qs_fail(EINVAL, "free: no group given");
	for (i = 0; i < group->members; i++)
		if (qs_port_take(group->member[i].port) != 0)
			break;
	if (i < group->members) {
		while (i-- > 0)
			qs_port_release(group->member[i].port);
		return -1;
	}
	pthread_mutex_lock(&group->table->lock);
	qs_migration_finish(group->table); /* all of its ports are ours: it succeeds */
	pthread_mutex_unlock(&group->table->lock);
	group_unmake(group, true);
	return 0;
}

uint32_t rte_qsock_group_members(const struct rte_qsock_group *group)
{
	return group != NULL ? group->members : 0;
}

struct rte_qsock_port *rte_qsock_group_port(const struct rte_qsock_group *group, uint32_t member)
{
	if (group == NULL)
		return qs_fail_null(EINVAL, "group port: no group given");
	if (member >= group->members)
		return qs_fail_null(EINVAL, "group %s: member %u: 0 .. %u", group->name, member,
				    group->members - 1);
	return group->member[member].port;
}

/* What it is asked for, and what sockets that came since will ask for if they are like the others. */
static uint64_t member_load(const struct qs_member *m, uint64_t mean_bps)
{
	return m->demand_bps + m->opened * mean_bps;
}

static uint32_t member_sockets(const struct qs_member *m)
{
	return __atomic_load_n(&m->port->sockets, __ATOMIC_RELAXED);
}

/* The member with the least load, or the fewest sockets. */
static struct qs_member *group_place(struct rte_qsock_group *group)
{
	uint64_t sockets = 0, demand_bps = 0, mean_bps, load, least;
	struct qs_member *best = &group->member[0], *m;
	uint32_t i;

	for (i = 0; i < group->members; i++) {
		sockets += member_sockets(&group->member[i]);
		demand_bps += group->member[i].demand_bps;
	}
	mean_bps = sockets > 0 ? demand_bps / sockets : 0;
	least = member_load(best, mean_bps);
	for (i = 1; i < group->members; i++) {
		m = &group->member[i];
		load = member_load(m, mean_bps);
		if (load < least || (load == least && member_sockets(m) < member_sockets(best))) {
			best = m;
			least = load;
		}
	}
	return best;
}

struct rte_qsock *rte_qsock_group_open(struct rte_qsock_group *group, const struct rte_qsock_conf *conf)
{
	struct qs_member *m;
	struct rte_qsock *qs;

	if (group == NULL)
		return qs_fail_null(EINVAL, "open: no group given");
	pthread_mutex_lock(&group->table->lock);
	m = group_place(group);
	qs = rte_qsock_open(m->port, conf);
	m->opened += qs != NULL;
	pthread_mutex_unlock(&group->table->lock);
	return qs;
}

struct rte_qsock *rte_qsock_group_lookup(struct rte_qsock_group *group, const char *name)
{
	struct rte_qsock *qs;

	if (group == NULL || name == NULL)
		return qs_fail_null(EINVAL, "lookup: no %s given", group == NULL ? "group" : "name");
	pthread_mutex_lock(&group->table->lock);
	qs = qs_names_find(group->member[0].port, name);
	if (qs != NULL && qs->state != QS_SOCKET_OPEN)
		qs = NULL;
	pthread_mutex_unlock(&group->table->lock);
	if (qs == NULL)
		rte_errno = ENOENT;
	return qs;
}

int rte_qsock_group_move(struct rte_qsock_group *group, struct rte_qsock *qs, uint32_t member)
{
	struct rte_qsock_port *to = rte_qsock_group_port(group, member);
	int ret;

	if (to == NULL)
		return -1;
	if (qs == NULL || qs_socket_port(qs) == NULL || qs_socket_port(qs)->table != group->table ||
	    qs->state != QS_SOCKET_OPEN)
		return qs_fail(EINVAL, "group %s: move: not an open socket of it", group->name);
	pthread_mutex_lock(&group->table->lock);
	ret = qs_migrate(qs, to);
	pthread_mutex_unlock(&group->table->lock);
	return ret;
}
