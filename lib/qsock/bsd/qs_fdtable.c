/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bsd/qs_fdtable.h"

struct qs_fd **qs_fd_top[QS_FD_TOP];

/* Leaves are never freed: readers hold no lock. */
static struct qs_fd **leaf_get(unsigned int top)
{
	struct qs_fd **leaf = __atomic_load_n(&qs_fd_top[top], __ATOMIC_ACQUIRE), **none = NULL;

	if (leaf != NULL)
		return leaf;
	leaf = calloc(QS_FD_LEAF, sizeof(leaf[0]));
	if (leaf == NULL)
		return NULL;
	if (!__atomic_compare_exchange_n(&qs_fd_top[top], &none, leaf, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		free(leaf);
		leaf = none;
	}
	return leaf;
}

int qs_fd_set(int fd, struct qs_fd *s)
{
	struct qs_fd **leaf, *none = NULL;
	unsigned int n = (unsigned int)fd;

	if (n >= QS_FD_LEAF * QS_FD_TOP)
		return -EMFILE;
	leaf = leaf_get(n / QS_FD_LEAF);
	if (leaf == NULL)
		return -ENOMEM;
	if (!__atomic_compare_exchange_n(&leaf[n % QS_FD_LEAF], &none, s, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return -EEXIST;
	return 0;
}

void qs_fd_clear(int fd, struct qs_fd *s)
{
	unsigned int n = (unsigned int)fd;
	struct qs_fd **leaf;

	if (n >= QS_FD_LEAF * QS_FD_TOP)
		return;
	leaf = __atomic_load_n(&qs_fd_top[n / QS_FD_LEAF], __ATOMIC_ACQUIRE);
	if (leaf != NULL)
		(void)__atomic_compare_exchange_n(&leaf[n % QS_FD_LEAF], &s, NULL, false, __ATOMIC_ACQ_REL,
						  __ATOMIC_RELAXED);
}
