/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zero copy is in the hands of the NIC's driver: some bind, and then send nothing, or never say that they
 * did. So a frame is sent that nobody minds, and must come back.
 */
#include <string.h>
#include <time.h>

#include <rte_byteorder.h>

#include "xsk.h"

#define ETHER_TYPE_LOCAL 0x88b5 /* IEEE 802: for local experiments */
#define FRAME_BYTES 60u
#define LOOK_NS 500000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

/* From the interface to itself: a switch does not send it back where it came from. */
static void probe_put(struct qs_txsk *x, const struct rte_ether_addr *mac)
{
	char data[FRAME_BYTES] = {0};
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)(void *)data;
	struct rte_mbuf m = {.buf_addr = data, .data_len = FRAME_BYTES, .pkt_len = FRAME_BYTES};

	eth->dst_addr = *mac;
	eth->src_addr = *mac;
	eth->ether_type = rte_cpu_to_be_16(ETHER_TYPE_LOCAL);
	qs_txsk_put(x, &m, FRAME_BYTES);
	qs_txsk_submit(x);
}

bool qs_txsk_prove(struct qs_txsk *x, const struct rte_ether_addr *mac, uint64_t within_ns)
{
	const struct timespec pause = {0, LOOK_NS};
	const uint64_t until_ns = now_ns() + within_ns;

	probe_put(x, mac);
	for (;;) {
		qs_txsk_kick(x);
		if (qs_txsk_reap(x) > 0)
			return true;
		if (now_ns() >= until_ns)
			return false;
		nanosleep(&pause, NULL);
	}
}
