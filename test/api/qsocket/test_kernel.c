/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: what is decided above the stack arrives, whole, in the order of the discipline, and counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "kernel_bed.h"
#include "rte_qsock_sched.h"

#define PORT 5000
#define STREAMS 4
#define EACH 12
#define PLUG_BYTES 60000

struct message {
	uint32_t stream, number;
	char fill[992];
};

/* ------------------------------------------------------------------ order */

/* Message n of a stream is due at base_ns plus this: no two are due together. */
static uint64_t due_ns(uint64_t base_ns, uint32_t stream, uint32_t n)
{
	return base_ns + (uint64_t)(n * 7 % EACH * STREAMS + stream * 3 % STREAMS + 1) * 1000000;
}

static void never_dropped(void *arg, const struct rte_qsock_event *ev)
{
	(void)arg, (void)ev;
	fail();
}

/* What the discipline decides in virtual time when all of it arrives at once. */
static void decide_virtually(const char *discipline, const struct q_attr_ex attr[], uint64_t base_ns,
			     uint64_t order[])
{
	struct rte_qsock_sched_conf conf = {
		.name = discipline,
		.max_streams = STREAMS,
		.max_packets = STREAMS * EACH,
		.work_conserving = true,
		.on_drop = never_dropped,
	};
	struct rte_qsock_stream_conf stream;
	struct rte_qsock_sched *s;
	struct rte_qsock_event ev;
	uint64_t now_ns = 1000;
	uint32_t i, n;

	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	for (i = 0; i < STREAMS; i++) {
		rte_qsock_stream_defaults(&stream);
		stream.oln = (uint32_t)attr[i].base.oln;
		stream.old = (uint32_t)attr[i].base.old;
		stream.ipg_ns = stream.deadline_ns = (uint64_t)attr[i].base.ipg * 1000000;
		stream.droppable = false;
		assert_int_equal(rte_qsock_sched_add(s, i, &stream), 0);
	}
	for (i = 0; i < STREAMS; i++) {
		for (n = 0; n < EACH; n++) {
			struct rte_qsock_pkt pkt = {
				.cookie = (uint64_t)i << 32 | n,
				.arrival_ns = now_ns,
				.deadline_ns = due_ns(base_ns, i, n),
				.len_bytes = sizeof(struct message) + 42,
				.frames = 1,
			};

			assert_int_equal(rte_qsock_sched_enqueue(s, i, &pkt, now_ns), 0);
		}
	}
	for (n = 0; n < STREAMS * EACH; n++) {
		assert_true(rte_qsock_sched_decide(s, now_ns, &ev));
		order[n] = ev.pkt.cookie;
	}
	rte_qsock_sched_free(s);
}

/* A long datagram occupies the link while all else arrives: then the discipline has all of it before it. */
static void order_of(const char *discipline, const struct q_attr_ex attr[])
{
	uint64_t expected[STREAMS * EACH], base_ns = bed_now_ns() + UINT64_C(100000000000);
	struct q_attr_ex best = kbed_attr(0, 0, 0, 64, Q_BEST_EFFORT);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT),
	    other = kbed_receiver(AF_INET, SOCK_DGRAM, PORT + 1);
	int fd[STREAMS], plug;
	static char long_one[PLUG_BYTES];
	struct message m = {0};
	uint32_t i, n;

	kbed_init(discipline, "rate=4mbit,work-conserving");
	plug = kbed_socket(AF_INET, SOCK_DGRAM, PORT + 1, &best);
	for (i = 0; i < STREAMS; i++)
		fd[i] = kbed_socket(AF_INET, SOCK_DGRAM, PORT, (void *)(uintptr_t)&attr[i]);
	assert_int_equal(qsend(plug, long_one, sizeof(long_one), 0, NULL), sizeof(long_one));
	assert_int_equal(recv(other, long_one, sizeof(long_one), 0), sizeof(long_one));
	assert_int_equal(qsend(plug, long_one, sizeof(long_one), 0, NULL), sizeof(long_one));
	usleep(20000);
	for (i = 0; i < STREAMS; i++) {
		for (n = 0; n < EACH; n++) {
			struct packet_flags flags = {DWCS_NON_DROPPABLE, due_ns(base_ns, i, n)};

			m.stream = i;
			m.number = n;
			assert_int_equal(qsend(fd[i], &m, sizeof(m), 0, &flags), sizeof(m));
		}
	}
	decide_virtually(discipline, attr, base_ns, expected);
	for (n = 0; n < STREAMS * EACH; n++) {
		assert_int_equal(recv(receiver, &m, sizeof(m), 0), sizeof(m));
		assert_int_equal(m.stream, expected[n] >> 32);
		assert_int_equal(m.number, (uint32_t)expected[n]);
	}
	for (i = 0; i < STREAMS; i++) {
		struct q_info info = kbed_drained(fd[i]);

		assert_int_equal(info.sent, EACH);
		assert_int_equal(info.met, EACH);
		assert_int_equal(info.sent_bytes, EACH * (sizeof(m) + 42));
		assert_int_equal(info.delay_count, EACH);
		assert_int_equal(qclose(fd[i]), 0);
	}
	assert_int_equal(qclose(plug), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
	close(other);
}

