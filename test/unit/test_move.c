/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses, routes and neighbours that move to another interface and back, also after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "holder.h"
#include "net_eal.h"
#include "net_ns.h"
#include "twin/qs_move.h"
#include "twin/qs_move_priv.h"

/* What belongs to an interface and can move, in a form that two interfaces share. */
static char *snapshot(const char *ifname)
{
	static char text[2][8192];
	static int turn;

	turn ^= 1;
	sh_text(text[turn], sizeof(text[0]),
		"{ ip -o addr show dev %s scope global; ip -4 route show dev %s; ip -6 route show dev %s; "
		"ip neigh show dev %s nud permanent; } | grep -v 'proto kernel\\|fe80\\|^ff00\\|multicast' | "
		"sed -E 's/^[0-9]+: //; s/\\<%s\\>/IF/g; s/ nodad//; s/valid_lft.*//; s/ linkdown//; s/ +/ "
		"/g' | sort",
		ifname, ifname, ifname, ifname, ifname);
	return text[turn];
}

static char before[8192];

static void test_there_and_back(void **state)
{
	struct qs_move *move = qs_move_begin("va", "ta");
	struct stat st;

	(void)state;
	assert_non_null(move);
	assert_int_equal(stat(move->path, &st), 0);
	assert_string_equal(snapshot("va"), "");
	assert_string_equal(snapshot("ta"), before);
	assert_int_equal(sh("ip link show va | grep -q UP"), 0); /* AF_XDP needs it up */
	assert_int_equal(sh("ip -6 addr show dev va | grep -q 'fe80'"), 0);
	assert_int_equal(sh("ping -c 1 -W 1 -I 10.9.0.1 10.9.0.1 >/dev/null"), 0);
	qs_move_end(move);
	assert_string_equal(snapshot("va"), before);
	assert_string_equal(snapshot("ta"), "");
	assert_int_equal(sh("test -z \"$(ls " QS_STATE_DIR ")\""), 0);
	qs_move_end(NULL);
}

static bool take_move(const void *arg)
{
	return qs_move_begin("va", "ta") != NULL;
}

/* A process that moves, and is killed without a warning; with it its TAP would vanish. */
static void crash(void)
{
	pid_t pid = holder_start(take_move, NULL);

	assert_string_equal(snapshot("ta"), before);
	/* While it lives nobody else may. */
	assert_int_equal(qs_move_recover(), 0);
	assert_null(qs_move_begin("va", "tb"));
	assert_int_equal(rte_errno, EBUSY);
	holder_kill(pid);
}

static void test_crash_with_interface_gone(void **state)
{
	(void)state;
	crash();
	assert_int_equal(sh("ip link del ta"), 0);
	assert_string_equal(snapshot("va"), "");
	assert_int_equal(qs_move_recover(), 1);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(qs_move_recover(), 0);
	assert_int_equal(
		sh("ip link add ta type veth peer name tap && ip link set ta up && ip link set tap up"), 0);
}

static void test_crash_with_interface_there(void **state)
{
	(void)state;
	crash();
	assert_int_equal(qs_move_recover(), 1);
	assert_string_equal(snapshot("va"), before);
	assert_string_equal(snapshot("ta"), "");
}

/* Killed when only part was moved: what is there already is no error. */
static void test_crash_half_way(void **state)
{
	(void)state;
	crash();
	assert_int_equal(sh("ip link del ta; ip addr add 10.9.0.1/24 brd + dev va"), 0);
	assert_int_equal(qs_move_recover(), 1);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(
		sh("ip link add ta type veth peer name tap && ip link set ta up && ip link set tap up"), 0);
}

/* A pid that came again is not the owner. */
static void test_pid_that_came_again(void **state)
{
	struct qs_move *move = qs_move_begin("va", "ta");

	(void)state;
	assert_non_null(move);
	assert_true(qs_owner_lives(&move->head.owner));
	move->head.owner.start++;
	assert_false(qs_owner_lives(&move->head.owner));
	assert_int_equal(qs_move_save(move), 0);
	qs_move_free(move);
	assert_int_equal(qs_move_recover(), 1);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(qs_owner_start(0x7fffffff), 0);
}

