/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes of a machine that is described, and memory on those of this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fake_tree.h"
#include "numa/qs_numa.h"
#include "util/qs_sysfs.h"

static struct qs_topology t;

static int begin(void **state)
{
	fake_begin();
	return 0;
}

static int end(void **state)
{
	fake_end();
	return 0;
}

static void test_files(void **state)
{
	char text[8];
	long long n = 0;

	fake_file("/a", "123\n");
	fake_file("/b", "0x10\n");
	fake_file("/c", "12 monkeys");
	fake_file("/d", "");
	assert_int_equal(qs_sysfs_read(fake_root, text, sizeof(text), "/%c", 'a'), 3);
	assert_string_equal(text, "123");
	assert_int_equal(qs_sysfs_read(fake_root, text, sizeof(text), "/c"), 7);
	assert_string_equal(text, "12 monk");
	assert_int_equal(qs_sysfs_number(fake_root, &n, "/b"), 0);
	assert_int_equal(n, 16);
	assert_int_equal(qs_sysfs_number(fake_root, &n, "/c"), -EINVAL);
	assert_int_equal(qs_sysfs_number(fake_root, &n, "/d"), -EINVAL);
	assert_int_equal(qs_sysfs_number(fake_root, &n, "/none"), -ENOENT);
	assert_int_equal(qs_sysfs_read(fake_root, text, sizeof(text), "/%05000d", 1), -ENAMETOOLONG);
	assert_int_equal(qs_sysfs_read(fake_root, text, sizeof(text), "/"), -EISDIR);
	assert_string_equal(text, "");
}

static void test_root(void **state)
{
	assert_string_equal(qs_sysfs_root(), "");
	setenv("QSOCK_SYSFS", fake_root, 1);
	assert_string_equal(qs_sysfs_root(), fake_root);
	unsetenv("QSOCK_SYSFS");
}

