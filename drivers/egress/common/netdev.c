/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "netdev.h"

/* @return 0; -1: errno */
static int ask(const char *ifname, unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret, error;

	if (fd < 0)
		return -1;
	memcpy(request->ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ret = ioctl(fd, what, request);
	error = errno;
	close(fd);
	errno = error;
	return ret;
}

uint32_t qs_netdev_index(const char *ifname)
{
	struct ifreq request = {0};

	return ask(ifname, SIOCGIFINDEX, &request) < 0 ? 0 : (uint32_t)request.ifr_ifindex;
}

uint64_t qs_netdev_rate_bps(const char *ifname)
{
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
	struct ifreq request = {.ifr_data = (char *)&cmd};

	if (ask(ifname, SIOCETHTOOL, &request) < 0 || ethtool_cmd_speed(&cmd) == (uint32_t)SPEED_UNKNOWN)
		return 0;
	return ethtool_cmd_speed(&cmd) * UINT64_C(1000000);
}
