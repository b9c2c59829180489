/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/qs_ifreq.h"

int qs_ifreq(const char *ifname, unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret, error;

	if (fd < 0)
		return -1;
	memset(request->ifr_name, 0, sizeof(request->ifr_name));
	memcpy(request->ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ret = ioctl(fd, what, request);
	error = errno;
	close(fd);
	errno = error;
	return ret;
}
