/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the kernel says of an interface: whether it can send, its MTU, that it is gone, and that one of its
 * name is there again. One place for all drivers; the thread is the caller's.
 */
#ifndef QS_LINK_NEWS_H
#define QS_LINK_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

struct qs_link_news;

/** As the kernel told last. */
struct qs_link_state {
	uint32_t ifindex;
	uint32_t mtu_bytes;
	bool up;   /**< and it has a carrier */
	bool gone; /**< it is no more, and up is false */
	struct rte_ether_addr mac;
};

/** Something was told; it may be what is known. On the thread that reads. */
typedef void (*qs_link_news_fn)(void *arg, const struct qs_link_state *state);

/**
 * Follow an interface in the network namespace of the calling thread; fn is called with what holds before
 * this returns. [ctl]
 * @param name followed once the interface is gone: one that is made with this name; NULL: none
 * @return NULL: no such interface, or no netlink
 */
struct qs_link_news *qs_link_news_open(uint32_t ifindex, const char *name, qs_link_news_fn fn, void *arg);

/** Readable when qs_link_news_read() has something to read. [any] */
int qs_link_news_fd(const struct qs_link_news *news);

/** Read what there is; does not block. One thread at a time. The signature is that of callbacks. */
void qs_link_news_read(void *news);

/** NULL is allowed. [ctl] */
void qs_link_news_close(struct qs_link_news *news);

#endif
