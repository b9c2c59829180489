/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include <rte_interrupts.h>

#include "common/link_news.h"
#include "eal/qs_log.h"
#include "kernel_link.h"

struct qs_kernel_link {
	struct rte_intr_handle *intr;
	struct qs_link_news *news;
	bool *down;
	bool known;
};

static void on_news(void *arg, const struct qs_link_state *state)
{
	struct qs_kernel_link *link = arg;
	bool was = __atomic_exchange_n(link->down, !state->up, __ATOMIC_RELAXED);

	if (was == state->up && link->known)
		QS_LOG(NOTICE, "ethdev on interface %u: link %s\n", state->ifindex,
		       state->up ? "up" : "down");
	link->known = true;
}

/* EAL's thread waits for the news, as it does for the interrupts of devices. */
static bool link_register(struct qs_kernel_link *link)
{
	link->intr = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (link->intr == NULL)
		return false;
	if (rte_intr_fd_set(link->intr, qs_link_news_fd(link->news)) == 0 &&
	    rte_intr_type_set(link->intr, RTE_INTR_HANDLE_EXT) == 0 &&
	    rte_intr_callback_register(link->intr, qs_link_news_read, link->news) == 0)
		return true;
	rte_intr_instance_free(link->intr);
	link->intr = NULL;
	return false;
}

struct qs_kernel_link *qs_kernel_link_follow(uint32_t ifindex, bool *down)
{
	struct qs_kernel_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return NULL;
	link->down = down;
	link->news = qs_link_news_open(ifindex, NULL, on_news, link);
	if (link->news != NULL && link_register(link))
		return link;
	QS_LOG(NOTICE, "ethdev on interface %u: its link is not followed\n", ifindex);
	qs_kernel_link_free(link);
	return NULL;
}

void qs_kernel_link_free(struct qs_kernel_link *link)
{
	if (link == NULL)
		return;
	if (link->intr != NULL) {
		rte_intr_callback_unregister_sync(link->intr, qs_link_news_read, link->news);
		rte_intr_instance_free(link->intr);
	}
	qs_link_news_close(link->news);
	free(link);
}
