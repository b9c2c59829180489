/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Settings of a port as text, for programs that are not changed: QSOCK_PORT_ARGS.
 */
#ifndef QS_PORT_ARGS_H
#define QS_PORT_ARGS_H

#include <stddef.h>

#include "qsocket.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Settings of a port, with the texts that they point to. */
struct qs_port_args {
	struct q_port_ex ex;
	char *text; /**< what ex.twin, ex.devargs and ex.record point into; free() it */
};

/**
 * Read the settings of a device: "rate=10mbit,twin=qs0", or with sections "DEV:rate=...;DEV2:rate=...". [any]
 *
 * @param line NULL: no settings
 * @param why buffer for one line that names the value and what is allowed
 * @return 0; -EINVAL; -ENOMEM
 */
int qs_port_args_read(const char *line, const char *dev, struct qs_port_args *args, char *why,
		      size_t why_len);

/** Settings of into that are zero come from other. Texts are not copied. [any] */
void qs_port_ex_merge(struct q_port_ex *into, const struct q_port_ex *other);

/** Check ranges that are not the port's own to check. @return 0; -EINVAL. [any] */
int qs_port_ex_check(const struct q_port_ex *ex, char *why, size_t why_len);

#ifdef __cplusplus
}
#endif
#endif
