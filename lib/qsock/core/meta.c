/* SPDX-License-Identifier: BSD-3-Clause */
/* The field in an mbuf that carries a packet's deadline and flags. */
#include <errno.h>

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "eal/qs_log.h"
#include "rte_qsock.h"

int rte_qsock_meta_offset = -1;
uint64_t rte_qsock_meta_dynflag;

static const struct rte_mbuf_dynfield meta_field = {
	.name = "rte_qsock_dynfield_meta",
	.size = sizeof(struct rte_qsock_meta),
	.align = __alignof__(struct rte_qsock_meta),
};

static const struct rte_mbuf_dynflag meta_flag = {
	.name = "rte_qsock_dynflag_meta",
};

static_assert(sizeof(struct rte_qsock_meta) == 24, "22.11 leaves 36 bytes for the fields of everybody");

int rte_qsock_meta_register(void)
{
	int offset, bit;

	if (rte_qsock_meta_offset >= 0)
		return 0;
	offset = rte_mbuf_dynfield_register(&meta_field);
	if (offset < 0)
		return qs_fail(rte_errno == EEXIST ? EEXIST : ENOSPC,
			       "no room for %zu bytes of dynamic field in the mbuf: %s",
			       sizeof(struct rte_qsock_meta), rte_strerror(rte_errno));
	bit = rte_mbuf_dynflag_register(&meta_flag);
	if (bit < 0)
		return qs_fail(rte_errno == EEXIST ? EEXIST : ENOSPC, "no dynamic flag left in the mbuf: %s",
			       rte_strerror(rte_errno));
	rte_qsock_meta_dynflag = RTE_BIT64(bit);
	rte_qsock_meta_offset = offset;
	return 0;
}
