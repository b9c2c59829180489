#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Addresses and routes move from the kernel's interface to the twin and back, also after kill -9.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

hosts_up || skip "no network namespaces"
ip -n "$QS_A" route add default via 10.9.0.2 dev v0 metric 120
ip -n "$QS_A" route add 10.40.0.0/16 via 10.9.0.2 dev v0 mtu 1300
ip -n "$QS_A" -6 route add default via fd09::2 dev v0 metric 700
ip -n "$QS_A" neigh add 10.9.0.50 lladdr 02:00:00:00:00:50 dev v0
ip -n "$QS_B" addr add 10.40.0.1/32 dev lo

# state IFNAME: what can move, the same text for every interface.
state() {
	{
		ip -n "$QS_A" -o addr show dev "$1" scope global
		ip -n "$QS_A" -4 route show dev "$1"
		ip -n "$QS_A" -6 route show dev "$1"
		ip -n "$QS_A" neigh show dev "$1" nud permanent
	} 2>/dev/null | grep -v 'proto kernel\|fe80\|^ff00\|multicast' |
		sed -E "s/^[0-9]+: //; s/\\<$1\\>/IF/g; s/ nodad//; s/valid_lft.*//; s/ linkdown//" | sort
}
BEFORE=$(state v0)
same() { [ "$(state "$1")" = "$BEFORE" ]; }
nothing() { [ -z "$(state "$1")" ]; }
a_file() { state_files | grep -q /move-; }
no_file() { ! a_file; }
check "there is something to move" test "$(wc -l <<<"$BEFORE")" -ge 6

twin_up move=v0 || { fail "start"; finish; }
in_a sysctl -qw net.ipv6.conf.qs0.accept_dad=0
check "everything is on the twin" same qs0
check "and nothing on v0" nothing v0
check "v0 is up still" sh -c "ip -n $QS_A link show v0 | grep -q 'state UP'"
check "a file remembers" a_file
check "ping" until_true 5 pings "$QS_A" 10.9.0.2
check "ping through the gateway" pings "$QS_A" 10.40.0.1
check "IPv6 ping" pings "$QS_A" fd09::2
check "orderly end" twin_down
check "everything is back on v0" same v0
check "the file is gone" no_file
check "ping through the kernel" until_true 5 pings "$QS_A" 10.9.0.2

twin_up move=v0 || { fail "second start"; finish; }
check "moved again" same qs0
end_process "$TWIN_PID" KILL
sweep_eal
exec 9>&-
vanished() { ! ip -n "$QS_A" link show qs0 >/dev/null 2>&1; }
check "killed: the twin is gone, and with it the addresses" until_true 5 vanished
check "v0 has nothing yet" nothing v0
ip -n "$QS_A" link set dev v0 xdp off # the killed process's program
twin_up move=v0 || { fail "start after the crash"; finish; }
check "started again: everything is on the new twin" same qs0
check "ping" until_true 5 pings "$QS_A" 10.9.0.2
check "orderly end" twin_down
check "everything is back on v0, as before the crash" same v0
check "no file is left" no_file
finish
