# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# lib.sh - what the smoke tests share. Sourced, after `set -u`.
#
# A smoke test is an executable script test/smoke/NAME.sh. It exits 0 when all is well, 77 when it
# cannot run here (skip REASON), 1 otherwise. It may also print lines "SKIP: REASON" for parts of it.
# QSOCK_BUILD names the build folder; QSOCK_EAL what every EAL here gets.

QS_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
QSOCK_BUILD=${QSOCK_BUILD:-$QS_TOP/build}
QS_TMP=$(mktemp -d "/tmp/qsock-$(basename "$0" .sh)-XXXXXX")
QS_ID=$$                        # makes names unique: namespaces, file prefixes
QS_A=qsA$QS_ID QS_B=qsB$QS_ID   # the two hosts
QS_PIDS=()
QS_FAILED=0
# Where EAL has its files: the test's own, so that what is left there is the test's.
export RUNTIME_DIRECTORY=$QS_TMP
QS_EAL_FILES=$QS_TMP/dpdk
# shellcheck disable=SC2034  # used by the tests
QSOCK_EAL=${QSOCK_EAL:---no-huge --no-pci --no-shconf -m 512 --file-prefix=qs$QS_ID}

# A TX core that others push aside for a second answers nobody; the tests judge no times, but need answers.
renice -n -15 $$ >/dev/null 2>&1

skip() { echo "SKIP: $*"; exit 77; }
fail() { echo "FAIL: $*" >&2; QS_FAILED=1; }
pass() { echo "ok: $*"; }

# check NAME COMMAND...: one check of a test, told in one line.
check() {
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name"; fi
}

# background COMMAND...: start it, note its pid for the end, in QS_LAST too.
background() {
	"$@" &
	QS_LAST=$!
	QS_PIDS+=("$QS_LAST")
}

# until_true SECONDS COMMAND...: poll a condition, bounded; what is true soon is seen soon.
until_true() {
	local end=$((SECONDS + $1)) pause
	shift
	for pause in 0.01 0.02 0.04 0.08; do
		"$@" && return
		sleep $pause
	done
	until "$@"; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.1
	done
}

process_gone() { ! kill -0 "$1" 2>/dev/null; }

# end_process PID [SIGNAL]: end one process that this script started, and wait for it.
end_process() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	until_true 5 process_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# hosts_up [VETH_A [VETH_B]]: two namespaces joined by a veth pair, as two hosts on one Ethernet:
# $QS_A (10.9.0.1, fd09::1) and $QS_B (10.9.0.2, fd09::2). No offloads: what is on the wire is complete.
hosts_up() {
	ip netns add "$QS_A" && ip netns add "$QS_B" || return 1
	state_forget # of namespaces that had their numbers
	hosts_join "$@"
}
# hosts_join [VETH_A [VETH_B]]: the pair and its addresses; anew, with MACs of its own, where it has been removed.
hosts_join() {
	local a=${1:-v0} b=${2:-v1} side ns dev n
	ip -n "$QS_A" link add "$a" type veth peer name "$b" netns "$QS_B" || return 1
	for side in "$QS_A $a 1" "$QS_B $b 2"; do
		read -r ns dev n <<<"$side"
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0 "net.ipv6.conf.$dev.accept_dad=0"
		ip -n "$ns" link set lo up
		ip -n "$ns" addr add "10.9.0.$n/24" dev "$dev"
		ip -n "$ns" addr add "fd09::$n/64" dev "$dev" nodad
		ip netns exec "$ns" ethtool -K "$dev" tx off gso off tso off gro off >/dev/null 2>&1
		ip -n "$ns" link set "$dev" up
	done
}
# listens NETNS PORT: somebody has the UDP or TCP port there.
listens() { ip netns exec "$1" ss -Hlntu "sport = $2" | grep -q .; }
in_a() { ip netns exec "$QS_A" "$@"; }
in_b() { ip netns exec "$QS_B" "$@"; }

# state: what a test leaves as it was on host A: links, addresses, routes, queueing disciplines.
state() {
	in_a ip -o link show | sed 's/^[0-9]*: //; s/ mtu.*state/ state/; s/ mode .*//'
	in_a ip -o addr show | awk '{print $2, $3, $4}' | sort
	in_a ip route
	in_a ip -6 route | grep -v '^fe80' | sed 's/ expires.*//'
	in_a tc qdisc show | sed 's/ refcnt.*//'
}

# state_files: those about interfaces of the two hosts: locks, and what is to be given back.
state_files() {
	local ns inode
	for ns in "$QS_A" "$QS_B"; do
		inode=$(stat -Lc %i "/run/netns/$ns" 2>/dev/null) || continue
		find /run/qsock \( -name "*@$inode.lock" -o -name "*-$inode-*" \) 2>/dev/null
	done
}
state_forget() { state_files | xargs -r rm -f; }
left_behind() {
	find "$QS_EAL_FILES" /dev/hugepages/qs"$QS_ID"*map_* -mindepth 0 ! -path "$QS_EAL_FILES" 2>/dev/null
	state_files
}
# sweep_eal: what EAL left of a program that was killed, or that is not ours.
sweep_eal() { rm -rf "$QS_EAL_FILES" /dev/hugepages/qs"$QS_ID"*map_*; }

end_all() {
	local pid
	for pid in "${QS_PIDS[@]}"; do kill -0 "$pid" 2>/dev/null && end_process "$pid"; done
	QS_PIDS=()
}

# The end of every test: what it started ends, what it made goes.
qs_cleanup() {
	[ "$BASHPID" = "$$" ] || return # a subshell that a signal found before it dropped the trap
	end_all
	state_forget
	ip netns del "$QS_A" 2>/dev/null
	ip netns del "$QS_B" 2>/dev/null
	sweep_eal
	rm -rf "$QS_TMP"
}
trap qs_cleanup EXIT
trap 'exit 1' INT TERM

# finish: the last line of a test. What ended well has left nothing.
finish() {
	end_all
	local left
	left=$(left_behind)
	[ -z "$left" ] || fail "left behind: $left"
	exit $QS_FAILED
}
