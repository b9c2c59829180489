/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "link_news.h"

#define UP (IFF_UP | IFF_RUNNING)

struct qs_link_news {
	int fd;
	char name[IFNAMSIZ]; /* "": only that one interface */
	qs_link_news_fn fn;
	void *arg;
	struct qs_link_state state;
	bool known; /* the kernel has told of it */
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* The answer comes as any news of it does: of the interface, or, once it is gone, of the one of its name. */
static bool news_ask(const struct qs_link_news *news)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		struct rtattr rta;
		char name[IFNAMSIZ];
	} request = {
		.nlh = {.nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
		.ifi = {.ifi_family = AF_UNSPEC, .ifi_index = (int)news->state.ifindex},
		.rta = {.rta_len = RTA_LENGTH(IFNAMSIZ), .rta_type = IFLA_IFNAME},
	};
	size_t bytes = NLMSG_LENGTH(sizeof(request.ifi));

	if (news->state.gone && news->name[0] != '\0') {
		request.ifi.ifi_index = 0;
		memcpy(request.name, news->name, sizeof(request.name));
		bytes = sizeof(request);
	}
	request.nlh.nlmsg_len = (uint32_t)bytes;
	return send(news->fd, &request, bytes, 0) == (ssize_t)bytes;
}

static void tell(struct qs_link_news *news)
{
	news->known = true;
	news->fn(news->arg, &news->state);
}

/* One of its name may be there already, and have been told of: the interface had been renamed, or the news of
 * both did not find room. */
static void tell_gone(struct qs_link_news *news)
{
	news->state.up = false;
	news->state.gone = true;
	tell(news);
	if (news->name[0] != '\0')
		(void)news_ask(news);
}

static const struct rtattr *attr_find(const struct nlmsghdr *nlh, unsigned short type)
{
	const struct rtattr *rta = IFLA_RTA(NLMSG_DATA(nlh));
	int left = (int)IFLA_PAYLOAD(nlh); /* RTA_NEXT may make it negative */

	for (; RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
		if (rta->rta_type == type)
			return rta;
	return NULL;
}

static bool has_name(const struct nlmsghdr *nlh, const char *name)
{
	const struct rtattr *rta = attr_find(nlh, IFLA_IFNAME);

	return rta != NULL && name[0] != '\0' && strncmp(RTA_DATA(rta), name, IFNAMSIZ) == 0;
}

static void state_read(struct qs_link_state *state, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	const struct rtattr *mtu = attr_find(nlh, IFLA_MTU), *mac = attr_find(nlh, IFLA_ADDRESS);

	state->ifindex = (uint32_t)ifi->ifi_index;
	state->up = (ifi->ifi_flags & UP) == UP;
	state->gone = false;
	if (mtu != NULL && RTA_PAYLOAD(mtu) >= sizeof(state->mtu_bytes))
		memcpy(&state->mtu_bytes, RTA_DATA(mtu), sizeof(state->mtu_bytes));
	if (mac != NULL && RTA_PAYLOAD(mac) == sizeof(state->mac))
		memcpy(&state->mac, RTA_DATA(mac), sizeof(state->mac));
}

static void on_message(struct qs_link_news *news, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	bool ours;

	if (nlh->nlmsg_type == NLMSG_ERROR) { /* what was asked for is gone */
		if (news->known && !news->state.gone)
			tell_gone(news);
		return;
	}
	if ((nlh->nlmsg_type != RTM_NEWLINK && nlh->nlmsg_type != RTM_DELLINK) ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    ifi->ifi_family != AF_UNSPEC) /* bridges and IPv6 have messages of their own */
		return;
	ours = (uint32_t)ifi->ifi_index == news->state.ifindex && !news->state.gone;
	if (ours && nlh->nlmsg_type == RTM_DELLINK) {
		tell_gone(news);
	} else if (nlh->nlmsg_type == RTM_NEWLINK &&
		   (ours || (news->state.gone && has_name(nlh, news->name)))) {
		state_read(&news->state, nlh);
		tell(news);
	}
}

/* Everything that the kernel has said. Where it could not say all, it is asked. */
void qs_link_news_read(void *arg)
{
	struct qs_link_news *news = arg;

	for (;;) {
		ssize_t bytes = recv(news->fd, news->buf, sizeof(news->buf), MSG_DONTWAIT);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)news->buf;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 && errno == ENOBUFS && news_ask(news))
			continue;
		if (bytes <= 0)
			return;
		for (; NLMSG_OK(nlh, bytes); nlh = NLMSG_NEXT(nlh, bytes))
			on_message(news, nlh);
	}
}

struct qs_link_news *qs_link_news_open(uint32_t ifindex, const char *name, qs_link_news_fn fn, void *arg)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	struct qs_link_news *news = calloc(1, sizeof(*news));

	if (news == NULL)
		return NULL;
	news->state.ifindex = ifindex;
	news->fn = fn;
	news->arg = arg;
	if (name != NULL)
		strncpy(news->name, name, sizeof(news->name) - 1);
	news->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (news->fd >= 0 && bind(news->fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 && news_ask(news))
		qs_link_news_read(news);
	if (news->known)
		return news;
	qs_link_news_close(news);
	return NULL;
}

int qs_link_news_fd(const struct qs_link_news *news)
{
	return news->fd;
}

void qs_link_news_close(struct qs_link_news *news)
{
	if (news == NULL)
		return;
	if (news->fd >= 0)
		close(news->fd);
	free(news);
}
