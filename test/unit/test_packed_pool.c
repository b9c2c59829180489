/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools without gaps, and ordinary ones that have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net/qs_packed_pool.h"
#include "net_eal.h"

static void test_packed(void **state)
{
	struct rte_mempool *pool = qs_packed_pool_create("packed", 4095, 32, RTE_MBUF_DEFAULT_BUF_SIZE,
							 SOCKET_ID_ANY, "ring_mt_rts");
	struct rte_mbuf *m;

	(void)state;
	assert_non_null(pool);
	assert_true(qs_packed_pool_is(pool));
	assert_int_equal(rte_mempool_avail_count(pool), 4095);
	assert_int_equal(rte_pktmbuf_data_room_size(pool), RTE_MBUF_DEFAULT_BUF_SIZE);
	for (int i = 0; i < 4095; i++) {
		m = rte_pktmbuf_alloc(pool);
		assert_non_null(m);
		rte_mbuf_sanity_check(m, 1);
		assert_int_equal(rte_pktmbuf_tailroom(m), RTE_MBUF_DEFAULT_DATAROOM);
		memset(rte_pktmbuf_append(m, RTE_MBUF_DEFAULT_DATAROOM), i, RTE_MBUF_DEFAULT_DATAROOM);
		rte_pktmbuf_free(m);
	}
	rte_mempool_free(pool);
	/* Why it exists: with 4 KiB pages an ordinary pool has an object a page. */
	assert_false(qs_packed_pool_is(net_pool));
	assert_false(qs_packed_pool_wanted(RTE_MAX_ETHPORTS));
}

static void test_errors(void **state)
{
	struct rte_mempool *pool = qs_packed_pool_create("twice", 63, 0, 256, SOCKET_ID_ANY, NULL);

	(void)state;
	assert_non_null(pool);
	assert_null(qs_packed_pool_create("twice", 63, 0, 256, SOCKET_ID_ANY, NULL));
	assert_int_equal(rte_errno, EEXIST);
	rte_mempool_free(pool);
	assert_null(qs_packed_pool_create("ops", 63, 0, 256, SOCKET_ID_ANY, "no-such-ops"));
	assert_int_equal(rte_errno, EINVAL);
	assert_null(qs_packed_pool_create("large", 1 << 24, 0, 4096, SOCKET_ID_ANY, NULL));
	assert_int_equal(rte_errno, ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, net_eal_setup, net_eal_teardown);
}
