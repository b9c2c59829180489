/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The beginning and the end of what runs: the order in which its parts are made, and taken away.
 */
#ifndef DQ_START_H
#define DQ_START_H

#include "instance.h"
#include "loop.h"

/** Make everything that a file asks for, or nothing. e->text begins with FILE:LINE. */
int dq_instance_start(struct dq_instance *in, const struct qs_config *cfg, struct dq_error *e);

/** Stop the sources and wait until what was accepted is sent, for at most the longest linger time, or until (another)
 * signal. */
void dq_instance_drain(struct dq_instance *in, struct dq_loop *loop);

/** Remove everything that was made. */
void dq_instance_stop(struct dq_instance *in);

#endif
