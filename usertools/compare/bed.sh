# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# bed.sh - two hosts with an exact bottleneck between them. Sourced, after usertools/demo/bed.sh.
#
#   $CMP_A  v0 10.9.0.1 ---- ra  $CMP_R: bridge, TBF on rb  rb ---- v1 10.9.0.2  $CMP_B
#
# The TBF stands for the link: it counts what a frame occupies of a real Ethernet, and is nobody's to replace.

CMP_A=qcA$$ CMP_R=qcR$$ CMP_B=qcB$$

# compare_up RATE QUEUE_BYTES: the hosts, and a link of that rate with that queue.
compare_up() {
	local ns
	for ns in "$CMP_A" "$CMP_R" "$CMP_B"; do
		ip netns add "$ns" && ip -n "$ns" link set lo up || return 1
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	ip -n "$CMP_A" link add v0 type veth peer name ra netns "$CMP_R" &&
		ip -n "$CMP_B" link add v1 type veth peer name rb netns "$CMP_R" &&
		ip -n "$CMP_R" link add name lan type bridge mcast_snooping 0 || return 1
	for ns in "$CMP_A v0" "$CMP_R ra" "$CMP_R rb" "$CMP_B v1"; do
		# shellcheck disable=SC2086 # two words
		set -- "$1" "$2" $ns
		ip netns exec "$3" ethtool -K "$4" tx off tso off gso off gro off >/dev/null || return 1
		ip -n "$3" link set "$4" up || return 1
	done
	ip -n "$CMP_R" link set ra master lan && ip -n "$CMP_R" link set rb master lan && ip -n "$CMP_R" link set lan up &&
		ip -n "$CMP_A" addr add 10.9.0.1/24 dev v0 && ip -n "$CMP_B" addr add 10.9.0.2/24 dev v1 || return 1
	ip netns exec "$CMP_R" tc qdisc add dev rb root tbf rate "$1" burst 1600 limit "$2" overhead 24
}

# compare_down: the namespaces go, and with them their interfaces.
compare_down() {
	local ns
	for ns in "$CMP_A" "$CMP_R" "$CMP_B"; do ip netns del "$ns" 2>/dev/null; done
	return 0
}
