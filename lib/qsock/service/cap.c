/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "service/qs_cap.h"

#define LOOK_NS UINT64_C(1000000000)

struct qs_cap {
	/* Constant */
	char ifname[IFNAMSIZ];
	struct qs_qdisc_conf conf;

	/* [service] */
	struct qs_qdisc *qdisc; /* NULL: its interface is gone */
	uint32_t refused;	/* the interface that refused it: it is not asked again */
	uint64_t look_ns;

	/* Written by [service], read by [any] */
	struct qs_cap_info info;
};

static void state_set(struct qs_cap *cap, enum qs_cap_state state)
{
	__atomic_store_n(&cap->info.state, state, __ATOMIC_RELAXED);
}

static void count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* One of its name may be there again. */
static void renew(struct qs_cap *cap)
{
	const uint32_t ifindex = if_nametoindex(cap->ifname);

	if (ifindex == 0 || ifindex == cap->refused)
		return;
	cap->qdisc = qs_qdisc_cap(cap->ifname, &cap->conf);
	if (cap->qdisc != NULL) {
		count(&cap->info.renewed);
		state_set(cap, QS_CAP_IN_PLACE);
		QS_LOG(NOTICE, "cap on %s: put on the interface that is back\n", cap->ifname);
	} else if (rte_errno != ENODEV) {
		cap->refused = ifindex;
		state_set(cap, QS_CAP_REFUSED);
	}
}

static void look(struct qs_cap *cap)
{
	if (cap->qdisc == NULL || qs_qdisc_check(cap->qdisc) == 0)
		return;
	if (rte_errno == ESTALE && cap->info.state == QS_CAP_IN_PLACE) {
		count(&cap->info.replaced);
		state_set(cap, QS_CAP_REPLACED);
	} else if (rte_errno == ENODEV) {
		qs_qdisc_end(cap->qdisc);
		cap->qdisc = NULL;
		state_set(cap, QS_CAP_WAITS);
	}
}

static uint64_t look_hook(void *arg, uint64_t now_ns)
{
	struct qs_cap *cap = arg;

	if (now_ns >= cap->look_ns) {
		look(cap);
		cap->look_ns = now_ns + LOOK_NS;
	}
	if (cap->qdisc == NULL)
		renew(cap);
	return cap->look_ns;
}

struct qs_cap *qs_cap_open(struct qs_service *svc, const char *ifname, const struct qs_qdisc_conf *conf)
{
	struct qs_cap *cap = calloc(1, sizeof(*cap));
	int error;

	if (cap == NULL)
		return qs_fail_null(ENOMEM, "cap on %s: no memory", ifname);
	cap->conf = *conf;
	strncpy(cap->ifname, ifname, sizeof(cap->ifname) - 1);
	cap->qdisc = qs_qdisc_cap(ifname, conf);
	if (cap->qdisc != NULL && qs_service_hook_add(svc, look_hook, cap) == 0)
		return cap;
	error = rte_errno;
	qs_cap_close(cap);
	rte_errno = error;
	return NULL;
}

void qs_cap_close(struct qs_cap *cap)
{
	if (cap == NULL)
		return;
	qs_qdisc_end(cap->qdisc);
	free(cap);
}

void qs_cap_info_get(const struct qs_cap *cap, struct qs_cap_info *info)
{
	*info = (struct qs_cap_info){
		.state = __atomic_load_n(&cap->info.state, __ATOMIC_RELAXED),
		.replaced = __atomic_load_n(&cap->info.replaced, __ATOMIC_RELAXED),
		.renewed = __atomic_load_n(&cap->info.renewed, __ATOMIC_RELAXED),
	};
}