static void file_write(const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	qs_state_path(path, QS_MOVE_KIND, "va");
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static int file_is_there(const char *end)
{
	char path[PATH_MAX];

	qs_state_path(path, QS_MOVE_KIND, "va");
	strcat(path, end);
	return access(path, F_OK) == 0;
}

/* One start tells of it, and none fails. */
static void spoil(const char *text)
{
	struct qs_move *move;

	file_write(text);
	assert_int_equal(qs_move_recover(), -1);
	assert_int_equal(rte_errno, EIO);
	assert_false(file_is_there(""));
	assert_true(file_is_there(".failed"));
	assert_int_equal(qs_move_recover(), 0);
	file_write(text);
	move = qs_move_begin("va", "ta");
	assert_non_null(move);
	qs_move_end(move);
	assert_int_equal(sh("rm -f " QS_STATE_DIR "/move-*"), 0);
	assert_string_equal(snapshot("va"), before);
}

/* Several hops, on this interface only or on others too: those of this one move, there and back. */
static bool hops_are(const char *ifname, const char *other)
{
	return sh("for f in 4 6; do r=$(ip -$f route show metric $((f * 100)) | tr '\\n' ' '); "
		  "for i in tb %s; do case \"$r\" in *\"dev $i \"*) ;; *) exit 1;; esac; done; "
		  "case \"$r\" in *\"dev %s \"*) exit 1;; esac; done; "
		  "test $(ip route show 10.51.0.0/16 | grep -c 'dev %s ') = 2",
		  ifname, other, ifname) == 0;
}

static void routes_of_several_hops(const char *verb)
{
	assert_int_equal(
		sh("ip route %s 10.50.0.0/16 metric 400 nexthop via 10.8.0.2 dev tb weight 2 nexthop via "
		   "10.9.0.2 dev va && "
		   "ip -6 route %s fd50::/32 metric 600 nexthop via fd08::2 dev tb nexthop via fd09::2 dev "
		   "va "
		   "&& ip route %s 10.51.0.0/16 nexthop via 10.9.0.2 dev va nexthop via 10.9.0.3 dev va",
		   verb, verb, verb),
		0);
}

static void test_several_hops(void **state)
{
	struct qs_move *move;

	(void)state;
	assert_int_equal(sh("ip addr add 10.8.0.1/24 dev tb; ip addr add fd08::1/64 dev tb nodad; "
			    "ip addr del 10.9.0.3/24 dev va"),
			 0);
	routes_of_several_hops("add");
	move = qs_move_begin("va", "ta");
	assert_non_null(move);
	assert_true(hops_are("ta", "va"));
	qs_move_end(move);
	assert_true(hops_are("va", "ta"));
	assert_int_equal(sh("test -z \"$(ls " QS_STATE_DIR ")\""), 0);
	/* The interface gone with its hops: the file still has them. */
	move = qs_move_begin("va", "ta");
	assert_non_null(move);
	assert_int_equal(sh("ip link del ta"), 0);
	qs_move_end(move);
	assert_true(hops_are("va", "ta"));
	assert_int_equal(
		sh("ip link add ta type veth peer name tap && ip link set ta up && ip link set tap up"), 0);
	/* What the kernel does not take hinders nobody: a hop of an interface that is down. */
	assert_int_equal(sh("ip link set tb down"), 0);
	move = qs_move_begin("va", "ta");
	assert_non_null(move);
	assert_int_equal(sh("ip link set tb up; ip addr add fd08::1/64 dev tb nodad"), 0);
	qs_move_end(move);
	assert_int_equal(sh("ip route show 10.50.0.0/16 | tr '\\n' ' ' | grep -q 'dev tb.*dev va'"), 0);
	assert_int_equal(sh("ip route del 10.50.0.0/16; ip route del 10.51.0.0/16; "
			    "ip -6 route flush fd50::/32; ip addr flush dev tb; "
			    "ip addr add 10.9.0.3/24 dev va"),
			 0);
	assert_string_equal(snapshot("va"), before);
}

/* A file about another interface: of an older format, or from a namespace whose inode came again. */
static void stale(struct qs_move *move)
{
	assert_int_equal(qs_move_save(move), 0);
	assert_int_equal(qs_move_recover(), 0);
	assert_false(file_is_there(""));
	assert_string_equal(snapshot("va"), before);
}

static void test_another_interface(void **state)
{
	struct qs_move *move = qs_move_begin("va", "ta");
	struct qs_ifid id;

	(void)state;
	assert_non_null(move);
	id = move->head.id;
	qs_move_remove(move, "ta");
	assert_int_equal(qs_move_add(move, "va"), 0);
	assert_int_equal(unlink(move->path), 0);
	assert_int_equal(sh("ip route add 10.77.0.0/16 dev va scope link"), 0);
	assert_int_equal(qs_move_collect(move), 0);
	assert_int_equal(sh("ip route del 10.77.0.0/16"), 0); /* it would come back with the file */
	move->head.owner.start++;
	move->head.id.netns++;
	stale(move);
	move->head.id = id;
	move->head.id.ifindex++;
	stale(move);
	move->head.id = id;
	move->head.id.mac[5]++;
	stale(move);
	move->head.id = id;
	assert_int_equal(qs_move_save(move), 0);
	assert_int_equal(qs_move_recover(), 1);
	assert_int_equal(sh("ip route del 10.77.0.0/16"), 0);
	qs_move_free(move);
	file_write("owner 1 1\nfrom va\nto ta\nend\n");
	assert_int_equal(qs_move_recover(), 0);
	assert_int_equal(sh("test -z \"$(ls " QS_STATE_DIR ")\""), 0);
	assert_string_equal(snapshot("va"), before);
}

static void test_spoilt_files(void **state)
{
	(void)state;
	spoil("");
	spoil("end\n");
	spoil("owner 1 1\nfrom va\nto ta\n"); /* cut short */
	spoil("owner 1 1\nfrom va\nto ta\nitem zz\nend\n");
	spoil("owner 1 1\nfrom va\nto ta\nitem 1000\nend\n");
	spoil("owner 1 1\nfrom va\nto ta\nitem 10000000100000000000000000000000\nend\n");
	spoil("nonsense\n");
}

static void test_errors(void **state)
{
	(void)state;
	assert_null(qs_move_begin("nosuch", "ta"));
	assert_int_equal(rte_errno, ENODEV);
	assert_null(qs_move_begin("va", "nosuch"));
	assert_int_equal(rte_errno, ENODEV);
	/* The directory cannot be written: nothing moves. */
	assert_int_equal(sh("mount -t tmpfs -o ro none " QS_STATE_DIR), 0);
	assert_null(qs_move_begin("va", "ta"));
	assert_int_equal(rte_errno, EIO);
	assert_string_equal(snapshot("va"), before);
	assert_int_equal(sh("umount " QS_STATE_DIR), 0);
}

static int up(void **state)
{
	(void)state;
	/* A /run of the test's own, too. */
	if (!net_ns_enter() || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) != 0 || net_eal_up(63) < 0)
		return -1;
	if (sh("mkdir -p " QS_STATE_DIR "; for i in va ta tb; do ip link add $i type veth peer name ${i}p && "
	       "ip link set $i up && ip link set ${i}p up; done; ip link set tap name tap 2>/dev/null; "
	       "ip addr add 10.9.0.1/24 brd + dev va; ip addr add 10.9.0.3/24 dev va; "
	       "ip addr add 10.9.7.1/32 dev va label va:x; ip addr add fd09::1/64 dev va nodad; "
	       "ip route add default via 10.9.0.2 dev va metric 100; ip route add 10.20.0.0/16 via 10.9.0.9 "
	       "dev va mtu "
	       "1400; ip route add 10.30.0.0/16 dev va scope link metric 7; "
	       "ip route add fd20::/32 via fd09::2 dev va metric 50; ip -6 route add default via fd09::2 dev "
	       "va metric "
	       "300; ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev va; "
	       "ip neigh add fd09::2 lladdr 02:00:00:00:00:02 dev va") != 0)
		return -1;
	usleep(300000);
	strcpy(before, snapshot("va"));
	return strlen(before) > 300 ? 0 : -1;
}

static int down(void **state)
{
	(void)state;
	return net_eal_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_crash_with_interface_there),
		cmocka_unit_test(test_crash_with_interface_gone),
		cmocka_unit_test(test_crash_half_way),
		cmocka_unit_test(test_pid_that_came_again),
		cmocka_unit_test(test_several_hops),
		cmocka_unit_test(test_another_interface),
		cmocka_unit_test(test_spoilt_files),
		cmocka_unit_test(test_errors),
	};

	if (geteuid() != 0) {
		printf("SKIP: namespaces need root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}
