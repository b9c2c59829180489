/* SPDX-License-Identifier: BSD-3-Clause */
/* By the kernel's own calls: libnuma would ask it for more than a container may. */
#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "numa/qs_numa.h"

/* The whole pages that a range touches. */
struct span {
	char *at;
	size_t bytes, page;
};

static struct span span_of(const void *addr, size_t bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t before = (size_t)((uintptr_t)addr % page);

	return (struct span){(char *)(uintptr_t)addr - before, (bytes + before + page - 1) / page * page,
			     page};
}

/* What a call that failed means. */
static int why(void)
{
	return errno == EPERM || errno == ENOSYS ? -ENOTSUP : -errno;
}

int qs_numa_bind(void *addr, size_t bytes, int node)
{
	const struct span s = span_of(addr, bytes);
	unsigned long mask[QS_NODES_MAX / (8 * sizeof(unsigned long)) + 1] = {0};
	const size_t bits = 8 * sizeof(*mask);

	if (node < 0 || bytes == 0)
		return 0;
	if (node >= QS_NODES_MAX)
		return -EINVAL;
	mask[(size_t)node / bits] |= 1ul << (size_t)node % bits;
	/* The kernel takes one bit less than it is told. */
	if (syscall(SYS_mbind, s.at, s.bytes, MPOL_PREFERRED, mask, (unsigned long)QS_NODES_MAX + 1,
		    (unsigned int)MPOL_MF_MOVE) == 0)
		return 0;
	return why();
}

int qs_numa_where(const void *addr, size_t bytes, struct qs_numa_pages *pages)
{
	const struct span s = span_of(addr, bytes);
	const size_t all = s.bytes / s.page, n = all < QS_NUMA_SAMPLES ? all : QS_NUMA_SAMPLES;
	void *at[QS_NUMA_SAMPLES];
	int status[QS_NUMA_SAMPLES];
	size_t i;

	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		at[i] = s.at + i * all / n * s.page;
	if (syscall(SYS_move_pages, 0, (unsigned long)n, at, NULL, status, 0) < 0)
		return why();
	for (i = 0; i < n; i++) {
		if (status[i] >= 0 && status[i] < QS_NODES_MAX)
			pages->on[status[i]]++;
		else
			pages->absent++;
	}
	return 0;
}

int qs_numa_most(const struct qs_numa_pages *pages)
{
	int node, most = -1;

	for (node = 0; node < QS_NODES_MAX; node++) {
		if (pages->on[node] > (most < 0 ? 0 : pages->on[most]))
			most = node;
	}
	return most;
}

uint64_t qs_numa_remote(const struct qs_numa_pages *pages, int node)
{
	uint64_t remote = 0;
	int i;

	for (i = 0; node >= 0 && i < QS_NODES_MAX; i++)
		remote += i != node ? pages->on[i] : 0;
	return remote;
}
