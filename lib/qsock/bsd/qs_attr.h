/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the structures of qsocket.h mean to the scheduler. All functions are [any].
 */
#ifndef QS_ATTR_H
#define QS_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qsocket.h"
#include "rte_qsock_sched.h"

#ifdef __cplusplus
extern "C" {
#endif

#define QS_LINGER_MAX_NS UINT64_C(1000000000000) /**< 1000 s */

/** Attributes of a stream, understood. */
struct qs_attr {
	struct rte_qsock_stream_conf stream;
	struct q_dwcs_attr as_given; /**< for qinfo(); without Q_ATTR_EX */
	uint64_t linger_ns;	     /**< 0: the port's */
	bool fixed;		     /**< Q_FIXED */
	bool dscp_set;
	bool vlan;
	uint8_t dscp;
	uint8_t vlan_pcp;
	uint16_t vlan_id;
};

/**
 * Read attributes for a discipline.
 *
 * @param attributes struct q_dwcs_attr or, where its stream_flags say so, struct q_attr_ex; NULL: best effort
 * @param why buffer for one line that names the value and what is allowed
 * @return 0; -EINVAL; -ENOENT no such discipline
 */
int qs_attr_read(const char *discipline, const void *attributes, struct qs_attr *attr, char *why,
		 size_t why_len);

/**
 * Bring a structure that begins with its size to the size known here: what is missing is 0, what is too much
 * must be 0.
 *
 * @param size as the caller's structure says
 * @param known sizeof the structure here
 * @param first its size in the first release
 * @return 0; -EINVAL too small, or bytes set that are not known here
 */
int qs_struct_copy(void *to, size_t known, const void *from, size_t size, size_t first);

/** Length of a name that fills its field or ends with 0; it is copied with a final 0. @return 0; -EINVAL
 * empty */
int qs_name_read(char *to, const char *from, size_t field);

#ifdef __cplusplus
}
#endif
#endif
