/* SPDX-License-Identifier: BSD-3-Clause */
/* The link on a live port, to the nanosecond: when a decision is made, how early, and how much is made up. */
#include "core/qs_txcore.h"
#include "rig.h"

#define FRAME_BYTES 101 /* with 24 on the wire 125: 1000 ns at 1 Gbit/s */
#define SLOT_NS 1000u

static struct rig r;

static void make(const char *scheduler, uint64_t ahead_ns, uint64_t catchup_ns, uint64_t ipg_ns,
		 uint32_t packets)
{
	struct rte_qsock *qs;

	rig_port(&r, .scheduler = scheduler, .ahead_ns = ahead_ns, .catchup_ns = catchup_ns);
	qs = rig_open(&r, .ipg_ns = ipg_ns, .non_droppable = true, .queue_packets = 256);
	assert_int_equal(qs_port_claim(r.port, true), QS_CLAIM_NEW);
	assert_int_equal(rig_send(qs, packets, FRAME_BYTES), packets);
}

/* Frames sent by a round so long after the beginning. */
static uint16_t at(uint64_t ns)
{
	return rig_round(&r, r.now_ns + ns);
}

static void test_slots(void **state)
{
	unsigned int i;

	make("fifo", 0, 0, 0, 20);
	for (i = 0; i < 10; i++) {
		assert_int_equal(at(i * SLOT_NS), 1);
		assert_int_equal(at(i * SLOT_NS + SLOT_NS - 1), 0);
	}
	/* A late poll: the next frame starts then, and what was missed is lost. */
	assert_int_equal(at(10 * SLOT_NS + 300), 1);
	assert_int_equal(at(11 * SLOT_NS), 0);
	assert_int_equal(at(11 * SLOT_NS + 300), 1);
	rig_end(&r);
}

static void test_ahead(void **state)
{
	make("fifo", 3 * SLOT_NS, 0, 0, 20);
	/* Free at 1, 2, 3 and 4 slots; the last decision was at 3, no more than 3 ahead. */
	assert_int_equal(at(0), 4);
	assert_int_equal(at(SLOT_NS - 1), 0);
	assert_int_equal(at(SLOT_NS), 1);
	assert_int_equal(at(3 * SLOT_NS), 2);
	rig_end(&r);
}

static void test_catchup(void **state)
{
	make("fifo", 0, 5 * SLOT_NS, 0, 40);
	/* The beginning is the end of an idle time: 5 slots are made up, and the present one. */
	assert_int_equal(at(0), 6);
	assert_int_equal(at(SLOT_NS), 1);
	/* A stall of 3 slots is made up, */
	assert_int_equal(at(4 * SLOT_NS), 3);
	/* of one of 20 no more than 5. */
	assert_int_equal(at(24 * SLOT_NS), 6);
	rig_end(&r);
}

static void test_eligible(void **state)
{
	uint64_t decisions;

	/* A request every 10 us: served at once, then not before its period. */
	make("dwcs", 0, 0, 10 * SLOT_NS, 3);
	assert_int_equal(at(0), 1);
	assert_int_equal(at(SLOT_NS), 0);
	decisions = r.port->tx.pace.decisions;
	assert_int_equal(at(9 * SLOT_NS), 0);
	assert_int_equal(at(10 * SLOT_NS - 1), 0);
	/* No arrival, no end of a transmission, nobody eligible: no decision. */
	assert_int_equal(r.port->tx.pace.decisions, decisions);
	assert_int_equal(at(10 * SLOT_NS), 1);
	assert_int_equal(at(20 * SLOT_NS), 1);
	rig_end(&r);
}

static void test_rate(void **state)
{
	make("fifo", 0, 0, 0, 20);
	assert_int_equal(at(0), 1);
	assert_int_equal(rte_qsock_port_rate_set(r.port, UINT64_C(500000000)), 0);
	/* The frame on the wire keeps its time; the next one takes twice as long. */
	assert_int_equal(at(SLOT_NS), 1);
	assert_int_equal(at(3 * SLOT_NS - 1), 0);
	assert_int_equal(at(3 * SLOT_NS), 1);
	rig_end(&r);
}

static void test_fast(void **state)
{
	uint32_t sent = 0, i;

	/* 1 Tbit/s: 1 ns a frame. Whole bursts in every round. */
	make("fifo", 0, 1000000, 0, 200);
	assert_int_equal(rte_qsock_port_rate_set(r.port, RTE_QSOCK_RATE_MAX_BPS), 0);
	for (i = 1; i < 4; i++)
		sent += at(i * SLOT_NS);
	assert_int_equal(sent, 200);
	rig_end(&r);
}

