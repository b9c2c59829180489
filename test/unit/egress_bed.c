/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_errno.h>

#include "egress_bed.h"
#include "net_eal.h"
#include "net_ns.h"

static struct rte_qsock_egress *made; /* that a test which failed has left */

static void reset(void)
{
	if (bed_driver.reset != NULL)
		bed_driver.reset();
}

int bed_up(void **state)
{
	(void)state;
	reset();
	bed_veth_up();
	bed_driver.receive_from();
	return 0;
}

int bed_down(void **state)
{
	(void)state;
	if (made != NULL)
		bed_free(made);
	reset();
	bed_veth_down();
	return 0;
}

static int group_up(void **state)
{
	(void)state;
	if (net_eal_up(8191) != 0)
		return -1;
	bed_pool = net_pool;
	return 0;
}

static int group_down(void **state)
{
	(void)state;
	return net_eal_down();
}

int bed_run_tests(const struct CMUnitTest *tests, size_t n)
{
	if (net_ns_enter())
		return _cmocka_run_group_tests(bed_driver.name, tests, n, group_up, group_down);
	puts("SKIP: needs root, for a network namespace");
	return 77;
}

struct rte_qsock_egress *bed_made(struct rte_qsock_egress *e)
{
	if (e == NULL)
		fail_msg("no egress: %s", rte_strerror(rte_errno));
	made = e;
	return e;
}

void bed_free(struct rte_qsock_egress *e)
{
	made = NULL;
	e->ops->free(e);
}

void bed_end(struct rte_qsock_egress *e)
{
	bed_free(e);
	assert_int_equal(rte_mempool_in_use_count(bed_pool), 0);
}

bool bed_link_is_up(const struct rte_qsock_egress *e, uint64_t up)
{
	return bed_driver.figures(e).link_down == !up;
}

bool bed_is_back(const struct rte_qsock_egress *e, uint64_t n)
{
	const struct bed_figures now = bed_driver.figures(e);

	return now.rebinds == n && !now.link_down;
}
