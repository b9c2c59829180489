/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bsd/qs_dev.h"
#include "bsd/qs_keeper.h"
#include "bsd/qs_room.h"
#include "bsd/qs_sock.h"
#include "core/qs_socket.h"
#include "net/qs_sock_lock.h"

#define BUFFERS_WANTED 128u /* free in the pool before a sender that found none looks again */

static struct {
	pthread_mutex_t lock;
	TAILQ_HEAD(, qs_bsd_sock) wanted;
} rooms = {.lock = PTHREAD_MUTEX_INITIALIZER, .wanted = TAILQ_HEAD_INITIALIZER(rooms.wanted)};

static bool has_room(struct qs_bsd_sock *s, struct rte_qsock *qs)
{
	uint32_t room, used;
	bool enough = true;

	qs_sock_lock(qs);
	if (s->qs == qs) {
		room = qs_socket_room(qs);
		used = qs_socket_used(qs);
		enough = room > 0 && room >= (room + used) / 4 &&
			 qs_socket_waiting(qs) < QS_ROOM_WAITING_MAX &&
			 rte_mempool_avail_count(s->dev->buffers) >= BUFFERS_WANTED;
	}
	qs_sock_unlock(qs);
	return enough;
}

static void eventfd_set(int fd)
{
	uint64_t one = 1;

	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		return; /* it is set: that is what was wanted */
}

static void eventfd_clear(int fd)
{
	uint64_t count;

	if (fd >= 0 && read(fd, &count, sizeof(count)) < 0)
		return; /* it was clear */
}

/*
 * Told to the keeper. The eventfd is cleared before: the keeper sets it when it finds room, even at once. The
 * lock keeps its number from being closed, and from being something else's, meanwhile.
 */
static void want(struct qs_bsd_sock *s, const struct rte_qsock *qs)
{
	pthread_mutex_lock(&rooms.lock);
	if (__atomic_load_n(&s->qs, __ATOMIC_ACQUIRE) == qs)
		eventfd_clear(s->room_fd);
	if (!s->room_wanted) {
		s->room_wanted = true;
		TAILQ_INSERT_TAIL(&rooms.wanted, s, room_next);
	}
	pthread_mutex_unlock(&rooms.lock);
	qs_keeper_wake();
}

int qs_room_wait(struct qs_bsd_sock *s, struct rte_qsock *qs, int fd, int flags, struct qs_patience *patience)
{
	uint32_t seq = __atomic_load_n(&s->room_seq, __ATOMIC_ACQUIRE);
	int ret;

	qs_patience_read(fd, flags, patience);
	if (patience->never && __atomic_load_n(&s->room_fd, __ATOMIC_RELAXED) < 0)
		return -EAGAIN;
	want(s, qs);
	if (patience->never)
		return -EAGAIN;
	__atomic_fetch_add(&s->sleepers, 1, __ATOMIC_SEQ_CST);
	ret = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE) == qs ? qs_patience_sleep(patience, &s->room_seq, seq)
							      : 0;
	__atomic_fetch_sub(&s->sleepers, 1, __ATOMIC_RELAXED);
	return ret;
}

int qs_room_fd(struct qs_bsd_sock *s)
{
	int fd;

	if (s->room_fd >= 0)
		return s->room_fd;
	fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	pthread_mutex_lock(&rooms.lock);
	__atomic_store_n(&s->room_fd, fd, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&rooms.lock);
	return fd;
}

void qs_room_wake(struct qs_bsd_sock *s)
{
	__atomic_fetch_add(&s->room_seq, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->sleepers, __ATOMIC_SEQ_CST) != 0)
		qs_patience_wake(&s->room_seq);
}

void qs_room_forget(struct qs_bsd_sock *s)
{
	pthread_mutex_lock(&rooms.lock);
	if (s->room_wanted)
		TAILQ_REMOVE(&rooms.wanted, s, room_next);
	s->room_wanted = false;
	if (s->room_fd >= 0)
		close(s->room_fd);
	__atomic_store_n(&s->room_fd, -1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&rooms.lock);
}

uint64_t qs_room_look(uint64_t now_ns)
{
	struct qs_bsd_sock *s, *next;
	bool wanted;

	pthread_mutex_lock(&rooms.lock);
	for (s = TAILQ_FIRST(&rooms.wanted); s != NULL; s = next) {
		struct rte_qsock *qs = __atomic_load_n(&s->qs, __ATOMIC_ACQUIRE);

		next = TAILQ_NEXT(s, room_next);
		if (qs != NULL && !has_room(s, qs))
			continue;
		TAILQ_REMOVE(&rooms.wanted, s, room_next);
		s->room_wanted = false;
		if (qs != NULL)
			eventfd_set(s->room_fd);
		qs_room_wake(s);
	}
	wanted = !TAILQ_EMPTY(&rooms.wanted);
	pthread_mutex_unlock(&rooms.lock);
	return wanted ? now_ns + QS_ROOM_LOOK_NS : UINT64_MAX;
}
