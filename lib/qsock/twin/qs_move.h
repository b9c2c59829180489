/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Addresses, routes and permanent neighbours of one interface, moved to another and back.
 *
 * What is to be moved is first written to a file under QS_STATE_DIR and synced. Whoever finds such a
 * file whose owner does not live any more gives everything back before it does anything else. IPv6
 * link-local addresses stay where they are, and routes that the kernel makes of addresses are not
 * moved: it makes them again. Of a route with hops through other interfaces only the interface's own
 * hops move; where the kernel refuses that, it is told once and the route left alone. A time after which
 * an IPv6 route expires is not kept.
 *
 * A file about another interface than the one of that name today is removed. One that cannot be read or
 * applied is put aside as FILE.failed, so that later starts go on without it; where rights were missing it
 * stays for a start that has them.
 */
#ifndef QS_MOVE_H
#define QS_MOVE_H

#include "net/qs_state_file.h"

struct qs_move;

/**
 * Move everything from one interface to another. [ctl]
 * @return what gives it back; NULL: ENODEV no such interface, EBUSY a living process has moved it,
 *   EPERM, EIO the kernel or the file refused (nothing has changed then), ENOMEM
 */
struct qs_move *qs_move_begin(const char *from, const char *to);

/** Give everything back, and free. NULL is allowed. [ctl] */
void qs_move_end(struct qs_move *move);

/** Give back what crashed processes have moved in this network namespace. @return interfaces; -1: EIO. [ctl]
 */
int qs_move_recover(void);

#endif
