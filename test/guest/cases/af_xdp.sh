#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NICs that stay with their kernel drivers, under driver af_xdp: e1000e, whose driver knows nothing of XDP, and virtio. Zero copy,
# which neither has, falls back; links go down and come back; then streams arrive, whole and in order.
# machine: -c 3 -n e1000e -n virtio-net-pci -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"
. "$(dirname "$0")/../peer-lib.sh"

modprobe -a e1000e virtio_net
until_true 5 nic_pci 3 >/dev/null
E1000E=$(nic_net "$(nic_pci 1)") VIRTIO=$(nic_net "$(nic_pci 2)") OTHER=$(nic_pci 3)
[ -n "$(nic_pci 4)" ] && VIRTIO=$(nic_net "$(nic_pci 3)") OTHER=$(nic_pci 4) # on the machine of the case nic
peer_up "$(nic_net "$OTHER")"
ip -n "$QS_B" addr add 10.9.3.2/24 dev "$PEER"
ip addr replace 10.9.0.1/24 dev "$E1000E"
ip addr add 10.9.3.1/24 dev "$VIRTIO"
sysctl -qw "net.ipv6.conf.$E1000E.accept_dad=0"
ip link set "$E1000E" up
ip link set "$VIRTIO" up
xdp_before=$(ip link show | grep -c 'prog/xdp')

cat >"$QS_TMP/xdp.ini" <<INI
[port 0]
device = $E1000E
driver = af_xdp
rate = 20mbit
zero-copy = yes
sleep-after = 100ms

[port 1]
device = $VIRTIO
driver = af_xdp
rate = 10mbit
scheduler = edf
zero-copy = yes
sleep-after = 100ms
INI
cat >"$QS_TMP/xdp.streams" <<STREAMS
add stream video port 0 ipg 2ms droppable no linger 30s source cbr stop 200ms packet 800 dst 10.9.0.2:5001
add stream six port 0 ipg 5ms droppable no linger 30s source cbr stop 200ms packet 300 dst [fd09::2]:5002
add stream other port 1 deadline 20ms droppable no linger 30s source cbr interval 4ms stop 200ms packet 1000 dst 10.9.3.2:5003
STREAMS
told() { [ "$(grep -c "af_xdp on \($E1000E\|$VIRTIO\): $1" "$QS_TMP/xdp.err")" -ge 2 ]; }

carriers() { [ "$(cat "/sys/class/net/$E1000E/carrier" "/sys/class/net/$VIRTIO/carrier")" = $'1\n1' ]; }
# The NICs go down and come back, while the daemon has them; and their neighbours are known before the streams come.
links() {
	until_true 20 carriers
	ip link set "$E1000E" down
	ip link set "$VIRTIO" down
	until_true 20 told 'link down'
	ip link set "$E1000E" up
	ip link set "$VIRTIO" up
	ip addr add fd09::1/64 dev "$E1000E" nodad
	until_true 20 told 'link up'
	until_true 20 ping -qc 1 -W 1 10.9.0.2 >/dev/null
	until_true 20 ping -qc 1 -W 1 fd09::2 >/dev/null
	until_true 20 ping -qc 1 -W 1 10.9.3.2 >/dev/null
}
listen 5001 5002 5003
# shellcheck disable=SC2086  # a list of words
check "dpdk-qsock drives both" drive xdp links --lcores 0@0,1@1,2@2 --no-huge -m 128 --no-pci $QSOCK_EAL \
	--log-level=lib.qsock:notice
listened
check "zero copy falls back, with a message" told 'no zero copy (.*): frames are copied'
check "links down were seen" told 'link down'
check "and up again" told 'link up'
same "XDP programs there" "$(ip link show | grep -c 'prog/xdp')" "$xdp_before"
arrived xdp video 5001 100 800
arrived xdp other 5003 50 1000
same "six: packets that arrived" "$(field 5002 packets)" "$(cell "$QS_TMP/xdp.out" left six sent)"
accounted xdp
grep 'no zero copy' "$QS_TMP/xdp.err" | sed 's/^/# /'
finish
