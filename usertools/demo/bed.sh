# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# bed.sh - the demonstration's hosts: namespaces joined by veth pairs. Sourced.
#
#   sender  $BED_A  v0 10.9.0.1 ---- v1 10.9.0.2  $BED_B  receiver     v0 is the port's
#   plain   $BED_K  k0 10.9.1.1 ---- k1 10.9.1.2  $BED_B               k0 has a TBF: no DPDK there

BED_A=qdA$$ BED_B=qdB$$ BED_K=qdK$$
BED_OVERHEAD_BYTES=24 # preamble, checksum and gap: what a frame occupies of a real Ethernet

# bed_up RATE QUEUE_BYTES: everything, with RATE and a queue of QUEUE_BYTES on the plain link.
bed_up() {
	local ns
	for ns in "$BED_A" "$BED_B" "$BED_K"; do
		ip netns add "$ns" && ip -n "$ns" link set lo up || return 1
		# No address detection, no router solicitations: only the demonstration's own packets.
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	bed_link "$BED_A" v0 10.9.0.1 v1 10.9.0.2 && bed_link "$BED_K" k0 10.9.1.1 k1 10.9.1.2 || return 1
	ip netns exec "$BED_K" tc qdisc add dev k0 root tbf rate "$1" burst 1600 limit "$2" overhead $BED_OVERHEAD_BYTES
}

# bed_link NS DEV ADDRESS PEER_DEV PEER_ADDRESS: one veth pair between NS and the receiver, without
# offloads: no super-packets on a 10 Mbit/s link, and checksums complete, as on a wire.
bed_link() {
	local side ns dev address
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$BED_B" || return 1
	for side in "$1 $2 $3" "$BED_B $4 $5"; do
		read -r ns dev address <<<"$side"
		ip -n "$ns" addr add "$address/24" dev "$dev" || return 1
		ip netns exec "$ns" ethtool -K "$dev" tx off gso off tso off gro off >/dev/null || return 1
		ip -n "$ns" link set "$dev" up || return 1
	done
}

# bed_down: the namespaces go, and with them their interfaces.
bed_down() {
	local ns
	for ns in "$BED_A" "$BED_B" "$BED_K"; do ip netns del "$ns" 2>/dev/null; done
	return 0
}
