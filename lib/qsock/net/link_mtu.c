/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/ioctl.h>

#include "net/qs_link_mtu.h"
#include "net/qs_ifreq.h"

uint32_t qs_link_mtu(const char *ifname)
{
	struct ifreq request = {0};

	return qs_ifreq(ifname, SIOCGIFMTU, &request) < 0 || request.ifr_mtu < 0 ? 0
										 : (uint32_t)request.ifr_mtu;
}

int qs_link_mtu_set(const char *ifname, uint32_t mtu_bytes)
{
	struct ifreq request = {.ifr_mtu = (int)mtu_bytes};

	return qs_ifreq(ifname, SIOCSIFMTU, &request) < 0 ? -1 : 0;
}
