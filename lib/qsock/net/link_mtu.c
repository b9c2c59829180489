/* SPDX-License-Identifier: BSD-3-Clause */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/qs_link_mtu.h"

/* @return 0; -1: no such interface, or no descriptor to ask with */
static int ask(const char *ifname, unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -1;
	memcpy(request->ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ret = ioctl(fd, what, request);
	close(fd);
	return ret;
}

uint32_t qs_link_mtu(const char *ifname)
{
	struct ifreq request = {0};

	return ask(ifname, SIOCGIFMTU, &request) < 0 || request.ifr_mtu < 0 ? 0 : (uint32_t)request.ifr_mtu;
}

int qs_link_mtu_set(const char *ifname, uint32_t mtu_bytes)
{
	struct ifreq request = {.ifr_mtu = (int)mtu_bytes};

	return ask(ifname, SIOCSIFMTU, &request) < 0 ? -1 : 0;
}
