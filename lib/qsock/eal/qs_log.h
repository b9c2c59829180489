/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How the library says what went wrong: rte_errno, and one line under lib.qsock.
 */
#ifndef QS_LOG_H
#define QS_LOG_H

#include <stddef.h>

#include <rte_log.h>

extern int qs_logtype;

#define QS_LOG(level, ...) rte_log(RTE_LOG_##level, (uint32_t)qs_logtype, "QSOCK: " __VA_ARGS__)

/** Log one line (without its newline) as an error, set rte_errno. @return -1. [ctl] */
int qs_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The same for makers. @return NULL. [ctl] */
void *qs_fail_null(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Take a caller's structure that begins with its size: older callers know fewer fields, newer
 * ones may set none that we do not know. @return 0; -1: EINVAL. [ctl]
 */
int qs_conf_take(void *into, size_t into_size, const void *from, const char *what);

/**
 * The way out: fill a caller's structure that begins with its size, as much as it has room for, with zero
 * beyond what we know; its size becomes what is filled. @return 0; -1: EINVAL. [any]
 */
int qs_info_give(void *into, const void *info, size_t info_size, const char *what);

#endif
