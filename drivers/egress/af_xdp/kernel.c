/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

#include "kernel.h"

static int kernel_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return bind(fd, addr, len);
}

static ssize_t kernel_kick(int fd)
{
	return sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

const struct qs_txsk_kernel qs_txsk_kernel_real = {
	.socket = socket,
	.setsockopt = setsockopt,
	.getsockopt = getsockopt,
	.bind = kernel_bind,
	.kick = kernel_kick,
};

const struct qs_txsk_kernel *qs_txsk_kernel = &qs_txsk_kernel_real;
