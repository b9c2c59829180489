#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NICs that dpdk-devbind.py takes from the kernel, sends with under dpdk-qsock, and gives back: e1000e and vmxnet3 under
# vfio-pci with an IOMMU, e1000e and virtio under uio_pci_generic. What leaves is counted, numbered and summed by
# ordinary sockets behind another NIC with its kernel driver.
# machine: -c 3 -i -n e1000e -n vmxnet3 -n virtio-net-pci -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"
. "$(dirname "$0")/../peer-lib.sh"

modprobe -a e1000e vmxnet3 virtio_net vfio-pci uio_pci_generic tun
hugepages 160
until_true 5 nic_pci 4 >/dev/null
E1000E=$(nic_pci 1) VMXNET3=$(nic_pci 2) VIRTIO=$(nic_pci 3)
peer_up "$(nic_net "$(nic_pci 4)")"

# capture: the first UDP packets, for tcpdump's judgement.
capture() {
	rm -f "$QS_TMP/tcpdump"
	ip netns exec "$QS_B" tcpdump -i "$PEER" -Z root -c 300 -w "$QS_TMP/wire.pcap" udp >"$QS_TMP/tcpdump" 2>&1 &
	TCPDUMP=$!
	until_true 10 grep -qs listening "$QS_TMP/tcpdump"
}
summed() { # NAME PACKETS: of each of the first so many the checksum is right
	end_process $TCPDUMP INT
	in_b tcpdump -Z root -nvvr "$QS_TMP/wire.pcap" >"$QS_TMP/wire" 2>&1
	same "$1: checksums that tcpdump finds right" "$(grep -c 'udp sum ok' "$QS_TMP/wire")" "$2"
	same "$1: and wrong" "$(grep -c 'bad .*cksum' "$QS_TMP/wire")" 0
}

# The twin gets its addresses, which the other host may know as another NIC's; then the link has come up.
twin_addresses() {
	until_true 10 ip link show qs0 >/dev/null 2>&1
	ip -n "$QS_B" neigh flush all
	ip addr add 10.9.0.1/24 dev qs0
	ip addr add fd09::1/64 dev qs0 nodad
	until_true 20 ping -qc 1 -W 1 10.9.0.2 >/dev/null
}
greet() { # NAME: both kernels reach each other
	twin_addresses
	ping -c 3 -i 0.2 -W 5 10.9.0.2 >"$QS_TMP/$1.ping" 2>&1
	in_b ping -c 3 -i 0.2 -W 5 fd09::1 >"$QS_TMP/$1.ping6" 2>&1
}
EAL="--lcores 0@0,1@1,2@2 -m 128 $QSOCK_EAL"

# both NAME PORTS ARGUMENT...: the daemon drives two NICs, the kernels reach each other through the twin of the first.
both() {
	# shellcheck disable=SC2086  # lists of words
	listen $2
	capture
	# shellcheck disable=SC2086
	check "$1: dpdk-qsock drives both" drive "$1" greet $EAL "${@:3}"
	listened
	check "$1: ping through the twin" grep -q ' 3 received' "$QS_TMP/$1.ping"
	check "$1: and from the other host, IPv6" grep -q ' 3 received' "$QS_TMP/$1.ping6"
}
# as_sent NAME STREAM PORT: as many arrived as were sent.
as_sent() { same "$1: $2: as many arrived as were sent" "$(field "$3" packets)" "$(cell "$QS_TMP/$1.out" left "$2" sent)"; }

# ---------------------------------------------------------------- vfio-pci, with an IOMMU
check "the NICs have an IOMMU" [ -e "/sys/bus/pci/devices/$E1000E/iommu_group" ]
check "devbind: e1000e and vmxnet3 to vfio-pci" devbind vfio-pci "$E1000E" "$VMXNET3"
check "the kernel has no interface of theirs" [ -z "$(nic_net "$E1000E")$(nic_net "$VMXNET3")" ]

cat >"$QS_TMP/vfio.ini" <<INI
[port 0]
device = $E1000E
rate = 20mbit
twin = qs0
sleep-after = 100ms

