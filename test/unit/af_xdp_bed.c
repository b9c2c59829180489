/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>

#include "af_xdp/kernel.h"
#include "af_xdp_bed.h"
#include "net_eal.h"
#include "net_ns.h"

struct rte_mempool *bed_pool; /* the veth bed's view of net_pool */

static struct rte_qsock_egress *egress; /* that a test which failed has left */
struct bed_kernel bed_kernel;

int bed_up(void **state)
{
	(void)state;
	memset(&bed_kernel, 0, sizeof(bed_kernel));
	bed_veth_up();
	return 0;
}

int bed_down(void **state)
{
	(void)state;
	if (egress != NULL)
		bed_free(egress);
	qs_txsk_kernel = &qs_txsk_kernel_real;
	bed_veth_down();
	return 0;
}

static int group_up(void **state)
{
	(void)state;
	if (net_eal_up(8191) != 0)
		return -1;
	bed_pool = net_pool;
	return 0;
}

static int group_down(void **state)
{
	(void)state;
	return net_eal_down();
}

int bed_run_tests(const struct CMUnitTest *tests, size_t n)
{
	if (net_ns_enter())
		return _cmocka_run_group_tests("af_xdp", tests, n, group_up, group_down);
	puts("SKIP: needs root, for a network namespace");
	return 77;
}

struct rte_qsock_egress *bed_egress(struct rte_qsock_af_xdp_conf conf)
{
	struct rte_qsock_egress *e;

	conf.size = sizeof(conf);
	conf.ifname = conf.ifname != NULL ? conf.ifname : NEAR;
	e = rte_qsock_egress_af_xdp(&conf);
	if (e == NULL)
		fail_msg("no egress: %s", rte_strerror(rte_errno));
	egress = e;
	return e;
}

void bed_free(struct rte_qsock_egress *e)
{
	egress = NULL;
	e->ops->free(e);
}

void bed_end(struct rte_qsock_egress *e)
{
	bed_free(e);
	assert_int_equal(rte_mempool_in_use_count(net_pool), 0);
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

/* What is awaited of its figures. */
struct awaited {
	bool (*so)(const struct rte_qsock_af_xdp_info *info);
};

static bool is_so(struct rte_qsock_egress *e, void *arg)
{
	const struct awaited *awaited = arg;
	struct rte_qsock_af_xdp_info info = bed_info(e);

	return awaited->so(&info);
}

void bed_await(struct rte_qsock_egress *e, bool (*so)(const struct rte_qsock_af_xdp_info *info))
{
	struct awaited awaited = {so};

	bed_await_true(e, is_so, &awaited);
}

bool bed_all_done(const struct rte_qsock_af_xdp_info *info)
{
	return info->in_flight_frames == 0;
}

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
