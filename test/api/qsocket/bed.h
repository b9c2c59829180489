/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A bed for the calls of qsocket.h: a network namespace of its own, the virtual device net_null0, and its
 * twin with addresses 10.77.0.1/24 and fd77::1/64 and a neighbour at .2 whose MAC is known.
 */
#ifndef BED_H
#define BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <unistd.h>

#include "qsocket.h"

#define BED_DEV "net_null0"

/** What a call must fail with. */
#define assert_errno(call, error)                                                                            \
	do {                                                                                                 \
		errno = 0;                                                                                   \
		assert_int_equal((call), -1);                                                                \
		assert_int_equal(errno, error);                                                              \
	} while (0)

/** Make the bed; exits with 77 where that is not possible. @param args QSOCK_PORT_ARGS */
void bed_start(const char *discipline, const char *args);

/** A namespace only, without qsockinit(). */
void bed_namespace(void);

/** Run a shell command; fails the program if it fails. */
void bed_run(const char *command);

/** Parameters for BED_DEV. */
struct qos_params bed_params(const char *discipline, void *attributes);

/** 10.77.0.2 and fd77::2, port 9. */
struct sockaddr_in bed_peer(void);
struct sockaddr_in6 bed_peer6(void);

/** A socket of BED_DEV, connected to the peer, with a stream of so many ms and packets; fails the test
 * otherwise. */
int bed_socket(int ipg_ms, uint32_t queue_packets);

/** A period of a stream that sends one message and then, as far as a test goes, never again. */
#define BED_NEVER_MS 1000000

/** Wait until something is so, long enough for any machine; fails the test if it is not. */
#define bed_until(so)                                                                                        \
	do {                                                                                                 \
		int tries_;                                                                                  \
		for (tries_ = 0; !(so); tries_++) {                                                          \
			assert_in_range(tries_, 0, BED_TRIES);                                               \
			usleep(1000);                                                                        \
		}                                                                                            \
	} while (0)
#define BED_TRIES 20000

/** Wait until the TX core has taken what was sent out of the socket's ring. */
void bed_ingested(int fd);

/** What qinfo() says; fails the test if it does not. */
struct q_info bed_info(int fd);

uint64_t bed_now_ns(void);

/** Keep what is logged, of the library errors only, until bed_log_end(). */
void bed_log_begin(void);
void bed_log_end(void);

/** What was kept, and whether that was in it. */
const char *bed_log(void);
bool bed_log_says(const char *what);

/** Fails the test if it was not. */
void bed_log_expect(const char *what);

#endif
