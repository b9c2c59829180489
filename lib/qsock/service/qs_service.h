/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A thread that looks after what is not urgent enough for an lcore: descriptors, times, requests.
 * It sleeps when nothing happens. A port has one, with a twin or without.
 *
 * What belongs to the thread is changed on the thread: qs_service_call() runs a function there.
 */
#ifndef QS_SERVICE_H
#define QS_SERVICE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qs_service;

#define QS_SERVICE_HOOKS_MAX 64 /**< hooks of one service */
#define QS_SERVICE_FDS_MAX 64	/**< descriptors of one service */
#define QS_SERVICE_NEVER UINT64_MAX
#define QS_SERVICE_SWEEP_NS UINT64_C(1000000000) /**< a hook is called at least so often */

/**
 * A hook: called when its time has come, after qs_service_wake(), and once in QS_SERVICE_SWEEP_NS
 * whatever it says. Must not block. [service]
 *
 * @return when to be called again: CLOCK_MONOTONIC ns; QS_SERVICE_NEVER: at the next wake or sweep
 */
typedef uint64_t (*qs_service_hook_fn)(void *arg, uint64_t now_ns);

/** A descriptor is readable. Must not block. [service] */
typedef void (*qs_service_fd_fn)(void *arg);

/**
 * Start the thread, in the network namespace of the caller. [ctl]
 * @param name of the thread, shorter than 16
 * @return the service; NULL: EINVAL no name or too long, ENOMEM, EAGAIN no thread to be had
 */
struct qs_service *qs_service_create(const char *name);

/** End the thread. NULL is allowed; never on the thread itself. [ctl] */
void qs_service_free(struct qs_service *svc);

/** Call fn(arg) as it asks, first at once. @return 0; -1: EINVAL, EEXIST the pair is there, ENOSPC. [ctl] */
int qs_service_hook_add(struct qs_service *svc, qs_service_hook_fn fn, void *arg);

/** Afterwards fn(arg) is not called any more. @return 0; -1: EINVAL, ENOENT. [ctl] */
int qs_service_hook_del(struct qs_service *svc, qs_service_hook_fn fn, void *arg);

/** Call fn(arg) while fd is readable. @return 0; -1: EINVAL, EEXIST, ENOSPC. [ctl] */
int qs_service_fd_add(struct qs_service *svc, int fd, qs_service_fd_fn fn, void *arg);

/** @return 0; -1: EINVAL, ENOENT. [ctl] */
int qs_service_fd_del(struct qs_service *svc, int fd);

/** Have every hook called soon: one write to an eventfd, and none if that is under way. [any] */
void qs_service_wake(struct qs_service *svc);

/** Run fn(arg) on the thread and wait for its end. @return what fn returned. [ctl] */
int qs_service_call(struct qs_service *svc, int (*fn)(void *arg), void *arg);

#ifdef __cplusplus
}
#endif
#endif
