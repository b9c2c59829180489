/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <rte_interrupts.h>

#include "core/qs_log.h"
#include "kernel_link.h"

#define UP (IFF_UP | IFF_RUNNING)

struct qs_kernel_link {
	struct rte_intr_handle *intr;
	int fd;
	uint32_t ifindex;
	bool *down;
	bool known; /* the kernel has told of it */
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* The answer comes as any news of it does. */
static bool link_ask(const struct qs_kernel_link *link)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
	} request = {
		.nlh = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST},
		.ifi = {.ifi_family = AF_UNSPEC, .ifi_index = (int)link->ifindex},
	};

	return send(link->fd, &request, sizeof(request), 0) == sizeof(request);
}

static void link_set(struct qs_kernel_link *link, bool down)
{
	bool was = __atomic_exchange_n(link->down, down, __ATOMIC_RELAXED);

	if (was != down && link->known)
		QS_LOG(NOTICE, "ethdev on interface %u: link %s\n", link->ifindex, down ? "down" : "up");
	link->known = true;
}

static void on_message(struct qs_kernel_link *link, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);

	if (nlh->nlmsg_type == NLMSG_ERROR) { /* what was asked for is gone */
		if (link->known)
			link_set(link, true);
		return;
	}
	if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK) ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) || (uint32_t)ifi->ifi_index != link->ifindex ||
	    ifi->ifi_family != AF_UNSPEC) /* bridges and IPv6 have messages of their own */
		return;
	link_set(link, nlh->nlmsg_type == RTM_DELLINK || (ifi->ifi_flags & UP) != UP);
}

/* Everything that the kernel has said. Where it could not say all, it is asked. */
static void link_read(void *arg)
{
	struct qs_kernel_link *link = arg;

	for (;;) {
		ssize_t bytes = recv(link->fd, link->buf, sizeof(link->buf), MSG_DONTWAIT);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)link->buf;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 && errno == ENOBUFS && link_ask(link))
			continue;
		if (bytes <= 0)
			return;
		for (; NLMSG_OK(nlh, bytes); nlh = NLMSG_NEXT(nlh, bytes))
			on_message(link, nlh);
	}
}

static bool link_open(struct qs_kernel_link *link)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};

	link->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (link->fd < 0 || bind(link->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || !link_ask(link))
		return false;
	link_read(link);
	return link->known;
}

/* EAL's thread waits for the news, as it does for the interrupts of devices. */
static bool link_register(struct qs_kernel_link *link)
{
	link->intr = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (link->intr == NULL)
		return false;
	if (rte_intr_fd_set(link->intr, link->fd) == 0 &&
	    rte_intr_type_set(link->intr, RTE_INTR_HANDLE_EXT) == 0 &&
	    rte_intr_callback_register(link->intr, link_read, link) == 0)
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
	link->fd = -1;
	link->ifindex = ifindex;
	link->down = down;
	if (link_open(link) && link_register(link))
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
		rte_intr_callback_unregister_sync(link->intr, link_read, link);
		rte_intr_instance_free(link->intr);
	}
	if (link->fd >= 0)
		close(link->fd);
	free(link);
}
