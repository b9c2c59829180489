/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stddef.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "bsd/qs_drain.h"
#include "bsd/qs_keeper.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "service/qs_service.h"

#define SWEEP_NS UINT64_C(500000000) /* so that a close() is noticed within a second */

static struct qs_service *keeper;

/* Closed ones are detached, and flows follow what was bound and connected. */
static void sweep_one(struct qs_bsd_sock *s, void *arg)
{
	(void)qs_sock_refresh(s);
}

static uint64_t keep(void *arg, uint64_t now_ns)
{
	static uint64_t sweep_ns; /* the keeper's own */
	uint64_t next;

	next = RTE_MIN(qs_room_look(now_ns), qs_drain_look(now_ns));
	if (now_ns >= sweep_ns) {
		qs_sock_foreach(sweep_one, NULL);
		sweep_ns = now_ns + SWEEP_NS;
	}
	return RTE_MIN(next, sweep_ns);
}

int qs_keeper_start(void)
{
	if (keeper != NULL)
		return 0;
	keeper = qs_service_create("qsock-keeper");
	if (keeper == NULL)
		return -rte_errno;
	if (qs_service_hook_add(keeper, keep, NULL) == 0)
		return 0;
	qs_keeper_stop();
	return -ENOMEM;
}

void qs_keeper_stop(void)
{
	struct qs_service *svc = keeper;

	__atomic_store_n(&keeper, NULL, __ATOMIC_RELEASE);
	if (svc != NULL)
		qs_service_free(svc);
}

void qs_keeper_wake(void)
{
	struct qs_service *svc = __atomic_load_n(&keeper, __ATOMIC_ACQUIRE);

	if (svc != NULL)
		qs_service_wake(svc);
}