static void test_lists(void **state)
{
	static const char *const bad[] = {"x", "3-1", "1,,2", "1,", "-1", "1-", "1024", "1 2"};
	cpu_set_t set;
	unsigned int i;

	assert_int_equal(qs_sysfs_list("0-3,8", &set), 5);
	assert_true(CPU_ISSET(3, &set) && CPU_ISSET(8, &set) && !CPU_ISSET(4, &set));
	assert_int_equal(qs_sysfs_list("", &set), 0);
	assert_int_equal(qs_sysfs_list("1023", &set), 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(qs_sysfs_list(bad[i], &set), -EINVAL);
}

static void test_two_nodes(void **state)
{
	static const int nodes[] = {0, 1, 0, 1};
	cpu_set_t cpus;

	fake_two_nodes();
	qs_topology_read(&t, fake_root);
	assert_int_equal(t.nodes, 2);
	assert_int_equal(qs_topology_cpu(&t, 3), 0);
	assert_int_equal(qs_topology_cpu(&t, 4), 1);
	assert_int_equal(qs_topology_cpu(&t, 8), -1);
	assert_int_equal(qs_topology_cpu(&t, CPU_SETSIZE), -1);
	assert_int_equal(qs_topology_distance(&t, 0, 1), 21);
	assert_int_equal(qs_topology_distance(&t, 1, 1), 10);
	assert_int_equal(qs_topology_distance(&t, 0, 2), 0);
	assert_int_equal(qs_topology_distance(&t, -1, 0), 0);
	assert_int_equal(qs_topology_distance(&t, 0, QS_NODES_MAX), 0);

	qs_sysfs_list("4-5", &cpus);
	assert_int_equal(qs_topology_cpus(&t, &cpus), 1);
	qs_sysfs_list("3-4", &cpus);
	assert_int_equal(qs_topology_cpus(&t, &cpus), -1);
	qs_sysfs_list("7-8", &cpus);
	assert_int_equal(qs_topology_cpus(&t, &cpus), -1);

	assert_int_equal(qs_topology_nearest(&t, 1, nodes, 4), 1);
	assert_int_equal(qs_topology_nearest(&t, 0, nodes, 4), 0);
	assert_int_equal(qs_topology_nearest(&t, 1, nodes, 1), 0);
	assert_int_equal(qs_topology_nearest(&t, -1, nodes, 4), 0);
	assert_int_equal(qs_topology_nearest(&t, 1, nodes, 0), -1);
	assert_true(qs_topology_remote(0, 1) && !qs_topology_remote(1, 1) && !qs_topology_remote(-1, 1));
}

/* Numbers with a gap, distances that differ, a node without CPUs. */
static void test_odd_nodes(void **state)
{
	static const int far[] = {5, 0, -1}, lost[] = {-1, 0};

	fake_file("/sys/devices/system/node/online", "0,2,5\n");
	fake_file("/sys/devices/system/node/node0/cpulist", "0\n");
	fake_file("/sys/devices/system/node/node2/cpulist", "1-2\n");
	fake_file("/sys/devices/system/node/node5/cpulist", "\n");
	fake_file("/sys/devices/system/node/node0/distance", "10 17 255\n");
	fake_file("/sys/devices/system/node/node2/distance", "17 10 28\n");
	qs_topology_read(&t, fake_root);
	assert_int_equal(t.nodes, 3);
	assert_int_equal(qs_topology_distance(&t, 2, 5), 28);
	assert_int_equal(qs_topology_distance(&t, 0, 5), 255);
	assert_int_equal(qs_topology_distance(&t, 5, 0), 0);
	assert_int_equal(qs_topology_distance(&t, 5, 5), 10);
	assert_int_equal(qs_topology_nearest(&t, 2, far, 3), 1);
	assert_int_equal(qs_topology_nearest(&t, 2, lost, 2), 1);
}

static void test_no_nodes(void **state)
{
	static const int nodes[] = {-1, -1};

	qs_topology_read(&t, fake_root);
	assert_int_equal(t.nodes, 0);
	assert_int_equal(qs_topology_cpu(&t, 0), -1);
	assert_int_equal(qs_topology_nearest(&t, -1, nodes, 2), 0);
	fake_file("/sys/devices/system/node/online", "rubbish\n");
	qs_topology_read(&t, fake_root);
	assert_int_equal(t.nodes, 0);
}

static void test_devices(void **state)
{
	fake_file("/sys/devices/pci0000:80/0000:81:00.0/numa_node", "1\n");
	fake_file("/sys/devices/pci0000:80/0000:81:00.0/net/eth1/type", "1\n");
	fake_link("/sys/devices/pci0000:80/0000:81:00.0/net/eth1/device", "../../../0000:81:00.0");
	fake_link("/sys/class/net/eth1", "../../devices/pci0000:80/0000:81:00.0/net/eth1");
	fake_link("/sys/bus/pci/devices/0000:81:00.0", "../../../devices/pci0000:80/0000:81:00.0");
	/* A virtio device above which is the PCI one. */
	fake_file("/sys/devices/pci0000:00/0000:00:03.0/numa_node", "0\n");
	fake_file("/sys/devices/pci0000:00/0000:00:03.0/virtio2/net/eth0/type", "1\n");
	fake_link("/sys/devices/pci0000:00/0000:00:03.0/virtio2/net/eth0/device", "../../../virtio2");
	fake_link("/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/virtio2/net/eth0");
	fake_file("/sys/devices/virtual/net/v0/type", "1\n");
	fake_link("/sys/class/net/v0", "../../devices/virtual/net/v0");
	assert_int_equal(qs_topology_netdev(fake_root, "eth1"), 1);
	assert_int_equal(qs_topology_netdev(fake_root, "eth0"), 0);
	assert_int_equal(qs_topology_netdev(fake_root, "v0"), -1);
	assert_int_equal(qs_topology_netdev(fake_root, "none"), -1);
	assert_int_equal(qs_topology_pci(fake_root, "0000:81:00.0"), 1);
	assert_int_equal(qs_topology_pci(fake_root, "0000:82:00.0"), -1);
	fake_file("/sys/devices/pci0000:80/0000:81:00.0/numa_node", "-1\n");
	assert_int_equal(qs_topology_pci(fake_root, "0000:81:00.0"), -1);
	assert_int_equal(qs_topology_netdev(fake_root, "eth1"), -1);
}

/* ---- memory, of the machine that the test runs on: it has a node 0 */

#define PAGES 16

static void test_memory(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct qs_numa_pages pages = {0};
	char *at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	if (qs_numa_bind(at, PAGES * page, 0) == -ENOTSUP)
		skip();
	memset(at, 1, PAGES / 2 * page);
	assert_int_equal(qs_numa_where(at, PAGES * page, &pages), 0);
	assert_int_equal(pages.on[0], PAGES / 2);
	assert_int_equal(pages.absent, PAGES / 2);
	assert_int_equal(qs_numa_most(&pages), 0);
	/* Again adds up; a part of a page is a page. */
	assert_int_equal(qs_numa_where(at + page - 1, 2, &pages), 0);
	assert_int_equal(pages.on[0], PAGES / 2 + 2);

	assert_int_equal(qs_numa_bind(at, PAGES * page, -1), 0);
	assert_int_equal(qs_numa_bind(at, 0, 0), 0);
	assert_int_equal(qs_numa_bind(at, page, QS_NODES_MAX), -EINVAL);
	assert_int_equal(qs_numa_bind(at, page, QS_NODES_MAX - 1), -EINVAL);
	munmap(at, PAGES * page);
	assert_int_equal(qs_numa_bind(at, page, 0), -EFAULT);
}

/* More pages than are asked for: they are spread over all of it. */
static void test_samples(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 4 * QS_NUMA_SAMPLES * page;
	struct qs_numa_pages pages = {0};
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	madvise(at, bytes, MADV_NOHUGEPAGE);
	memset(at + bytes / 2, 1, bytes / 2);
	if (qs_numa_where(at, bytes, &pages) == -ENOTSUP)
		skip();
	assert_int_equal(pages.on[0], QS_NUMA_SAMPLES / 2);
	assert_int_equal(pages.absent, QS_NUMA_SAMPLES / 2);
	munmap(at, bytes);
}

static void test_counts(void **state)
{
	struct qs_numa_pages pages = {.absent = 9};

	assert_int_equal(qs_numa_most(&pages), -1);
	pages.on[0] = 2;
	pages.on[3] = 5;
	assert_int_equal(qs_numa_most(&pages), 3);
	assert_int_equal(qs_numa_remote(&pages, 3), 2);
	assert_int_equal(qs_numa_remote(&pages, 1), 7);
	assert_int_equal(qs_numa_remote(&pages, -1), 0);
}

/* Have the kernel refuse two calls, as a container's does. @return whether it does */
static int forbid(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mbind, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_move_pages, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void test_container(void **state)
{
	struct qs_numa_pages pages = {0};
	int status, local = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (!forbid())
			_exit(77);
		_exit((qs_numa_bind(&local, sizeof(local), 0) == -ENOTSUP ? 0 : 1) +
		      (qs_numa_where(&local, sizeof(local), &pages) == -ENOTSUP ? 0 : 2));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, begin, end),
		cmocka_unit_test_setup_teardown(test_root, begin, end),
		cmocka_unit_test(test_lists),
		cmocka_unit_test_setup_teardown(test_two_nodes, begin, end),
		cmocka_unit_test_setup_teardown(test_odd_nodes, begin, end),
		cmocka_unit_test_setup_teardown(test_no_nodes, begin, end),
		cmocka_unit_test_setup_teardown(test_devices, begin, end),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
