# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# bed.sh - the demonstration's hosts: namespaces joined by a veth pair. Sourced.
#
#   sender  $BED_A  v0 10.9.0.1 ---- v1 10.9.0.2  $BED_B  receiver     v0 is the port's, or has a qdisc

BED_A=qdA$$ BED_B=qdB$$

# bed_up: both hosts, and a link between them without offloads: no super-packets on a 10 Mbit/s link, and checksums
# complete, as on a wire.
bed_up() {
	local ns side dev address
	for ns in "$BED_A" "$BED_B"; do
		ip netns add "$ns" && ip -n "$ns" link set lo up || return 1
		# No address detection, no router solicitations: only the demonstration's own packets.
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	ip -n "$BED_A" link add v0 type veth peer name v1 netns "$BED_B" || return 1
	for side in "$BED_A v0 10.9.0.1" "$BED_B v1 10.9.0.2"; do
		read -r ns dev address <<<"$side"
		ip -n "$ns" addr add "$address/24" dev "$dev" || return 1
		ip netns exec "$ns" ethtool -K "$dev" tx off gso off tso off gro off >/dev/null || return 1
		ip -n "$ns" link set "$dev" up || return 1
	done
}

# bed_down: the namespaces go, and with them their interfaces.
bed_down() {
	local ns
	for ns in "$BED_A" "$BED_B"; do ip netns del "$ns" 2>/dev/null; done
	return 0
}
