/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * EAL leaves its files in the hugepage file system for the next start. A daemon that has ended
 * must not keep memory: it removes those that it had mapped.
 */
#ifndef DQ_HUGEFILES_H
#define DQ_HUGEFILES_H

/** The files in hugepages that this process has mapped; before rte_eal_cleanup(). NULL: none */
char **dq_hugefiles_find(void);

/** Remove them, and free the list. NULL is allowed. */
void dq_hugefiles_remove(char **files);

#endif
