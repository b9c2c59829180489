/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver kernel: the datagrams of a frame leave joined, where that is possible, and are counted each. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel_bed.h"
#include "kernel_calls.h"

#define PORT 5000
#define FAST "rate=10gbit,work-conserving"
#define PARTS_MAX 64

/* What is sent together, and how it is to leave; each list ends with 0. */
struct frames {
	uint32_t bytes[PARTS_MAX + 1];
	int ends[PARTS_MAX + 1]; /* numbers of parts with Q_FRAME_END; the next one starts a frame */
	int parcels[PARTS_MAX + 1];
	bool outside; /* there is no frame */
};

static char text[65536];

static int receiver, other;

static int part_flags(const struct frames *f, int i, int *end)
{
	int flags = DWCS_NON_DROPPABLE;

	if (f->outside)
		return flags;
	if (i == 0 || (*end > 0 && f->ends[*end - 1] == i))
		flags |= Q_FRAME_START;
	if (f->ends[*end] == i + 1) {
		flags |= Q_FRAME_END;
		++*end;
	}
	return flags;
}

static void hold_one(int fd)
{
	struct packet_flags keep = {DWCS_NON_DROPPABLE, 0};

	kcalls_hold();
	assert_int_equal(qsend(fd, "x", 1, 0, &keep), 1);
	kcalls_await_held();
	kcalls_reset();
}

static int parts_send(int fd, const struct frames *f)
{
	int i, end = 0;

	hold_one(fd);
	for (i = 0; f->bytes[i] != 0; i++) {
		struct packet_flags flags = {part_flags(f, i, &end), 0};

		memcpy(text, &i, sizeof(i));
		assert_int_equal(qsend(fd, text, f->bytes[i], 0, &flags), f->bytes[i]);
	}
	kcalls_let_go();
	return i;
}

static void parts_receive(const struct frames *f, int n)
{
	static char got[65536];
	bool came[PARTS_MAX] = {false};
	int i, number;

	assert_int_equal(recv(receiver, got, sizeof(got), 0), 1);
	for (i = 0; i < n; i++) {
		ssize_t bytes = recv(receiver, got, sizeof(got), 0);

		memcpy(&number, got, sizeof(number));
		assert_true(number >= 0 && number < n && !came[number]);
		assert_int_equal(bytes, f->bytes[number]);
		came[number] = true;
	}
}

static void parcels_check(const struct frames *f)
{
	struct kcalls seen = kcalls_seen();
	int i;

	/* The first is the one that was held. */
	for (i = 0; f->parcels[i] != 0; i++)
		assert_int_equal(seen.parts[i + 1], f->parcels[i]);
	assert_int_equal(seen.parcels, i + 1);
}

static void leaves_as(int fd, const struct frames *f)
{
	uint64_t before = kbed_info(fd).sent;
	int n = parts_send(fd, f);
	struct q_info info = kbed_drained(fd);

	assert_int_equal(info.sent - before, n + 1);
	assert_int_equal(info.tx_error, 0);
	parts_receive(f, n);
	parcels_check(f);
}

static int frames_socket(int domain)
{
	struct q_attr_ex attr = kbed_attr(1000, 0, 0, 256, DWCS_NON_DROPPABLE);

	receiver = kbed_receiver(domain, SOCK_DGRAM, PORT);
	other = kbed_receiver(domain, SOCK_DGRAM, PORT + 1);
	kbed_init("fifo", FAST);
	return kbed_socket(domain, SOCK_DGRAM, PORT, &attr);
}

static void frames_end(int fd)
{
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
	close(other);
}

static const struct frames usual = {{1000, 1000, 1000, 1000, 500}, {5}, {5}, false};

static void joined(int domain)
{
	static const struct frames two = {{800, 800, 300, 900, 900}, {3, 5}, {3, 2}, false};
	static const struct frames sizes = {{500, 600, 600, 100, 600}, {5}, {1, 3, 1}, false};
	static const struct frames alone = {{1000, 1000}, {1, 2}, {1, 1}, false};
	static const struct frames none = {{1000, 1000}, {0}, {1, 1}, true};
	static const struct frames large = {{2000, 2000, 1000, 1000}, {4}, {1, 1, 2}, false};
	int fd = frames_socket(domain);

	leaves_as(fd, &usual);
	leaves_as(fd, &two);
	leaves_as(fd, &sizes);
	leaves_as(fd, &alone);
	leaves_as(fd, &none);
	leaves_as(fd, &large);
	frames_end(fd);
}

static void test_joined(void **state)
{
	(void)state;
	joined(AF_INET);
	joined(AF_INET6);
}

/* 65,507 bytes at most are joined. */
static void test_long_frame(void **state)
{
	struct frames f = {{0}, {60}, {46, 14}, false};
	int i, fd = frames_socket(AF_INET);

	(void)state;
	for (i = 0; i < 60; i++)
		f.bytes[i] = 1400;
	leaves_as(fd, &f);
	frames_end(fd);
}