static void test_order_edf(void **state)
{
	struct q_attr_ex attr[STREAMS];
	uint32_t i;

	(void)state;
	for (i = 0; i < STREAMS; i++)
		attr[i] = kbed_attr(1000000, 0, 0, 64, 0);
	order_of("edf", attr);
}

static void test_order_dwcs(void **state)
{
	struct q_attr_ex attr[STREAMS];
	uint32_t i;

	(void)state;
	for (i = 0; i < STREAMS; i++)
		attr[i] = kbed_attr(1000000, (int)i, (int)(2 * i + 3), 64, 0);
	order_of("dwcs", attr);
}

/* ------------------------------------------------------------------ windows */

/* Far too much for the link: who tolerates no loss has none, and those that tolerate all share what is left.
 */
static void test_window_under_overload(void **state)
{
	struct q_attr_ex strict = kbed_attr(100, 0, 4, 64, 0), loose = kbed_attr(1, 1, 1, 1024, 0);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd[3], i, n;
	struct message m = {0};
	struct q_info info;
	uint64_t met = 0;

	(void)state;
	kbed_init("dwcs", "rate=4mbit");
	fd[0] = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &strict);
	fd[1] = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &loose);
	fd[2] = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &loose);
	for (n = 0; n < 500; n++) {
		for (i = 0; i < 3; i++) {
			if (i != 0 || n < 5)
				assert_int_equal(qsend(fd[i], &m, sizeof(m), 0, NULL), sizeof(m));
		}
	}
	info = kbed_drained(fd[0]);
	assert_int_equal(info.met, 5);
	assert_int_equal(info.violations, 0);
	assert_true(info.valid & Q_INFO_WINDOW);
	for (i = 1; i < 3; i++) {
		info = kbed_drained(fd[i]);
		assert_int_equal(info.accepted, 500);
		assert_true(info.late_drop > 100);
		met += info.met;
		assert_int_equal(info.late, 0);
		assert_int_equal(info.violations, 0);
	}
	assert_true(met > 50);
	for (i = 0; i < 3; i++)
		assert_int_equal(qclose(fd[i]), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* ------------------------------------------------------------------ connections */

#define SENDERS 3
#define MESSAGES 60

struct sink {
	int listener;
	uint64_t bytes;
	int good;
};

static bool read_all(int fd, void *buf, size_t len)
{
	return recv(fd, buf, len, MSG_WAITALL) == (ssize_t)len;
}

static uint32_t length_of(uint32_t n)
{
	return n % 7 == 3 ? 100000 : 100 + n * 37 % 3000;
}

/* Each message is its number, its length and bytes that follow from both. */
static void *sink_run(void *arg)
{
	struct sink *sink = arg;
	int fd = accept(sink->listener, NULL, NULL);
	uint32_t head[2], n, i;
	static __thread unsigned char body[100000];

	for (n = 0; n < MESSAGES && read_all(fd, head, sizeof(head)); n++) {
		bool good = head[0] == n && head[1] == length_of(n) && read_all(fd, body, head[1]);

		for (i = 0; good && i < head[1]; i++)
			good = body[i] == (unsigned char)(i + n);
		sink->good += good;
		if (!good)
			break;
		if (n == 10)
			usleep(100000); /* the window closes */
	}
	close(fd);
	return NULL;
}

static void connection_send(int fd, uint32_t n)
{
	static unsigned char text[100008];
	uint32_t head[2] = {n, length_of(n)}, i;
	struct packet_flags flags = {DWCS_NON_DROPPABLE, bed_now_ns() + UINT64_C(10000000000) - n * 1000000u};

	memcpy(text, head, sizeof(head));
	for (i = 0; i < head[1]; i++)
		text[8 + i] = (unsigned char)(i + n);
	assert_int_equal(qsend(fd, text, head[1] + 8, 0, &flags), head[1] + 8);
}

/* Later messages are due earlier, and connections compete: each keeps its order, and its messages whole. */
static void connections(const char *discipline, int domain)
{
	struct q_attr_ex attr = kbed_attr(1, 1, 2, 1024, DWCS_NON_DROPPABLE);
	struct sink sinks[SENDERS] = {0};
	pthread_t threads[SENDERS];
	int fd[SENDERS];
	uint32_t i, n;

	kbed_init(discipline, "rate=100mbit,work-conserving");
	for (i = 0; i < SENDERS; i++) {
		sinks[i].listener = kbed_receiver(domain, SOCK_STREAM, (uint16_t)(PORT + i));
		assert_int_equal(pthread_create(&threads[i], NULL, sink_run, &sinks[i]), 0);
		fd[i] = kbed_socket(domain, SOCK_STREAM, (uint16_t)(PORT + i), &attr);
	}
	for (n = 0; n < MESSAGES; n++) {
		for (i = 0; i < SENDERS; i++)
			connection_send(fd[i], n);
	}
	for (i = 0; i < SENDERS; i++) {
		struct q_info info;

		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(sinks[i].good, MESSAGES);
		info = kbed_drained(fd[i]);
		assert_int_equal(info.sent, MESSAGES);
		assert_true(info.valid & Q_INFO_TCP);
		assert_int_equal(qclose(fd[i]), 0);
		close(sinks[i].listener);
	}
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

static void test_connections_edf(void **state)
{
	(void)state;
	connections("edf", AF_INET);
}

static void test_connections_dwcs(void **state)
{
	(void)state;
	connections("dwcs", AF_INET6);
}

/* What was taken leaves after a close, and then the peer sees the end. */
static void test_connection_drains(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 1024, DWCS_NON_DROPPABLE);
	int listener = kbed_receiver(AF_INET, SOCK_STREAM, PORT), fd, peer, n, got = 0;
	static char text[10000];
	ssize_t bytes;

	(void)state;
	kbed_init("dwcs", "rate=10mbit,work-conserving");
	fd = kbed_socket(AF_INET, SOCK_STREAM, PORT, &attr);
	peer = accept(listener, NULL, NULL);
	for (n = 0; n < 20; n++)
		assert_int_equal(qsend(fd, text, sizeof(text), 0, NULL), sizeof(text));
	assert_int_equal(qclose(fd), 0);
	while ((bytes = recv(peer, text, sizeof(text), 0)) > 0)
		got += (int)bytes;
	assert_int_equal(bytes, 0);
	assert_int_equal(got, 200000);
	/* And with close(2). */
	fd = kbed_socket(AF_INET, SOCK_STREAM, PORT, &attr);
	close(peer);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(qsend(fd, text, sizeof(text), 0, NULL), sizeof(text));
	assert_int_equal(close(fd), 0);
	for (got = 0; (bytes = recv(peer, text, sizeof(text), 0)) > 0; got += (int)bytes)
		continue;
	assert_int_equal(got, sizeof(text));
	close(peer);
	close(listener);
	assert_int_equal(qsockfini(KBED_DEV), 0);
}

/* ------------------------------------------------------------------ room */

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, timeout_ms) == 1;
}

