/* SPDX-License-Identifier: BSD-3-Clause */
/* The disciplines that are known. Built-in ones stand here: a constructor in a static library may vanish. */
#include <errno.h>
#include <string.h>

#include "qs_types.h"

#define MAX_OUTSIDE 32

static const struct qs_discipline *const builtin[] = {
	&qs_discipline_dwcs,
	&qs_discipline_vds,
	&qs_discipline_edf,
	&qs_discipline_fifo,
};
#define NR_BUILTIN (sizeof(builtin) / sizeof(builtin[0]))

static const struct rte_qsock_sched_ops *outside[MAX_OUTSIDE];
static unsigned int nr_outside;

static const struct rte_qsock_sched_ops *ops_at(unsigned int i)
{
	if (i < NR_BUILTIN)
		return &builtin[i]->ops;
	return i - NR_BUILTIN < nr_outside ? outside[i - NR_BUILTIN] : NULL;
}

const struct rte_qsock_sched_ops *qs_ops_find(const char *name)
{
	const struct rte_qsock_sched_ops *ops;

	if (name == NULL)
		return NULL;
	for (unsigned int i = 0; (ops = ops_at(i)) != NULL; i++)
		if (strcmp(ops->name, name) == 0)
			return ops;
	return NULL;
}

const struct qs_discipline *qs_discipline_of(const struct rte_qsock_sched_ops *ops)
{
	for (unsigned int i = 0; i < NR_BUILTIN; i++)
		if (ops == &builtin[i]->ops)
			return builtin[i];
	return NULL;
}

const char *rte_qsock_sched_name(unsigned int i)
{
	const struct rte_qsock_sched_ops *ops = ops_at(i);

	return ops != NULL ? ops->name : NULL;
}

int rte_qsock_sched_register(const struct rte_qsock_sched_ops *ops)
{
	if (ops == NULL || ops->name == NULL || ops->enqueue == NULL || ops->decide == NULL)
		return -EINVAL;
	if (ops->name[0] == '\0' || strlen(ops->name) >= RTE_QSOCK_NAMESIZE)
		return -EINVAL;
	if (qs_ops_find(ops->name) != NULL)
		return -EEXIST;
	if (nr_outside == MAX_OUTSIDE)
		return -ENOSPC;
	outside[nr_outside++] = ops;
	return 0;
}
