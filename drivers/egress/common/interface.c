/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "eal/qs_log.h"
#include "frames.h"
#include "interface.h"
#include "netdev.h"

#define RETRY_NS UINT64_C(100000000)

#define SAY(level, i, format, ...)                                                                           \
	QS_LOG(level, "%s on %s: " format "\n", (i)->egress->ops->name, (i)->name, ##__VA_ARGS__)

static void link_store(struct qs_interface *i)
{
	__atomic_store_n(&i->egress->link_down, !i->state.up || i->rebind, __ATOMIC_RELEASE);
}

static uint32_t frame_bytes(uint32_t mtu_bytes)
{
	return mtu_bytes + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN;
}

static void mtu_changed(struct qs_interface *i, uint32_t mtu_bytes)
{
	const uint32_t bytes = frame_bytes(mtu_bytes);

	qs_frames_count(&i->mtu_changes, 1);
	__atomic_store_n(&i->max_bytes, RTE_MIN(bytes, i->largest_bytes), __ATOMIC_RELAXED);
	SAY(NOTICE, i, "MTU %u%s", mtu_bytes,
	    bytes > i->largest_bytes ? ": frames stay as long as at the start" : "");
}

/* The signature is that of the news. [service] */
static void news_told(void *arg, const struct qs_link_state *state)
{
	struct qs_interface *i = arg;
	const struct qs_link_state was = i->state;

	i->state = *state;
	if (i->service == NULL) /* the start */
		return;
	if (state->up != was.up) {
		qs_frames_count(&i->link_changes, 1);
		SAY(NOTICE, i, "%s",
		    state->gone ? "the interface is gone"
		    : state->up ? "link up"
				: "link down");
	}
	if (state->mtu_bytes != was.mtu_bytes)
		mtu_changed(i, state->mtu_bytes);
	if (state->gone)
		i->rebind = true;
	i->retry_ns = 0;
	link_store(i);
	qs_service_wake(i->service);
}

int qs_interface_open(struct qs_interface *i, struct rte_qsock_egress *egress, uint32_t longest_bytes)
{
	const uint32_t ifindex = qs_netdev_index(i->name);

	i->egress = egress;
	if (ifindex == 0)
		return errno; /* asking takes a descriptor */
	errno = ENODEV;
	i->news = qs_link_news_open(ifindex, i->name, news_told, i);
	if (i->news == NULL)
		return errno;
	i->max_bytes = i->largest_bytes = RTE_MIN(frame_bytes(i->state.mtu_bytes), longest_bytes);
	i->device_rate_bps = qs_netdev_rate_bps(i->name);
	link_store(i);
	return 0;
}

int qs_interface_failed(const struct qs_interface *i, int error)
{
	const char *driver = i->egress->ops->name;

	switch (error) {
	case EPERM:
	case EACCES:
		return qs_fail(EPERM, "%s on %s: needs CAP_NET_RAW", driver, i->name);
	case ENODEV:
	case ENXIO:
		return qs_fail(ENODEV, "%s: no interface '%s'", driver, i->name);
	case ENOMEM:
	case ENOBUFS:
		return qs_fail(ENOMEM, "%s on %s: no memory: %s", driver, i->name, strerror(error));
	case EMFILE:
	case ENFILE:
		return qs_fail(EMFILE, "%s on %s: no descriptor: %s", driver, i->name, strerror(error));
	default:
		return qs_fail(EIO, "%s on %s: %s", driver, i->name, strerror(error));
	}
}

int qs_interface_start(struct qs_interface *i, qs_service_hook_fn follow, void *arg)
{
	char name[16];

	snprintf(name, sizeof(name), "qsock-%.9s", i->name);
	i->service = qs_service_create(name);
	if (i->service == NULL ||
	    qs_service_fd_add(i->service, qs_link_news_fd(i->news), qs_link_news_read, i->news) != 0)
		return -1;
	return qs_service_hook_add(i->service, follow, arg);
}

void qs_interface_close(struct qs_interface *i)
{
	qs_service_free(i->service);
	qs_link_news_close(i->news);
}

bool qs_interface_rebind_due(const struct qs_interface *i, uint64_t now_ns)
{
	return i->rebind && i->state.up && now_ns >= i->retry_ns;
}

void qs_interface_rebound(struct qs_interface *i)
{
	i->rebind = i->rebind_told = false;
	qs_frames_count(&i->rebinds, 1);
	SAY(NOTICE, i, "the interface is back");
	link_store(i);
}

void qs_interface_retry(struct qs_interface *i, uint64_t now_ns, const char *why)
{
	i->retry_ns = now_ns + RETRY_NS;
	if (!i->rebind_told)
		SAY(WARNING, i, "not taken again yet: %s", why);
	i->rebind_told = true;
}
