/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

int dq_list_add(struct dq_list *list, void *p)
{
	void **more = reallocarray(list->at, list->count + 1, sizeof(*more));

	if (more == NULL)
		return -ENOMEM;
	list->at = more;
	list->at[list->count++] = p;
	return 0;
}

void dq_list_del(struct dq_list *list, const void *p)
{
	unsigned int i;

	for (i = 0; i < list->count && list->at[i] != p; i++)
		;
	if (i == list->count)
		return;
	list->count--;
	memmove(&list->at[i], &list->at[i + 1], (list->count - i) * sizeof(*list->at));
	if (list->count == 0) {
		free(list->at);
		list->at = NULL;
	}
}
