/* SPDX-License-Identifier: BSD-3-Clause */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/qs_link_mtu.h"

uint32_t qs_link_mtu(const char *ifname)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return 0;
	memcpy(request.ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ret = ioctl(fd, SIOCGIFMTU, &request);
	close(fd);
	return ret < 0 || request.ifr_mtu < 0 ? 0 : (uint32_t)request.ifr_mtu;
}
