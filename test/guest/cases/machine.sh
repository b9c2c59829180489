#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# From a bare machine to a NIC that DPDK has, and back, by the commands that `dpdk-qsock check` itself gives. The machine has
# two NUMA nodes, the NIC is on the second: there go its TX core, the port's memory and the packets.
# machine: -c 4 -N 2 -m 2048 -i -n e1000e%1 -n e1000e%0 -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"

modprobe -a e1000e tun
until_true 5 nic_pci 2 >/dev/null
NIC=$(nic_pci 1)
IF=$(nic_net "$NIC")

# look OPTION...: a report, in $QS_TMP/json; its status in $status. line GROUP ITEM NAME: a member of a line of it.
look() { "$DAEMON" check --json "$@" >"$QS_TMP/json"; status=$?; }
line() { sed -nE "s/^ *\{\"group\": \"$1\", \"item\": \"$2\", .*\"$3\": \"([^\"]*)\".*/\1/p" "$QS_TMP/json"; }
driver() { sed -n 's/^  "driver": "\(.*\)",$/\1/p' "$QS_TMP/json"; }
# mend GROUP ITEM: do what it says.
mend() {
	local command
	command=$(line "$1" "$2" mend)
	echo "# $command"
	[ -n "$command" ] && eval "$command" >"$QS_TMP/mend" 2>&1 || { cat "$QS_TMP/mend"; return 1; }
}

# ---------------------------------------------------------------- bare
look
check "bare: AF_XDP, which misses nothing" [ "$status $(driver)" = "0 af_xdp" ]
look --driver ethdev
check "bare: ethdev would miss a NIC and pages on its node" [ "$status" = 7 ]
check "the NIC is on node 1" grep -q "\"name\": \"$IF\", \"pci\": \"$NIC\", \"kernel_driver\": \"e1000e\", \"node\": 1" "$QS_TMP/json"
check "a kernel of a distribution: ETF" [ "$(line kernel qdisc.etf status)" = ok ]
back=$(line interfaces "$IF, back" mend)

# ---------------------------------------------------------------- to DPDK
check "pages on node 0, for EAL itself" mend hugepages "node 0"
check "pages on node 1" mend hugepages "node 1"
check "the NIC to DPDK" mend interfaces "$IF, to DPDK"
check "vfio-pci has it" [ "$(nic_driver "$NIC")" = vfio-pci ]
look
check "ethdev, which misses nothing" [ "$status $(driver)" = "0 ethdev" ]
check "the way back is known" [ "$(line interfaces "$NIC, back" mend)" = "$back" ]

# ---------------------------------------------------------------- driven: CPUs 0 and 1 are on node 0, 2 and 3 on node 1
printf '[port 0]\ndevice = %s\nrate = 10mbit\ntwin = no\n' "$NIC" >"$QS_TMP/near.ini"
{ cat "$QS_TMP/near.ini"; echo "tx-lcore = 1"; } >"$QS_TMP/far.ini"
echo "show numa" >"$QS_TMP/cmds"
drive() { # NAME OPTION...
	timeout 60 "$DAEMON" -l 0-3 "${@:2}" --file-prefix=qs --log-level='*:error' --log-level=lib.qsock:warning -- --config "$QS_TMP/$1.ini" \
		--cmdline-file "$QS_TMP/cmds" --duration 1ms >"$QS_TMP/out" 2>"$QS_TMP/err" || { cat "$QS_TMP/out" "$QS_TMP/err"; return 1; }
}
row() { grep -E "^ *0  $NIC +$1\$" "$QS_TMP/out" || { grep -A2 '^port' "$QS_TMP/out"; cat "$QS_TMP/err"; return 1; }; }
check "near: it runs" drive near
check "near: TX core, memory and packets are on node 1" row "1 +2 +1  1 +1 +1 +no"
check "near: no warning" [ "$(grep -c 'costs time\|no hugepages' "$QS_TMP/err")" = 0 ]
# A TX core on the other node, which has no pages: EAL itself lives here.
echo 0 >/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
check "far: it runs" drive far --main-lcore 3
check "far: TX core and memory are remote" row "1 +1 +0  1 \([0-9]+% remote\) +1 +1 +yes"
check "far: two warnings" [ "$(grep -c 'costs time: give EAL a worker on CPU 2-3\|no hugepages on node 0' "$QS_TMP/err")" = 2 ]

# The library's own EAL, where the program's CPUs are on the node without pages, and on the other.
own() { QSOCK_PORT_ARGS=twin=none timeout 30 taskset "$1" "$QSOCK_BUILD/test/smoke/tools/qsocket-do" init net_null0 edf; }
for mask in 3 c; do check "EAL starts on CPUs $mask" own $mask; done

# ---------------------------------------------------------------- and back
check "back" eval "$back"
check "the kernel has it" until_true 5 test -n "$(nic_net "$NIC")"
look
check "AF_XDP again" [ "$status $(driver)" = "0 af_xdp" ]
[ "$QS_FAILED" = 0 ] || cat "$QS_TMP/json"
finish
