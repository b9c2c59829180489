/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver kernel with etf: what may be dropped when late is dropped below the scheduler, too, and counted;
 * nothing else is. Where the kernel has no ETF, that it says so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel_bed.h"
#include "kernel_calls.h"

#define PORT 5000
#define BYTES 1000
#define MANY 40
#define BURST 400
#define RCVBUF_LOCK 2 /* SOCK_RCVBUF_LOCK */
#define FAST "etf,rate=1gbit,below=1s,work-conserving"
#define FAR_NS UINT64_C(20000000000)
#define NEAR_NS UINT64_C(60000000)
#define BURST_NS UINT64_C(500000000) /* to send them all before */

static bool has_etf;
static char text[BYTES];

static int init_with(const char *args)
{
	struct qos_params params = {.dev = KBED_DEV, .name = "edf"};

	setenv("QSOCK_PORT_ARGS", args, 1);
	return qsockinit(&params);
}

/* ------------------------------------------------------------------ kernels without */

static void refused(const char *why)
{
	bed_log_begin();
	assert_errno(init_with("driver=kernel,etf"), EIO);
	bed_log_expect(why);
	bed_log_end();
	bed_run("tc qdisc show dev va root | grep -q noqueue");
}

static void test_no_etf(void **state)
{
	(void)state;
	if (has_etf)
		skip();
	refused("va: the kernel has no ETF");
}

static void test_no_txtime(void **state)
{
	(void)state;
	kcalls_no_txtime(true);
	refused("va: etf: the kernel has no SO_TXTIME");
	kcalls_no_txtime(false);
}

/* ------------------------------------------------------------------ kernels with */

static int etf_socket(uint16_t port, int flags)
{
	struct q_attr_ex attr = kbed_attr(1000000, 0, 0, 256, flags);

	return kbed_socket(AF_INET, SOCK_DGRAM, port, &attr);
}

/* Far slower than the port believes: what it lets go of waits in the classes. */
static void slow_down(void)
{
	bed_run("C='class change dev va'; H='burst 1600 cburst 1600 quantum 3000'; printf '%s\\n' "
		"\"$C parent 5153: classid 5153:1 htb rate 1mbit $H\" "
		"\"$C parent 5153:1 classid 5153:10 htb rate 500kbit ceil 1mbit prio 0 $H\" "
		"\"$C parent 5153:1 classid 5153:11 htb rate 500kbit ceil 1mbit prio 0 $H\" | tc -batch -");
}

static void send_with(int fd, int n, int flag, uint64_t in_ns)
{
	int bytes = 1 << 20, i;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	for (i = 0; i < n; i++) {
		struct packet_flags flags = {flag | Q_DEADLINE_RELATIVE, in_ns};

		memcpy(text, &i, sizeof(i));
		assert_int_equal(qsend(fd, text, sizeof(text), 0, &flags), sizeof(text));
	}
}

static int receiver;

/* Until all that was sent has come, or was dropped by ETF, reported or not. @return how many came */
static int receive_all(const int fd[], int sockets)
{
	struct pollfd p = {receiver, POLLIN, 0};
	int came = 0, tries, i;
	uint64_t left = 1, unreported = 0;

	for (tries = 0; left != 0 && tries < 400; tries++) {
		for (; poll(&p, 1, 20) == 1; came++)
			assert_int_equal(recv(receiver, text, sizeof(text), 0), BYTES);
		for (i = 0, left = 0; i < sockets; i++) {
			struct q_info info = kbed_drained(fd[i]);

			left += info.sent - info.txtime_drop;
			unreported = info.port_txtime_unreported;
		}
		left -= (uint64_t)came + unreported;
	}
	assert_int_equal(left, 0);
	assert_int_equal(poll(&p, 1, 50), 0);
	return came;
}

static bool etf_start(void)
{
	if (!has_etf)
		return false;
	receiver = kbed_receiver(AF_INET, SOCK_DGRAM, PORT);
	kbed_init("edf", FAST);
	return true;
}

static void etf_end(int fd)
{
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	close(receiver);
}

