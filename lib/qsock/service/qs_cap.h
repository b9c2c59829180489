/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The cap of what the kernel sends beside a port, kept by a service thread: it follows the interface's MTU,
 * is put again on an interface that was removed and made again, and gives way to another program's.
 */
#ifndef QS_CAP_H
#define QS_CAP_H

#include <stdint.h>

#include "net/qs_qdisc.h"
#include "service/qs_service.h"

#ifdef __cplusplus
extern "C" {
#endif

struct qs_cap;

enum qs_cap_state {
	QS_CAP_IN_PLACE,
	QS_CAP_REPLACED, /**< by another program, and theirs stays */
	QS_CAP_WAITS,	 /**< for an interface of the name */
	QS_CAP_REFUSED,	 /**< by the kernel, on an interface that was made again */
};

struct qs_cap_info {
	enum qs_cap_state state;
	uint64_t replaced; /**< times that another program took its place */
	uint64_t renewed;  /**< times that it was put on an interface that was made again */
};

/**
 * Install it as qs_qdisc_cap() does, and look after it every second. [ctl]
 * @param svc to be freed before the cap is closed
 * @return NULL: as qs_qdisc_cap(), and ENOSPC the service has too many hooks
 */
struct qs_cap *qs_cap_open(struct qs_service *svc, const char *ifname, const struct qs_qdisc_conf *conf);

/** Give back what was there, where ours is there yet. NULL is allowed. [ctl] */
void qs_cap_close(struct qs_cap *cap);

/** As it was when last looked at. [any] */
void qs_cap_info_get(const struct qs_cap *cap, struct qs_cap_info *info);

#ifdef __cplusplus
}
#endif
#endif