static void test_room(void **state)
{
	struct q_attr_ex attr = kbed_attr(20, 0, 0, 8, DWCS_NON_DROPPABLE);
	struct timeval limit = {.tv_usec = 30000};
	int receiver = kbed_receiver(AF_INET6, SOCK_DGRAM, PORT), fd, room, n = 0, i;
	struct q_info info;

	(void)state;
	kbed_init("dwcs", "rate=10mbit");
	fd = kbed_socket(AF_INET6, SOCK_DGRAM, PORT, &attr);
	room = qpollfd(fd);
	assert_true(room >= 0);
	assert_int_equal(qpollfd(fd), room);
	assert_true(readable(room, 0));
	while (n < 100 && qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == 1)
		n++;
	assert_int_equal(errno, EAGAIN);
	assert_true(n >= 8 && n < 30);
	assert_false(readable(room, 0));
	assert_true(readable(room, 5000));
	while (qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == 1)
		n++;
	/* Blocked until there is room, or the time is over. */
	assert_int_equal(qsend(fd, "x", 1, 0, NULL), 1);
	while (qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == 1)
		n++;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
	attr.base.ipg = 1000;
	assert_int_equal(qchange(fd, &(struct qos_params){.attributes = &attr}), 0);
	attr.base.stream_flags |= Q_BEST_EFFORT;
	assert_errno(qchange(fd, &(struct qos_params){.attributes = &attr}), EBUSY);
	attr.base.stream_flags &= ~Q_BEST_EFFORT;
	/* The period that has begun has one service; the next one is far. */
	for (i = 0; i < 5; i++, usleep(10000)) {
		while (qsend(fd, "x", 1, MSG_DONTWAIT, NULL) == 1)
			n++;
	}
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_errno(qsend(fd, "x", 1, 0, NULL), EAGAIN);
	info = kbed_info(fd);
	assert_true(info.refused >= 4);
	assert_int_equal(info.queue_packets, 8);
	attr.base.ipg = 1;
	assert_int_equal(qchange(fd, &(struct qos_params){.attributes = &attr}), 0);
	info = kbed_drained(fd);
	assert_int_equal(info.queue_room, 8);
	assert_int_equal(info.sent, info.accepted);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* ------------------------------------------------------------------ below */

#define SLOW_MESSAGES 300

/* A qdisc far slower than the port believes, and more for it than the port's queue takes at once. */
static int slow_socket(const char *args)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, SLOW_MESSAGES, DWCS_NON_DROPPABLE);
	int fd, n, bytes = 4 << 20; /* more than the qdisc takes */
	struct message m = {0};

	kbed_init("dwcs", args);
	bed_run("tc class change dev va parent 5153: classid 5153:1 htb rate 10mbit quantum 3000 && "
		"tc class change dev va parent 5153:1 classid 5153:10 htb rate 10mbit prio 0 quantum 3000");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	for (n = 0; n < SLOW_MESSAGES; n++) {
		m.number = (uint32_t)n;
		assert_int_equal(qsend(fd, &m, sizeof(m), 0, NULL), sizeof(m));
	}
	return fd;
}