static void test_in_time(void **state)
{
	struct q_info info;
	int fd;

	(void)state;
	if (!etf_start())
		skip();
	fd = etf_socket(PORT, 0);
	kcalls_stall_tai(true);
	send_with(fd, MANY, 0, FAR_NS);
	assert_int_equal(receive_all(&fd, 1), MANY);
	info = kbed_info(fd);
	kcalls_stall_tai(false);
	assert_int_equal(info.met, MANY);
	assert_int_equal(info.txtime_drop, 0);
	/* That is the way they took. */
	bed_run("tc -s class show dev va | grep -A1 'htb 5153:11 ' | grep -q ' 40 pkt'");
	/* And what a plain send() takes is another. */
	assert_int_equal(send(fd, text, sizeof(text), 0), sizeof(text));
	assert_int_equal(recv(receiver, text, sizeof(text), 0), BYTES);
	etf_end(fd);
}

static void test_late_below(void **state)
{
	struct q_info info;
	int fd, came;

	(void)state;
	if (!etf_start())
		skip();
	slow_down();
	fd = etf_socket(PORT, 0);
	send_with(fd, MANY, 0, NEAR_NS);
	came = receive_all(&fd, 1);
	info = kbed_info(fd);
	assert_true(info.txtime_drop > 0);
	assert_int_equal(info.port_txtime_drop, info.txtime_drop);
	assert_int_equal(info.port_txtime_unreported, 0);
	assert_int_equal(info.accepted, info.sent + info.late_drop);
	assert_int_equal(info.met, came);
	etf_end(fd);
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, name, &value, &len), 0);
	return value;
}

/* Very many, late at the same time: their reports have room, which the socket does not keep. */
static void test_burst(void **state)
{
	struct qos_params params = {.dev = KBED_DEV, .name = "edf"};
	struct q_attr_ex attr = kbed_attr(1000000, 0, 0, 2 * BURST, 0);
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(AF_INET, PORT, &addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), kept = dup(fd), came;
	const int rcvbuf = option(fd, SO_RCVBUF);
	struct q_info info;

	(void)state;
	if (!etf_start()) {
		close(fd);
		close(kept);
		skip();
	}
	slow_down();
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	params.attributes = &attr;
	assert_int_equal(qattach(fd, &params), 0);
	assert_true(option(kept, SO_RCVBUF) > rcvbuf);
	send_with(fd, BURST, 0, BURST_NS);
	came = receive_all(&fd, 1);
	info = kbed_info(fd);
	assert_int_equal(info.port_txtime_unreported, 0);
	assert_int_equal(info.met, came);
	/* More than a buffer takes that is as it was found. */
	assert_true(info.txtime_drop > (uint64_t)rcvbuf / BYTES);
	assert_int_equal(qclose(fd), 0);
	assert_int_equal(qsockfini(KBED_DEV), 0);
	assert_int_equal(option(kept, SO_RCVBUF), rcvbuf);
	assert_int_equal(option(kept, SO_BUF_LOCK) & RCVBUF_LOCK, 0);
	close(kept);
	close(receiver);
}

