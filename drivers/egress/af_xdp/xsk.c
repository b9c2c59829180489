/* SPDX-License-Identifier: BSD-3-Clause */
/* A socket's making and end. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "eal/qs_fork.h"
#include "numa/qs_numa.h"
#include "rte_qsock_egress.h"
#include "util/qs_sysfs.h"
#include "xsk.h"

#define FILL_ENTRIES 64u /* nothing is received, but the kernel wants the ring */
#define BUSY_BUDGET 64	 /* packets of the device's that one busy poll may take on */
#define SKB_BYTES 1024u	 /* that a frame costs the kernel beyond its bytes */
#define SKB_BYTES_MAX UINT32_C(1 << 30)

static int option(const struct qs_txsk *x, int level, int name, int value)
{
	return x->kernel->setsockopt(x->fd, level, name, &value, sizeof(value));
}

/* Where the device reads it, or its kernel copies it: before the kernel holds its pages. */
static void umem_place(const struct qs_txsk *x, uint32_t ifindex)
{
	char ifname[IF_NAMESIZE];

	if (if_indextoname(ifindex, ifname) != NULL)
		qs_numa_bind(x->umem, x->umem_bytes, qs_topology_netdev(qs_sysfs_root(), ifname));
}

static int umem_make(struct qs_txsk *x, const struct qs_txsk_conf *conf)
{
	struct xdp_umem_reg reg = {.len = (uint64_t)conf->frames << x->chunk_shift,
				   .chunk_size = 1u << x->chunk_shift};
	uint32_t i;

	x->umem_bytes = reg.len;
	x->umem = mmap(NULL, reg.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
		       0);
	if (x->umem == MAP_FAILED) {
		x->umem = NULL;
		return -1;
	}
	umem_place(x, conf->ifindex);
	/* A child after fork() must not make the pages copies that the kernel does not see. */
	madvise(x->umem, reg.len, MADV_DONTFORK);
	reg.addr = (uintptr_t)x->umem;
	x->free = calloc(conf->frames, sizeof(*x->free));
	x->wire_bytes = calloc(conf->frames, sizeof(*x->wire_bytes));
	if (x->free == NULL || x->wire_bytes == NULL)
		return -1;
	for (i = 0; i < conf->frames; i++)
		x->free[x->free_count++] = conf->frames - 1 - i;
	return x->kernel->setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
}

static int ring_map(const struct qs_txsk *x, struct qs_txsk_ring *ring, const struct xdp_ring_offset *at,
		    size_t entries_bytes, off_t page)
{
	ring->map_bytes = at->desc + entries_bytes;
	ring->map =
		mmap(NULL, ring->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->fd, page);
	if (ring->map == MAP_FAILED) {
		ring->map = NULL;
		return -1;
	}
	/* As long as a child has it, the kernel keeps the queue. */
	madvise(ring->map, ring->map_bytes, MADV_DONTFORK);
	ring->producer = (uint32_t *)(void *)((char *)ring->map + at->producer);
	ring->consumer = (uint32_t *)(void *)((char *)ring->map + at->consumer);
	ring->flags = (uint32_t *)(void *)((char *)ring->map + at->flags);
	ring->entries = (char *)ring->map + at->desc;
	return 0;
}

static int rings_make(struct qs_txsk *x, uint32_t frames)
{
	struct xdp_mmap_offsets at;
	socklen_t len = sizeof(at);

	if (option(x, SOL_XDP, XDP_UMEM_FILL_RING, FILL_ENTRIES) < 0 ||
	    option(x, SOL_XDP, XDP_UMEM_COMPLETION_RING, (int)frames) < 0 ||
	    option(x, SOL_XDP, XDP_TX_RING, (int)frames) < 0 ||
	    x->kernel->getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &len) < 0)
		return -1;
	if (len != sizeof(at)) { /* before 5.4: the rings have no flags */
		errno = ENOPROTOOPT;
		return -1;
	}
	if (ring_map(x, &x->tx, &at.tx, frames * sizeof(struct xdp_desc), XDP_PGOFF_TX_RING) < 0)
		return -1;
	return ring_map(x, &x->comp, &at.cr, frames * sizeof(uint64_t),
			(off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
}

/* Better with them, and works without. */
static void options_set(struct qs_txsk *x, const struct qs_txsk_conf *conf)
{
	/* Each frame is charged to the socket with what the kernel keeps of it. The kernel doubles it. */
	const uint64_t buffer =
		RTE_MIN(conf->in_flight_bytes + (uint64_t)conf->frames * SKB_BYTES, (uint64_t)SKB_BYTES_MAX);

	if (option(x, SOL_SOCKET, SO_SNDBUFFORCE, (int)(buffer / 2)) < 0)
		option(x, SOL_SOCKET, SO_SNDBUF, (int)(buffer / 2));
	if (conf->tx_budget > 0 && option(x, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, (int)conf->tx_budget) == 0)
		x->features |= RTE_QSOCK_AF_XDP_TX_BUDGET;
	if (conf->busy_poll_us > 0 && option(x, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1) == 0 &&
	    option(x, SOL_SOCKET, SO_BUSY_POLL, (int)conf->busy_poll_us) == 0 &&
	    option(x, SOL_SOCKET, SO_BUSY_POLL_BUDGET, BUSY_BUDGET) == 0)
		x->features |= RTE_QSOCK_AF_XDP_BUSY_POLL;
}

static int xsk_bind(struct qs_txsk *x, const struct qs_txsk_conf *conf)
{
	struct sockaddr_xdp addr = {.sxdp_family = AF_XDP,
				    .sxdp_flags = conf->zero_copy ? XDP_ZEROCOPY : XDP_COPY,
				    .sxdp_ifindex = conf->ifindex,
				    .sxdp_queue_id = conf->queue_id};

	addr.sxdp_flags |= XDP_USE_NEED_WAKEUP;
	if (x->kernel->bind(x->fd, (const struct sockaddr *)(const void *)&addr, sizeof(addr)) < 0)
		return -1;
	x->features |= RTE_QSOCK_AF_XDP_NEED_WAKEUP | (conf->zero_copy ? RTE_QSOCK_AF_XDP_ZERO_COPY : 0);
	x->always_kick = conf->zero_copy && (x->features & RTE_QSOCK_AF_XDP_BUSY_POLL) != 0;
	return 0;
}

struct qs_txsk *qs_txsk_open(const struct qs_txsk_conf *conf)
{
	struct qs_txsk *x = calloc(1, sizeof(*x));
	int error;

	if (x == NULL)
		return NULL;
	x->kernel = qs_txsk_kernel;
	x->mask = conf->frames - 1;
	x->chunk_shift = conf->frame_bytes > 2048 ? 12 : 11;
	x->ifindex = conf->ifindex;
	x->fd = x->kernel->socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	qs_fork_close(x->fd);
	if (x->fd >= 0 && umem_make(x, conf) == 0 && rings_make(x, conf->frames) == 0) {
		options_set(x, conf);
		if (xsk_bind(x, conf) == 0)
			return x;
	}
	error = errno;
	qs_txsk_close(x);
	errno = error;
	return NULL;
}

void qs_txsk_close(struct qs_txsk *x)
{
	if (x == NULL)
		return;
	if (x->tx.map != NULL)
		munmap(x->tx.map, x->tx.map_bytes);
	if (x->comp.map != NULL)
		munmap(x->comp.map, x->comp.map_bytes);
	qs_fork_forget(x->fd);
	if (x->fd >= 0)
		close(x->fd);
	if (x->umem != NULL)
		munmap(x->umem, x->umem_bytes);
	free(x->free);
	free(x->wire_bytes);
	free(x);
}
