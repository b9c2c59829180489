#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two NUMA nodes with a NIC on each, driven at once: each has its TX core and its memory on its own node, in what show numa
# says and in what the kernel says of threads and hugepages; and what arrives is what was sent.
# machine: -c 4 -N 2 -m 2048 -i -n e1000e%1 -n e1000e%0 -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"
. "$(dirname "$0")/../peer-lib.sh"

modprobe -a e1000e vfio-pci
hugepages 160
until_true 5 nic_pci 3 >/dev/null
NIC=("$(nic_pci 2)" "$(nic_pci 1)") # by node, which have CPUs 0 and 1, 2 and 3
peer_up "$(nic_net "$(nic_pci 3)")"
check "two nodes" [ "$(numactl -H | sed -n 's/^available: \([0-9]*\) .*/\1/p')" = 2 ]
for node in 0 1; do
	check "the NIC of node $node is there" [ "$(cat "/sys/bus/pci/devices/${NIC[node]}/numa_node")" = $node ]
done
check "both to vfio-pci" bind vfio-pci "${NIC[@]}"

# What the kernel says while the daemon runs: pages in use by node, and the CPUs of each thread that sends.
greet() {
	local node task
	for node in 0 1; do
		echo "pages $node $((160 - $(cat "/sys/devices/system/node/node$node/hugepages/hugepages-2048kB/free_hugepages")))"
	done >"$QS_TMP/look"
	for task in /proc/[0-9]*/task/*; do
		case $(cat "$task/comm" 2>/dev/null) in
		*-worker-*) echo "thread $(sed 's/.*-//' "$task/comm") $(awk '/^Cpus_allowed_list/ {print $2}' "$task/status")" ;;
		esac
	done >>"$QS_TMP/look"
	echo "show numa"
}
# row PATTERN: of show numa.
row() { grep -qE "^ *$1\$" "$QS_TMP/both.out" || { grep -A2 '^port .*remote' "$QS_TMP/both.out"; return 1; }; }
conf() { printf '[port %s]\ndevice = %s\nrate = 20mbit\ntwin = no\nsleep-after = 100ms\n' "$1" "${NIC[$2]}"; } # PORT NODE
stream() { # PORT
	echo "add stream s$1 port $1 ipg 4ms droppable no linger 30s source cbr stop 1s packet 600 dst 10.9.0.2:500$1" \
		"src 10.9.0.7:5000 dst-mac $PEER_MAC"
}

{ conf 0 1 && conf 1 0; } >"$QS_TMP/both.ini"
{ stream 0 && stream 1; } >"$QS_TMP/both.streams"
listen 5000 5001
# shellcheck disable=SC2086  # a list of words
check "dpdk-qsock drives both" drive both greet -l 0-3 $QSOCK_EAL
listened
check "the port of node 1 has its TX core, its memory and its packets there" row "0 +${NIC[1]} +1 +2 +1 +1 +1 +1 +no"
check "and that of node 0" row "1 +${NIC[0]} +0 +1 +0 +0 +0 +0 +no"
for lcore in 1 2; do check "the kernel has lcore $lcore on its CPU" grep -q "^thread $lcore $lcore\$" "$QS_TMP/look"; done
# EAL's own few pages are on node 0: were a port's memory on the wrong node, one node had nearly all.
read -r on0 on1 <<<"$(awk '$1 == "pages" {printf "%s ", $3}' "$QS_TMP/look")"
check "the kernel counts hugepages on both: $on0 and $on1" [ $((2 * on0)) -gt "$on1" -a $((2 * on1)) -gt "$on0" ]
for n in 0 1; do arrived both s$n 500$n 250 600; done
accounted both
finish
