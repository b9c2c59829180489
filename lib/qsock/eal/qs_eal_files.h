/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What EAL leaves below /var/run/dpdk: each prefix has a directory there, with files, sockets and locks, which EAL
 * makes and never removes.
 */
#ifndef QS_EAL_FILES_H
#define QS_EAL_FILES_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Have the directory of this process's prefix go when the process ends by exit(), unless another one uses it. Called
 * before rte_eal_init(), so that what EAL itself does at exit comes first. [ctl]
 */
void qs_eal_files_end(void);

#ifdef __cplusplus
}
#endif
#endif
