/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Memory and descriptors that run short, to the byte and to the number: so that each step of a call that
 * takes some is the one that fails.
 */
#ifndef SCARCE_H
#define SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/** Whether scarce_memory() works here: not with a sanitizer, whose own memory would be short too. */
bool scarce_memory_works(void);

/** To be called first: threads have small stacks and share one heap, which grows by what is asked for. */
void scarce_start(void);

/** Libc's heap is eaten up, and the kernel gives spare_bytes more. */
void scarce_memory(size_t spare_bytes);

/** So many descriptors can be opened. */
void scarce_files(size_t spare);

/** EAL's heap is eaten up but for a piece of spare_bytes. */
void scarce_eal(size_t spare_bytes);

/** All of it is there again. */
void scarce_end(void);

#endif
