/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "twin/qs_tap.h"

#define TUN_DEVICE "/dev/net/tun"

static int refused(const struct qs_tap *tap, const char *what)
{
	int error = errno;

	if (error == EPERM || error == EACCES)
		return qs_fail(EPERM, "twin %s: %s: not permitted, needs CAP_NET_ADMIN", tap->name, what);
	return qs_fail(error == EINVAL ? EINVAL : EIO, "twin %s: %s: %s", tap->name, what, strerror(error));
}

/* A name in use is told apart from other refusals before the kernel is asked. */
static int name_check(const char *name)
{
	if (name[0] == '\0' || strlen(name) >= IFNAMSIZ || strpbrk(name, "/ %:") != NULL)
		return qs_fail(EINVAL, "twin: name '%s', allowed are 1 .. %d bytes without / %% : or space",
			       name, IFNAMSIZ - 1);
	if (if_nametoindex(name) != 0)
		return qs_fail(EEXIST, "twin %s: an interface of that name exists", name);
	return 0;
}

static int tap_create(struct qs_tap *tap, const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	if (name != NULL && name_check(name) < 0)
		return -1;
	strcpy(tap->name, name ? name : "qs%d"); /* the kernel fills in the first free number */
	strcpy(ifr.ifr_name, tap->name);
	tap->fd = open(TUN_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap->fd < 0)
		return refused(tap, "opening " TUN_DEVICE);
	if (ioctl(tap->fd, TUNSETIFF, &ifr) < 0)
		return refused(tap, "making the interface");
	memcpy(tap->name, ifr.ifr_name, sizeof(tap->name));
	tap->ifindex = if_nametoindex(tap->name);
	return 0;
}

static int tap_set(const struct qs_tap *tap, const struct rte_ether_addr *mac, uint16_t mtu_bytes)
{
	int sk = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	struct ifreq ifr = {0};

	if (sk < 0)
		return refused(tap, "opening a socket");
	strcpy(ifr.ifr_name, tap->name);
	ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(*mac));
	if (ioctl(sk, SIOCSIFHWADDR, &ifr) < 0)
		ret = refused(tap, "setting the MAC");
	ifr.ifr_mtu = mtu_bytes;
	if (ret == 0 && ioctl(sk, SIOCSIFMTU, &ifr) < 0)
		ret = refused(tap, "setting the MTU");
	if (ret == 0 && ioctl(sk, SIOCGIFFLAGS, &ifr) < 0)
		ret = refused(tap, "reading the flags");
	ifr.ifr_flags |= IFF_UP;
	if (ret == 0 && ioctl(sk, SIOCSIFFLAGS, &ifr) < 0)
		ret = refused(tap, "setting it up");
	close(sk);
	return ret;
}

int qs_tap_open(struct qs_tap *tap, const char *name, const struct rte_ether_addr *mac, uint16_t mtu_bytes)
{
	*tap = (struct qs_tap){.fd = -1};
	if (tap_create(tap, name) == 0 && tap_set(tap, mac, mtu_bytes) == 0)
		return 0;
	qs_tap_close(tap);
	return -1;
}

void qs_tap_close(struct qs_tap *tap)
{
	if (tap->fd >= 0)
		close(tap->fd);
	tap->fd = -1;
}

void qs_tap_carrier_set(const struct qs_tap *tap, bool up)
{
	int carrier = up;

	if (ioctl(tap->fd, TUNSETCARRIER, &carrier) < 0) /* kernels before 5.0 */
		QS_LOG(DEBUG, "twin %s: carrier: %s\n", tap->name, strerror(errno));
}
