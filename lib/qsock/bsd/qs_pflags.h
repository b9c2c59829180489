/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What struct packet_flags says, as the scheduler has it.
 */
#ifndef QS_PFLAGS_H
#define QS_PFLAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "qsocket.h"
#include "rte_qsock_sched.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_PFLAGS_ALL (DWCS_NON_DROPPABLE | Q_DROPPABLE | Q_FRAME_START | Q_FRAME_END | Q_DEADLINE_RELATIVE)

/**
 * Read a message's flags. [any]
 *
 * @param now_ns for a relative deadline
 * @param flags enum rte_qsock_pkt_flags
 * @return false: bits that are not allowed, or a relative deadline that is too far
 */
static inline bool qs_pflags_read(const struct packet_flags *pflags, uint64_t now_ns, uint16_t *flags,
				  uint64_t *deadline_ns)
{
	unsigned int bits = (unsigned int)pflags->drop_flag;
	uint64_t deadline = pflags->deadline;

	if ((bits & ~(unsigned int)QS_PFLAGS_ALL) || (bits & 3u) == 3u)
		return false;
	if (bits & Q_DEADLINE_RELATIVE) {
		if (deadline > RTE_QSOCK_DEADLINE_MAX_NS)
			return false;
		deadline += now_ns;
	}
	/* DWCS_NON_DROPPABLE is the paper's 1, and so the two drop bits stand the other way round. */
	*flags = (uint16_t)(((bits & DWCS_NON_DROPPABLE) ? RTE_QSOCK_PKT_NON_DROPPABLE : 0) |
			    ((bits & Q_DROPPABLE) ? RTE_QSOCK_PKT_DROPPABLE : 0) |
			    ((bits & (Q_FRAME_START | Q_FRAME_END)) >> 2));
	*deadline_ns = deadline;
	return true;
}

_Static_assert(Q_FRAME_START >> 2 == RTE_QSOCK_PKT_FRAME_START, "shifted above");
_Static_assert(Q_FRAME_END >> 2 == RTE_QSOCK_PKT_FRAME_END, "shifted above");

#ifdef __cplusplus
}
#endif
#endif