/* A frame whose link time is beyond `ahead` is not decided as a whole: what has precedence comes between. */
static void test_comes_between(void **state)
{
	struct q_attr_ex late = kbed_attr(10000, 0, 0, 256, DWCS_NON_DROPPABLE);
	struct q_attr_ex early = kbed_attr(1000, 0, 0, 256, DWCS_NON_DROPPABLE);
	struct packet_flags flags = {DWCS_NON_DROPPABLE, 0};
	const int parts = 20, between = 99;
	int fd, urgent, i, begun;

	(void)state;
	receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT);
	other = kbed_receiver(AF_INET, SOCK_DGRAM, PORT + 1);
	kbed_init("edf", "rate=20mbit,below=100ms,work-conserving");
	fd = kbed_socket(AF_INET, SOCK_DGRAM, PORT, &late);
	urgent = kbed_socket(AF_INET, SOCK_DGRAM, PORT + 1, &early);
	hold_one(fd);
	for (i = 0; i < parts; i++) {
		flags.drop_flag = DWCS_NON_DROPPABLE | (i == 0 ? Q_FRAME_START : 0) |
				  (i == parts - 1 ? Q_FRAME_END : 0);
		memcpy(text, &i, sizeof(i));
		assert_int_equal(qsend(fd, text, 1200, 0, &flags), 1200);
	}
	kcalls_let_one_go();
	kcalls_await_held();
	memcpy(text, &between, sizeof(between));
	flags.drop_flag = DWCS_NON_DROPPABLE;
	assert_int_equal(qsend(urgent, text, 1200, 0, &flags), 1200);
	kcalls_let_go();
	kbed_drained(fd);
	kbed_drained(urgent);
	/* What was held, what of the frame was decided before it came, and then it. */
	begun = kcalls_seen().parts[1];
	assert_true(begun > 0 && begun < parts);
	assert_int_equal(kcalls_seen().first[1 + begun], between);
	for (i = 0; i < parts; i++)
		assert_int_equal(kcalls_seen().first[1 + i + (i >= begun)], i);
	assert_int_equal(qclose(urgent), 0);
	frames_end(fd);
}

/* Parts of a frame that go to different peers. */
static void test_peers(void **state)
{
	static const struct frames apart = {{1}, {0}, {1, 1, 2}, false};
	struct sockaddr_storage addr;
	struct packet_flags flags = {DWCS_NON_DROPPABLE | Q_FRAME_START, 0};
	int fd = frames_socket(AF_INET), i;
	socklen_t len;

	(void)state;
	hold_one(fd);
	for (i = 0; i < 4; i++) {
		len = kbed_address(AF_INET, (uint16_t)(PORT + (i == 1)), &addr);
		assert_int_equal(qsendto(fd, text, 100, 0, (struct sockaddr *)&addr, len, &flags), 100);
		flags.drop_flag = DWCS_NON_DROPPABLE;
	}
	kcalls_let_go();
	assert_int_equal(kbed_drained(fd).sent, 5);
	parcels_check(&apart);
	assert_int_equal(recv(other, text, sizeof(text), 0), 100);
	frames_end(fd);
}

/* A kernel without it, and a device that refuses it. */
static void test_not_joined(void **state)
{
	static const struct frames plain = {{1000, 1000, 1000, 1000, 500}, {5}, {1, 1, 1, 1, 1}, false};
	int fd;

	(void)state;
	kcalls_no_segment(true);
	fd = frames_socket(AF_INET);
	leaves_as(fd, &plain);
	frames_end(fd);
	kcalls_no_segment(false);
	fd = frames_socket(AF_INET);
	kcalls_refuse_joined(EIO);
	leaves_as(fd, &plain);
	kcalls_refuse_joined(0);
	leaves_as(fd, &plain); /* it is not tried again */
	frames_end(fd);
}

/* What the qdisc has no room for it refuses whole, and each part of it counts. */
static void test_refused_whole(void **state)
{
	enum { FRAMES = 8, PARTS = 5 };
	struct q_info info;
	int fd = frames_socket(AF_INET), i;
	uint64_t n;

	(void)state;
	bed_run("tc class change dev va parent 5153: classid 5153:1 htb rate 1mbit quantum 3000 && "
		"tc class change dev va parent 5153:1 classid 5153:10 htb rate 1mbit prio 0 quantum 3000 && "
		"tc qdisc replace dev va parent 5153:10 pfifo limit 2");
	hold_one(fd);
	for (i = 0; i < FRAMES * PARTS; i++) {
		struct packet_flags flags = {DWCS_NON_DROPPABLE | (i % PARTS == 0 ? Q_FRAME_START : 0) |
						     (i % PARTS == PARTS - 1 ? Q_FRAME_END : 0),
					     0};

		assert_int_equal(qsend(fd, text, 1000, 0, &flags), 1000);
	}
	kcalls_let_go();
	info = kbed_drained(fd);
	assert_int_equal(info.sent + info.tx_error, FRAMES * PARTS + 1);
	assert_true(info.tx_error >= PARTS);
	assert_int_equal(info.tx_error % PARTS, 0);
	for (n = 0; n < info.sent; n++)
		assert_true(recv(receiver, text, sizeof(text), 0) > 0);
	usleep(50000);
	assert_int_equal(recv(receiver, text, sizeof(text), MSG_DONTWAIT), -1);
	frames_end(fd);
}

/* The last one: the interface goes while frames are sent. */
static void test_interface_gone(void **state)
{
	int fd = frames_socket(AF_INET), i;
	struct q_info info;

	(void)state;
	bed_run("ip link del va");
	for (i = 0; i < 20; i++) {
		struct packet_flags flags = {i % 5 == 0 ? Q_FRAME_START : 0, 0};

		(void)!qsend(fd, text, 1000, 0, &flags);
	}
	info = kbed_drained(fd);
	assert_true(info.tx_error > 0);
	assert_int_equal(info.tx_error, info.accepted);
	frames_end(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined),	       cmocka_unit_test(test_long_frame),
		cmocka_unit_test(test_comes_between),  cmocka_unit_test(test_peers),
		cmocka_unit_test(test_not_joined),     cmocka_unit_test(test_refused_whole),
		cmocka_unit_test(test_interface_gone),
	};

	kbed_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