[port 1]
device = $VMXNET3
rate = 10mbit
twin = no
sleep-after = 100ms
INI
# Of the first all must be sent, late or not; of the second some are late and lost where the guest stalls; the third has the rest.
cat >"$QS_TMP/vfio.streams" <<STREAMS
add stream video port 0 ipg 2ms oln 1 old 10 droppable no linger 30s source cbr stop 1s packet 800 dst 10.9.0.2:5001
add stream sensor port 0 ipg 5ms oln 3 old 10 linger 30s source cbr stop 1s packet 200 dst [fd09::2]:5002
add stream rest port 0 class best-effort linger 30s source cbr interval 1ms stop 1s packet 1500 dst 10.9.0.2:5003
add stream other port 1 ipg 4ms droppable no linger 30s source cbr stop 1s packet 1000 dst 10.9.0.2:5004 src 10.9.0.7:5000 dst-mac $PEER_MAC
STREAMS
both vfio "5001 5002 5003 5004" -a "$E1000E" -a "$VMXNET3"
arrived vfio video 5001 500 800
arrived vfio rest 5003 1000 1500
as_sent vfio sensor 5002
arrived vfio other 5004 250 1000
accounted vfio
summed vfio 300

# ---------------------------------------------------------------- back to the kernel, and on to uio_pci_generic
# works PCI N: the kernel's interface of that NIC is there again, and reaches the other host.
works() {
	local net
	until_true 10 nic_net "$1" >/dev/null
	net=$(nic_net "$1")
	ip addr add "10.9.0.1$2/24" dev "$net" && ip link set "$net" up
	until_true 10 ping -qc 1 -W 1 -I "$net" 10.9.0.2 >/dev/null && ip link set "$net" down && ip addr flush dev "$net"
}
# back DRIVER PCI N
back() {
	check "devbind: back to the kernel's $1" devbind "$1" "$2"
	check "its interface works" works "$2" "$3"
}
back vmxnet3 "$VMXNET3" 1
check "devbind: e1000e and virtio to uio_pci_generic" devbind uio_pci_generic "$E1000E" "$VIRTIO"

cat >"$QS_TMP/uio.ini" <<INI
[port 0]
device = $VIRTIO
rate = 10mbit
scheduler = edf
twin = qs0
sleep-after = 100ms

[port 1]
device = $E1000E
rate = 20mbit
scheduler = vds
twin = no
sleep-after = 100ms
INI
cat >"$QS_TMP/uio.streams" <<STREAMS
add stream video port 0 deadline 20ms droppable no linger 30s source cbr interval 4ms stop 1s packet 1000 dst 10.9.0.2:5001
add stream six port 0 deadline 10ms droppable no linger 30s source poisson interval 5ms stop 1s packet 300 dst [fd09::2]:5002
add stream other port 1 ipg 2ms oln 1 old 4 droppable no linger 30s source cbr stop 1s packet 701 dst 10.9.0.2:5003 src 10.9.0.7:5000 dst-mac $PEER_MAC
STREAMS
both uio "5001 5002 5003" -a "$E1000E" -a "$VIRTIO"
arrived uio video 5001 250 1000
arrived uio other 5003 500 701
as_sent uio six 5002
accounted uio
summed uio 300

# ---------------------------------------------------------------- a program of qsocket.h
listen 5004
QSOCK_EAL_ARGS="$EAL --log-level=*:error -a $E1000E" \
	QSOCK_PORT_ARGS="rate=20mbit,twin=qs0,sleep-after=100ms" timeout 60 "$QSOCK_BUILD/test/smoke/tools/qsocket-do" \
	init "$E1000E" dwcs say up await "$QS_TMP/go" udp 1 512 connect 10.9.0.2 5004 send 200 700 sent 200 info \
	>"$QS_TMP/program" 2>&1 &
program=$!
until_true 40 grep -qs '^up' "$QS_TMP/program"
twin_addresses
touch "$QS_TMP/go"
program_arrived "qsocket.h" $program 200 700
check "qsocket.h: nothing through the kernel" grep -q ' neigh_drop=0 kernel=0 ' "$QS_TMP/program"
sweep_eal # as it was asked to start, other processes could have joined it

# ---------------------------------------------------------------- back to the kernel
back e1000e "$E1000E" 2
back virtio-pci "$VIRTIO" 3
finish
