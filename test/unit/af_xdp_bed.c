/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "af_xdp/kernel.h"
#include "af_xdp_bed.h"

struct bed_kernel bed_kernel;

struct rte_qsock_egress *bed_egress(struct rte_qsock_af_xdp_conf conf)
{
	conf.size = sizeof(conf);
	conf.ifname = conf.ifname != NULL ? conf.ifname : NEAR;
	return bed_made(rte_qsock_egress_af_xdp(&conf));
}

void bed_refused(struct rte_qsock_af_xdp_conf conf, int error)
{
	conf.size = sizeof(conf);
	assert_null(rte_qsock_egress_af_xdp(&conf));
	assert_int_equal(rte_errno, error);
}

struct rte_qsock_af_xdp_info bed_info(const struct rte_qsock_egress *e)
{
	struct rte_qsock_af_xdp_info info = {.size = sizeof(info)};

	assert_int_equal(rte_qsock_af_xdp_info_get(e, &info), 0);
	assert_int_equal(info.size, sizeof(info));
	assert_int_equal(info.submitted, info.completed + info.lost + info.in_flight_frames);
	assert_true(info.in_flight_max_bytes <= info.in_flight_limit_bytes);
	return info;
}

bool bed_in_flight_is(const struct rte_qsock_egress *e, uint64_t frames)
{
	return bed_info(e).in_flight_frames == frames;
}

static struct rte_qsock_egress *make(void)
{
	return bed_open(.frames = 64);
}

static struct bed_figures figures(const struct rte_qsock_egress *e)
{
	const struct rte_qsock_af_xdp_info info = bed_info(e);

	return BED_FIGURES(info);
}

static void kernel_reset(void)
{
	memset(&bed_kernel, 0, sizeof(bed_kernel));
	qs_txsk_kernel = &qs_txsk_kernel_real;
}

static int info_get(const struct rte_qsock_egress *e, void *info)
{
	return rte_qsock_af_xdp_info_get(e, info);
}

const struct bed_driver bed_driver = {
	.name = "af_xdp",
	.beyond_mtu_bytes = 18,
	.reset = kernel_reset,
	.receive_from = bed_receiver,
	.make = make,
	.figures = figures,
	.info_get = info_get,
	.info_bytes = sizeof(struct rte_qsock_af_xdp_info),
};

/* ------------------------------------------------------------------ a kernel that lacks something */

static int lacking_socket(int domain, int type, int protocol)
{
	errno = bed_kernel.socket_errno;
	return errno != 0 ? -1 : qs_txsk_kernel_real.socket(domain, type, protocol);
}

static int lacking_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	errno = ENOPROTOOPT;
	if ((level == SOL_XDP && option == bed_kernel.no_option) ||
	    (level == SOL_SOCKET && option == bed_kernel.no_socket_option))
		return -1;
	return qs_txsk_kernel_real.setsockopt(fd, level, option, value, len);
}

static int lacking_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	int ret = qs_txsk_kernel_real.getsockopt(fd, level, option, value, len);

	if (bed_kernel.old && level == SOL_XDP && option == XDP_MMAP_OFFSETS)
		*len -= 4 * sizeof(uint64_t);
	return ret;
}

static int lacking_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_xdp xdp;

	bed_kernel.binds++;
	memcpy(&xdp, addr, sizeof(xdp));
	if (xdp.sxdp_flags & XDP_ZEROCOPY) {
		bed_kernel.zero_binds++;
		if (bed_kernel.zero_copy)
			xdp.sxdp_flags = (uint16_t)((xdp.sxdp_flags & ~XDP_ZEROCOPY) | XDP_COPY);
	}
	errno = bed_kernel.bind_errno;
	return errno != 0 ? -1 : qs_txsk_kernel_real.bind(fd, (struct sockaddr *)&xdp, len);
}

static ssize_t lacking_kick(int fd)
{
	return bed_kernel.mute ? 0 : qs_txsk_kernel_real.kick(fd);
}

void bed_kernel_use(void)
{
	static const struct qs_txsk_kernel lacking = {.socket = lacking_socket,
						      .setsockopt = lacking_setsockopt,
						      .getsockopt = lacking_getsockopt,
						      .bind = lacking_bind,
						      .kick = lacking_kick};

	qs_txsk_kernel = &lacking;
}
