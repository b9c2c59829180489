/* SPDX-License-Identifier: BSD-3-Clause */
/* The paper's programs run. Their eth0 is one end of a veth pair here. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bed.h"
#include "paper.h"

static void test_paper(void **state)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0x0a4d0002)}};
	struct q_info info;
	int fd;

	assert_int_equal(paper_init(), 0);
	assert_int_equal(paper_init(), 0);
	fd = paper_socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	paper_send(fd, peer, sizeof(peer), qnow() + 100000000000);
	bed_until(bed_info(fd).sent > 0);
	info = bed_info(fd);
	assert_int_equal(info.sent, 1);
	assert_int_equal(info.met, 1);
	assert_int_equal(info.kernel_path, 0);
	assert_int_equal(info.attr.ipg, 10);
	assert_string_equal(info.dev, "eth0");
	assert_string_equal(info.name, "dwcs");
	assert_int_equal(qclose(fd), 0);
}

static void test_paper_attach(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	paper_attach(fd);
	assert_int_equal(bed_info(fd).attr.old, 10);
	assert_int_equal(qclose(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paper),
		cmocka_unit_test(test_paper_attach),
	};

	bed_namespace();
	bed_run("ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up &&"
		"ip addr add 10.77.0.1/24 dev eth0 &&"
		"ip neigh replace 10.77.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