/* A buffer that its program has sized is left alone: what ETF could not report is counted all the same. */
static void test_unreported(void **state)
{
	int fd, small = 1, rcvbuf, came;
	struct q_info info;

	(void)state;
	if (!etf_start())
		skip();
	slow_down();
	fd = etf_socket(PORT, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	rcvbuf = option(fd, SO_RCVBUF);
	send_with(fd, BURST, 0, BURST_NS);
	came = receive_all(&fd, 1);
	info = kbed_info(fd);
	assert_true(info.port_txtime_unreported > 0);
	assert_int_equal(info.sent, (uint64_t)came + info.txtime_drop + info.port_txtime_unreported);
	assert_int_equal(option(fd, SO_RCVBUF), rcvbuf);
	etf_end(fd);
}

/* The same with what may not be dropped: of one stream with what may, of another one, and without a deadline.
 */
static void test_others_are_kept(void **state)
{
	struct q_info info[3];
	int fd[3], i;

	(void)state;
	if (!etf_start())
		skip();
	slow_down();
	fd[0] = etf_socket(PORT, 0);
	fd[1] = etf_socket(PORT, DWCS_NON_DROPPABLE);
	fd[2] = etf_socket(PORT, Q_BEST_EFFORT);
	send_with(fd[0], 5, DWCS_NON_DROPPABLE, NEAR_NS);
	send_with(fd[0], MANY, 0, NEAR_NS);
	send_with(fd[0], 5, DWCS_NON_DROPPABLE, NEAR_NS);
	send_with(fd[1], 10, 0, NEAR_NS);
	send_with(fd[2], 5, 0, 0);
	receive_all(fd, 3);
	for (i = 0; i < 3; i++)
		info[i] = kbed_info(fd[i]);
	assert_true(info[0].txtime_drop > 0);
	assert_true(info[0].txtime_drop + info[0].late_drop <= MANY);
	assert_int_equal(info[1].txtime_drop, 0);
	assert_int_equal(info[2].txtime_drop, 0);
	assert_int_equal(info[1].sent, 10);
	assert_int_equal(info[2].sent, 5);
	assert_int_equal(info[0].sent + info[0].late_drop, MANY + 10);
	assert_int_equal(qclose(fd[1]), 0);
	assert_int_equal(qclose(fd[2]), 0);
	etf_end(fd[0]);
}

/* ETF would refuse what is due before the last that it sent. */
static void test_due_before(void **state)
{
	struct q_info info;
	int fd;

	(void)state;
	if (!etf_start())
		skip();
	fd = etf_socket(PORT, 0);
	send_with(fd, 1, 0, FAR_NS);
	kbed_drained(fd);
	send_with(fd, 5, 0, FAR_NS / 2);
	assert_int_equal(receive_all(&fd, 1), 6);
	info = kbed_info(fd);
	assert_int_equal(info.met, 6);
	assert_int_equal(info.txtime_drop, 0);
	etf_end(fd);
}

/* Who reads the error queue himself finds all in it, and nothing of his goes by ETF. */
static void test_callers_error_queue(void **state)
{
	struct qos_params params = {.dev = KBED_DEV, .name = "edf"};
	struct q_attr_ex attr = kbed_attr(1000000, 0, 0, 256, 0);
	struct sockaddr_storage addr;
	socklen_t len = kbed_address(AF_INET, PORT + 7, &addr);
	struct msghdr mh = {0};
	struct q_info info;
	struct pollfd p;
	uint64_t before;
	int fd, on = 1;

	(void)state;
	if (!etf_start())
		skip();
	slow_down();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	params.attributes = &attr;
	assert_int_equal(qattach(fd, &params), 0);
	send_with(fd, 1, 0, NEAR_NS);
	kbed_drained(fd);
	p = (struct pollfd){fd, 0, 0};
	assert_int_equal(poll(&p, 1, 5000), 1);
	kbed_info(fd);
	assert_int_equal(recvmsg(fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT), 0);
	/* What it sends is not dropped below. */
	len = kbed_address(AF_INET, PORT, &addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, len), 0);
	before = kbed_info(fd).sent;
	send_with(fd, 20, 0, NEAR_NS);
	info = kbed_drained(fd);
	for (; before < info.sent; before++)
		assert_int_equal(recv(receiver, text, sizeof(text), 0), BYTES);
	assert_int_equal(info.txtime_drop, 0);
	etf_end(fd);
}

/* Who begins to use it later is left alone from then on. */
static void test_callers_from_now_on(void **state)
{
	struct sock_txtime_of {
		int clockid;
		uint32_t flags;
	} txtime = {-1, 1};
	socklen_t len = sizeof(txtime);
	int fd, on = 1;

	(void)state;
	if (!etf_start())
		skip();
	fd = etf_socket(PORT, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &len), 0);
	assert_int_equal(txtime.clockid, 11); /* CLOCK_TAI */
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	kbed_info(fd);
	len = sizeof(txtime);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &len), 0);
	assert_int_equal(txtime.flags, 0);
	send_with(fd, 5, 0, FAR_NS);
	assert_int_equal(receive_all(&fd, 1), 5);
	bed_run("tc -s class show dev va | grep -A1 'htb 5153:11 ' | grep -q ' 0 pkt'");
	etf_end(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_etf),
		cmocka_unit_test(test_no_txtime),
		cmocka_unit_test(test_in_time),
		cmocka_unit_test(test_late_below),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_unreported),
		cmocka_unit_test(test_others_are_kept),
		cmocka_unit_test(test_due_before),
		cmocka_unit_test(test_callers_error_queue),
		cmocka_unit_test(test_callers_from_now_on),
	};

	kbed_start();
	has_etf = system("tc qdisc replace dev va root etf clockid CLOCK_TAI delta 100000 deadline_mode "
			 "2>/dev/null && "
			 "tc qdisc del dev va root") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