static void test_clock_back(void **state)
{
	make("fifo", 0, 0, 0, 20);
	assert_int_equal(at(5 * SLOT_NS), 1);
	/* Another CPU's clock: as if no time had passed. */
	assert_int_equal(at(4 * SLOT_NS), 0);
	assert_int_equal(at(6 * SLOT_NS), 1);
	rig_end(&r);
}

/* ---- rates, where the TX core is away now and then */

#define SHARES 4u
#define STALL_MAX 90u /* slots */
#define RUN_SLOTS 20000u

static uint64_t shares[SHARES]; /* what each has sent */

/* All backlogged, with these periods; the TX core comes each few slots, and is away every tenth time. Returns
 * slots that it took. */
static uint64_t stalls(bool work_conserving, uint64_t catchup_ns, const uint32_t *period_slots)
{
	struct rte_qsock *qs[SHARES];
	uint64_t ns = 0;
	uint32_t seed = 1, i;

	rig_port(&r, .scheduler = "dwcs", .work_conserving = work_conserving, .catchup_ns = catchup_ns);
	for (i = 0; i < SHARES; i++) {
		struct rte_qsock_conf conf = api_socket_conf(NULL);

		conf.stream.droppable = false;
		conf.stream.oln = conf.stream.old = 0; /* deadlines alone */
		conf.stream.ipg_ns = period_slots[i] * SLOT_NS;
		conf.stream.queue_packets = 256;
		qs[i] = rte_qsock_open(r.port, &conf);
		assert_non_null(qs[i]);
		assert_int_equal(rig_send(qs[i], 256, FRAME_BYTES), 256);
	}
	/* What was idle before is not made up for: counting begins when that is over. */
	for (i = 0; i < 2 * (uint32_t)(catchup_ns / SLOT_NS) + 2; i++) {
		at(ns += SLOT_NS / 2);
		for (uint32_t k = 0; k < SHARES; k++)
			rig_send(qs[k], (uint32_t)rte_qsock_tx_room(qs[k]), FRAME_BYTES);
	}
	for (i = 0; i < SHARES; i++)
		shares[i] = rig_counts(qs[i]).accepted - rig_counts(qs[i]).queued;
	for (i = 0; i < RUN_SLOTS;) {
		uint32_t step;

		seed = seed * 1103515245 + 12345;
		step = seed >> 16 & 15 ? 1 + (seed >> 20) % 3 : (seed >> 20) % STALL_MAX;
		i += step;
		at(ns += step * SLOT_NS);
		for (uint32_t k = 0; k < SHARES; k++)
			rig_send(qs[k], (uint32_t)rte_qsock_tx_room(qs[k]), FRAME_BYTES);
	}
	for (uint32_t k = 0; k < SHARES; k++)
		shares[k] = rig_counts(qs[k]).accepted - rig_counts(qs[k]).queued - shares[k];
	rig_end(&r);
	return i;
}

/* Where catch-up is longer than any stall, the link's rate and each socket's are exact. */
static void test_rates(void **state)
{
	static const uint32_t full[SHARES] = {2, 4, 8, 8}, loose[SHARES] = {100, 120, 150, 200};
	uint64_t slots = stalls(true, (STALL_MAX + 10) * SLOT_NS, full);
	uint32_t i;

	assert_int_equal(shares[0] + shares[1] + shares[2] + shares[3], slots);
	for (i = 0; i < SHARES; i++)
		assert_in_range(shares[i], slots / full[i] - 2, slots / full[i] + 2);
	/* Else they are short of what was not made up. */
	slots = stalls(true, 10 * SLOT_NS, full);
	assert_true(shares[0] + shares[1] + shares[2] + shares[3] < slots * 9 / 10);
	/* Served once a period: all of them, as long as none lies in a stall. */
	slots = stalls(false, (STALL_MAX + 10) * SLOT_NS, loose);
	for (i = 0; i < SHARES; i++)
		assert_in_range(shares[i], slots / loose[i] - 1, slots / loose[i] + 1);
	/* But not where some do. */
	slots = stalls(false, (STALL_MAX + 10) * SLOT_NS, full);
	assert_true(shares[0] < slots / full[0] * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),	   cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_catchup),	   cmocka_unit_test(test_eligible),
		cmocka_unit_test(test_rate),	   cmocka_unit_test(test_fast),
		cmocka_unit_test(test_clock_back), cmocka_unit_test(test_rates),
	};
	int ret;

	api_eal_start("qslink");
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	api_eal_stop();
	return ret;
}
