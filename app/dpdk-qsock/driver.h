/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The thread that drives the sources, and the lock that everything about them is done under.
 */
#ifndef DQ_DRIVER_H
#define DQ_DRIVER_H

struct dq_driver;
struct dq_list;
struct dq_source;

/** @return 0; -ENOMEM */
int dq_driver_add(struct dq_driver *d, struct dq_source *src);

/** Afterwards the thread does not touch it. */
void dq_driver_remove(struct dq_driver *d, struct dq_source *src);

/** Take over pools of a source that is gone, until they are whole. */
void dq_driver_retire(struct dq_driver *d, struct dq_list *pools);

void dq_driver_lock(struct dq_driver *d);
void dq_driver_unlock(struct dq_driver *d);

/** Have the thread look at its sources again. */
void dq_driver_wake(struct dq_driver *d);

#endif