/* Its queue of 64 packets stays short all the same. */
static void test_below_is_bounded(void **state)
{
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, n;
	struct message m;

	(void)state;
	fd = slow_socket("rate=100mbit,work-conserving");
	for (n = 0; n < SLOW_MESSAGES; n++) {
		assert_int_equal(recv(receiver, &m, sizeof(m), 0), sizeof(m));
		assert_int_equal(m.number, n);
	}
	assert_int_equal(kbed_drained(fd).sent, SLOW_MESSAGES);
	bed_run("tc -s qdisc show dev va root | grep -q 'dropped 0,'");
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* Unbounded, the qdisc drops; that is seen, and what was sent is what arrives. */
static void test_drops_below_are_counted(void **state)
{
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd;
	struct q_info info;
	struct message m;
	uint64_t n;

	(void)state;
	fd = slow_socket("rate=1gbit,work-conserving,below=1s");
	info = kbed_drained(fd);
	assert_true(info.tx_error > 0);
	assert_int_equal(info.sent + info.tx_error, SLOW_MESSAGES);
	for (n = 0; n < info.sent; n++)
		assert_int_equal(recv(receiver, &m, sizeof(m), 0), sizeof(m));
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_int_equal(recv(receiver, &m, sizeof(m), MSG_DONTWAIT), -1);
	close(receiver);
}

/* A neighbour that does not answer holds up nobody else for long. */
static void test_silent_neighbour(void **state)
{
	struct q_attr_ex attr = kbed_attr(1, 0, 0, 64, DWCS_NON_DROPPABLE);
	int receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT), fd, silent, n;
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct message m = {0};

	(void)state;
	inet_pton(AF_INET, "10.9.0.99", &nobody.sin_addr);
	kbed_init("dwcs", "rate=10mbit,work-conserving");
	silent = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	assert_int_equal(connect(silent, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &attr);
	for (n = 0; n < 20; n++) {
		assert_int_equal(qsend(silent, &m, sizeof(m), 0, NULL), sizeof(m));
		m.number = (uint32_t)n;
		assert_int_equal(qsend(fd, &m, sizeof(m), 0, NULL), sizeof(m));
	}
	for (n = 0; n < 20; n++) {
		assert_int_equal(recv(receiver, &m, sizeof(m), 0), sizeof(m));
		assert_int_equal(m.number, n);
	}
	assert_int_equal(kbed_drained(silent).accepted, 20);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qclose(silent), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

/* ------------------------------------------------------------------ no EAL */

static void test_no_eal(void **state)
{
	(void)state;
	assert_int_equal(rte_lcore_count(), 0);
	assert_int_equal(access("/run/dpdk", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_edf),
		cmocka_unit_test(test_order_dwcs),
		cmocka_unit_test(test_window_under_overload),
		cmocka_unit_test(test_connections_edf),
		cmocka_unit_test(test_connections_dwcs),
		cmocka_unit_test(test_connection_drains),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_below_is_bounded),
		cmocka_unit_test(test_drops_below_are_counted),
		cmocka_unit_test(test_silent_neighbour),
		cmocka_unit_test(test_no_eal),
	};

	kbed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
