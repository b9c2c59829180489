/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "core/qs_fence.h"

static int barrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

bool qs_fence_ready(void)
{
	return barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

void qs_fence_all(void)
{
	barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}
