/* SPDX-License-Identifier: BSD-3-Clause */
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "netdev.h"
#include "net/qs_ifreq.h"

uint32_t qs_netdev_index(const char *ifname)
{
	struct ifreq request = {0};

	return qs_ifreq(ifname, SIOCGIFINDEX, &request) < 0 ? 0 : (uint32_t)request.ifr_ifindex;
}

uint64_t qs_netdev_rate_bps(const char *ifname)
{
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
	struct ifreq request = {.ifr_data = (char *)&cmd};

	if (qs_ifreq(ifname, SIOCETHTOOL, &request) < 0 || ethtool_cmd_speed(&cmd) == (uint32_t)SPEED_UNKNOWN)
		return 0;
	return ethtool_cmd_speed(&cmd) * UINT64_C(1000000);
}
