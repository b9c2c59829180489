/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Stands between driver kernel and the system calls by which it sends: they are counted, and what is in the
 * way in a kernel now and then is put there. The kernel's own calls are made all the same.
 */
#ifndef KERNEL_CALLS_H
#define KERNEL_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#define KCALLS_MAX 64

/** What was seen since kcalls_reset(). */
struct kcalls {
	int sends;		 /**< sendmmsg() */
	int entries[KCALLS_MAX]; /**< of each */
	int parcels;		 /**< entries of all of them that the kernel took */
	int parts[KCALLS_MAX];	 /**< of each: datagrams that are joined; 1: a plain one */
	int messages;		 /**< that the kernel took of them */
	int first[KCALLS_MAX];	 /**< the first bytes of each, in the order in which it took them */
	int recverr;		 /**< setsockopt() of IP_RECVERR and IPV6_RECVERR */
	int peers;		 /**< getpeername() */
};

void kcalls_reset(void);
struct kcalls kcalls_seen(void);

/** The next sendmmsg() does not begin until it is let go. */
void kcalls_hold(void);
/** Wait until it is there. */
void kcalls_await_held(void);
void kcalls_let_go(void);
/** It is let go, and the next one held. */
void kcalls_let_one_go(void);

/** Whoever has read CLOCK_TAI is kept off the CPU for a moment, every other time. */
void kcalls_stall_tai(bool on);

/** A kernel without SO_TXTIME. */
void kcalls_no_txtime(bool on);

/** A kernel without UDP_SEGMENT. */
void kcalls_no_segment(bool on);

/** A kernel that refuses what is joined with this error; 0: not any more. */
void kcalls_refuse_joined(int error);

/** From now on a sendmmsg() of several waits after its first for what ICMP says of it. */
void kcalls_refuse_midway(bool on);

#endif
