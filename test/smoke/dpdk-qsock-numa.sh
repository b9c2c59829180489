#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Placement on a machine of two nodes that is made up: CPU 0 on node 0, CPU 1 on node 1, one NIC on each. The TX
# core goes near the NIC, and what is remote is told; all memory really is on node 0.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"
[ "$(id -u)" = 0 ] || skip "not root"
hosts_up || skip "no network namespaces"

tree=$QS_TMP/tree
for n in 0 1; do
	node=$tree/sys/devices/system/node/node$n nic=$tree/sys/devices/pci$n
	mkdir -p "$node" "$nic/net/v$n" "$tree/sys/class/net"
	echo $n >"$node/cpulist"
	echo $((10 + 10 * n)) $((20 - 10 * n)) >"$node/distance"
	echo $n >"$nic/numa_node"
	ln -s ../.. "$nic/net/v$n/device"
	ln -s "../../devices/pci$n/net/v$n" "$tree/sys/class/net/v$n"
done
echo 0-1 >"$tree/sys/devices/system/node/online"
# Both in one namespace.
ip -n "$QS_B" link set v1 netns "$QS_A" && in_a ip link set v1 up

# run PORTS...: their numbers; what is shown is in $QS_TMP/out.
run() {
	local n
	for n in "$@"; do printf "[port %s]\ndevice = v%s\ndriver = ethdev\nrate = 10mbit\ntwin = no\n" "$n" "$n"; done >"$QS_TMP/numa.ini"
	[ -n "${LCORE:-}" ] && echo "tx-lcore = $LCORE" >>"$QS_TMP/numa.ini"
	echo show numa >"$QS_TMP/cmds"
	# shellcheck disable=SC2086
	QSOCK_SYSFS=$tree in_a timeout 60 "$DAEMON" --lcores '0@(0,1),1@0,2@1' ${EAL_MEMORY:-$QSOCK_EAL} --log-level=*:error \
		--log-level=lib.qsock:warning -- --config "$QS_TMP/numa.ini" --cmdline-file "$QS_TMP/cmds" --duration 1ms \
		>"$QS_TMP/out" 2>"$QS_TMP/err" </dev/null || fail "it ended with $?"
}
row() { grep -qE "^ *$1\$" "$QS_TMP/out" || { sed 's/^/      | /' "$QS_TMP/out" "$QS_TMP/err"; return 1; }; }

run 1 0
check "a TX core on the node of each NIC, and node 1's memory is remote" eval \
	'row "1  v1  +1 +2 +1  0 \(100% remote\)  0 \(100% remote\)  0 \(100% remote\)  yes" &&
	row "0  v0  +0 +1 +0  0 +0 +0 +no"'
check "no warning where all is near" eval '! grep -q "costs time" "$QS_TMP/err"'
LCORE=1 run 1
check "a TX core that was asked for is told to be far" eval 'row "1  v1  +1 +1 +0  0 +0 \(100% remote\)  0 \(100% remote\)  yes" &&
	grep -q "device v1 is on node 1, its TX core on node 0, which costs time: give EAL a worker on CPU 1" "$QS_TMP/err"'

# The library by itself: over net_af_xdp, and over the driver af_xdp.
for twin in qs0 none; do
	QSOCK_SYSFS=$tree QSOCK_EAL_ARGS="--lcores 0@(0,1),1@0 $QSOCK_EAL --log-level=*:error --log-level=lib.qsock:warning" \
		QSOCK_PORT_ARGS="rate=10mbit,twin=$twin" in_a timeout 30 "$QSOCK_BUILD/test/smoke/tools/qsocket-do" init v1 edf \
		>"$QS_TMP/out" 2>"$QS_TMP/err"
	check "qsockinit, twin $twin: a TX core that is far is told" grep -q "device v1 is on node 1, its TX core on node 0" "$QS_TMP/err"
done
finish
