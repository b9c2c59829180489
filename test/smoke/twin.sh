#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The twin carries the host's own traffic: ping, iperf3, fragments, VLAN, MTU, links that go down and up.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

hosts_up || skip "no network namespaces"
twin_up || { fail "start"; finish; }
twin_addresses

check "ping to the peer, IPv4" pings "$QS_A" 10.9.0.2
[ $QS_FAILED = 0 ] || { tell info; ip -n "$QS_A" -s link; cat "$TWIN_ERR"; }
check "ping from the peer, IPv4" pings "$QS_B" 10.9.0.1
check "ping to the peer, IPv6" pings "$QS_A" fd09::2
check "ping from the peer, IPv6" pings "$QS_B" fd09::1
check "fragments to the peer" pings "$QS_A" -s 5000 10.9.0.2
check "fragments from the peer" pings "$QS_B" -s 5000 fd09::1
check "a full frame" pings "$QS_A" -M 'do' -s 1472 10.9.0.2

listens() { in_b ss -Hltn "sport = 5202" | grep -q .; }
# iperf ARG...: a run of 1 s from the twin's host; its figures are in iperf.json.
iperf() {
	ip netns exec "$QS_B" iperf3 -s -1 -p 5202 >/dev/null 2>&1 &
	local server=$!
	QS_PIDS+=("$server")
	until_true 5 listens
	in_a timeout 15 iperf3 -c 10.9.0.2 -p 5202 -t 1 -J "$@" >"$QS_TMP/iperf.json"
	local status=$?
	end_process "$server"
	return $status
}
figure() { python3 -c "import json,sys; r=json.load(open('$QS_TMP/iperf.json'))['end']; print(int($1))"; }
fast() { iperf "$@" && [ "$(figure "r['sum_received']['bits_per_second']")" -gt 20000000 ]; }
# A machine that is busy with something else for a while is given another chance.
again() { "$@" || "$@" || "$@"; }
check "iperf3 TCP from the host is faster than 20 Mbit/s" again fast -4
echo "   $(figure "r['sum_received']['bits_per_second']/1e6") Mbit/s"
check "iperf3 TCP to the host is faster than 20 Mbit/s" again fast -R
udp() { iperf "$@" && [ "$(figure "r['sum']['lost_percent']")" -le 5 ]; }
check "iperf3 UDP from the host, 20 Mbit/s, at most 5 % lost" again udp -u -b 20M
check "iperf3 UDP to the host, 20 Mbit/s, at most 5 % lost" again udp -u -b 20M -R

ip -n "$QS_A" link set qs0 mtu 1400
check "MTU 1400: larger packets in fragments" pings "$QS_A" -s 3000 10.9.0.2
too_long() { in_a ping -c 1 -W 1 -M 'do' -s 1400 10.9.0.2 2>&1 | grep -q 'too long'; }
check "MTU 1400: too long without fragments" too_long
ip -n "$QS_A" link set qs0 mtu 1500

check "nothing was lost on the way to the kernel" is to_kernel_drop 0

ip -n "$QS_A" link set qs0 down
check "twin down: no ping" no_ping "$QS_B" 10.9.0.1
ip -n "$QS_A" link set qs0 up
check "twin up again: ping" until_true 5 pings "$QS_A" 10.9.0.2
ip -n "$QS_B" link set v1 down
check "peer down: no ping" no_ping "$QS_A" 10.9.0.2
ip -n "$QS_B" link set v1 up
check "peer up again: ping" until_true 5 pings "$QS_A" 10.9.0.2

# Tagged frames from raw sockets, as this kernel may not have VLAN devices.
check "VLAN: a tagged frame reaches the wire as it is" tagged_passes "$QS_A" qs0 "$QS_B" v1
check "VLAN: a tagged frame reaches the host as it is" tagged_passes "$QS_B" v1 "$QS_A" qs0
if ip -n "$QS_A" link add link qs0 name qs0.100 type vlan id 100 2>/dev/null; then
	ip -n "$QS_A" addr add 10.100.0.1/24 dev qs0.100
	ip -n "$QS_A" link set qs0.100 up
	ip -n "$QS_B" link add link v1 name v1.100 type vlan id 100
	ip -n "$QS_B" addr add 10.100.0.2/24 dev v1.100
	ip -n "$QS_B" link set v1.100 up
	check "VLAN: ping to the peer" until_true 5 pings "$QS_A" 10.100.0.2
	check "VLAN: ping from the peer" pings "$QS_B" 10.100.0.1
else
	echo "SKIP: ping over VLAN devices: this kernel has none"
fi

check "every buffer was there" is no_mbuf 0
check "every packet is accounted for" balanced
check "orderly end" twin_down
gone() { ! ip -n "$QS_A" link show qs0 >/dev/null 2>&1; }
check "the TAP is gone" gone
finish
