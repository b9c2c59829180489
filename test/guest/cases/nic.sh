#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# NICs that dpdk-devbind.py takes from the kernel, sends with under dpdk-qsock, and gives back: e1000e and vmxnet3 under
# vfio-pci with an IOMMU, e1000e and virtio under uio_pci_generic. What leaves is counted, numbered and summed by
# ordinary sockets behind another NIC with its kernel driver.
# machine: -c 3 -i -n e1000e -n vmxnet3 -n virtio-net-pci -n e1000e
set -u
. "$(dirname "$0")/../guest-lib.sh"

modprobe -a e1000e vmxnet3 virtio_net vfio-pci uio_pci_generic tun
hugepages 160
until_true 5 nic_pci 4 >/dev/null
E1000E=$(nic_pci 1) VMXNET3=$(nic_pci 2) VIRTIO=$(nic_pci 3)
PEER=$(nic_net "$(nic_pci 4)") PEER_MAC=52:54:00:00:00:04

# The other host: a namespace with the fourth NIC, whose kernel sums every checksum itself.
ip netns add "$QS_B"
ip link set "$PEER" netns "$QS_B"
in_b ethtool -K "$PEER" rx off gro off >/dev/null
in_b ethtool -G "$PEER" rx 4096 # more than a case sends: a guest that stalls loses nothing
in_b sysctl -qw net.ipv6.conf.all.accept_dad=0 "net.ipv6.conf.$PEER.accept_dad=0"
ip -n "$QS_B" link set lo up
ip -n "$QS_B" addr add 10.9.0.2/24 dev "$PEER"
ip -n "$QS_B" addr add fd09::2/64 dev "$PEER" nodad
ip -n "$QS_B" link set "$PEER" up

# How many checksums of UDP and IP headers the other host's kernel has found wrong.
bad_sums() {
	in_b cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 == "Udp:" || $1 == "Ip:" {
			if (!($1 in head)) {head[$1] = $0; next}
			split(head[$1], names)
			for (i = 2; i <= NF; i++) if (names[i] == "InCsumErrors" || names[i] == "InHdrErrors") n += $i
		}
		$1 ~ /^(Udp6InCsumErrors|Ip6InHdrErrors)$/ {n += $2}
		END {print n + 0}'
}

# field PORT NAME: of what arrived.
field() { awk -v port="$1" -v name="$2" '$1 == port {for (i = 2; i < NF; i += 2) if ($i == name) print $(i + 1)}' "$QS_TMP/arrived"; }

listen() { # PORT...
	ip netns exec "$QS_B" "$TOOLS/arrivals" "$QS_TMP/arrived" "$@" >"$QS_TMP/listening" &
	LISTENER=$!
	until_true 10 test -s "$QS_TMP/listening"
	ip netns exec "$QS_B" tcpdump -i "$PEER" -Z root -c 300 -w "$QS_TMP/wire.pcap" udp >"$QS_TMP/tcpdump" 2>&1 &
	TCPDUMP=$!
	sleep 0.5
}
listened() {
	sleep 0.3
	end_process $LISTENER
	end_process $TCPDUMP INT
}

# The twin gets its addresses, which the other host may know as another NIC's; then the link has come up.
twin_addresses() {
	ip -n "$QS_B" neigh flush all
	ip addr add 10.9.0.1/24 dev qs0
	ip addr add fd09::1/64 dev qs0 nodad
	until_true 10 ping -qc 1 -W 1 10.9.0.2 >/dev/null
}

# drive NAME LCORES OPTION...: the daemon with NAME.ini. When its twin is there it gets its addresses and the other host
# is pinged; then the streams of NAME.streams come; when all sources have sent everything it ends. Output in NAME.out.
drive() {
	local name=$1 lcores=$2 out=$QS_TMP/$1.out
	shift 2
	{
		until_true 40 grep -q '^dpdk-qsock .*: ' "$out" && until_true 5 ip link show qs0 >/dev/null 2>&1 && {
			twin_addresses
			ping -c 3 -i 0.2 -W 5 10.9.0.2 >"$QS_TMP/$name.ping" 2>&1
			in_b ping -c 3 -i 0.2 -W 5 fd09::1 >"$QS_TMP/$name.ping6" 2>&1
			echo "load $QS_TMP/$name.streams"
			until_true 40 ended "$out"
			echo "wait 500ms"
			echo "show port all"
		}
	} | timeout 120 "$DAEMON" --lcores "$lcores" $QSOCK_EAL --log-level='*:error' -m 128 "$@" -- --config "$QS_TMP/$name.ini" -i \
		>"$out" 2>"$QS_TMP/$name.err"
	[ "${PIPESTATUS[1]}" = 0 ] || { cat "$out" "$QS_TMP/$name.err"; return 1; }
}
ended() { # OUT: asks, and looks at the last answer
	echo "show source all"
	sleep 0.5
	awk '/^stream +source +state/ {on = 1; n = 0; next} NF == 0 || /^#/ {on = 0} on {n++; last = $3; if (last != "finished") n = -1000} END {exit n < 1}' "$1"
}

# same NAME IS SHOULD: two numbers that are to be equal.
same() { if [ "$2" = "$3" ]; then pass "$1: $2"; else fail "$1: $2, not $3"; fi; }

# arrived NAME STREAM PORT OFFERED BYTES: the stream was offered so many packets; those that the daemon counts as sent,
# and no others, arrived in order, whole.
arrived() {
	local name=$1 stream=$2 port=$3 offered=$4 bytes=$5 out=$QS_TMP/$1.out sent
	sent=$(cell "$out" left "$stream" sent)
	same "$name: $stream: packets offered" "$(cell "$out" came "$stream" offered)" "$offered"
	same "$name: $stream: as many arrived as were sent" "$(field "$port" packets)" "${sent:-none}"
	same "$name: $stream: out of order" "$(field "$port" disorder)" 0
	same "$name: $stream: bytes that arrived" "$(field "$port" bytes)" $((${sent:-0} * (bytes - 42)))
}
summed() { # NAME PACKETS: tcpdump finds the checksum of each of the first so many packets right
	in_b tcpdump -Z root -nvvr "$QS_TMP/wire.pcap" >"$QS_TMP/wire" 2>&1
	same "$1: checksums that tcpdump finds right" "$(grep -c 'udp sum ok' "$QS_TMP/wire")" "$2"
	same "$1: and wrong" "$(grep -c 'bad .*cksum' "$QS_TMP/wire")" 0
}

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
listen 5001 5002 5003 5004
check "vfio: dpdk-qsock drives both" drive vfio 0@0,1@1,2@2 -a "$E1000E" -a "$VMXNET3"
listened
check "vfio: ping through the twin" grep -q ' 3 received' "$QS_TMP/vfio.ping"
check "vfio: and from the other host, IPv6" grep -q ' 3 received' "$QS_TMP/vfio.ping6"
arrived vfio video 5001 500 800
arrived vfio rest 5003 1000 1500
arrived vfio other 5004 250 1000
[ $QS_FAILED = 0 ] || { cat "$QS_TMP/vfio.out"; in_b ip -s link show "$PEER"; }
check "vfio: every packet is accounted for" balanced "$QS_TMP/vfio.out"
same "vfio: checksums that the kernel found wrong" "$(bad_sums)" 0
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
check "devbind: vmxnet3 back to the kernel" devbind vmxnet3 "$VMXNET3"
check "its interface works" works "$VMXNET3" 1
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
listen 5001 5002 5003
check "uio: dpdk-qsock drives both" drive uio 0@0,1@1,2@2 -a "$E1000E" -a "$VIRTIO"
listened
check "uio: ping through the twin" grep -q ' 3 received' "$QS_TMP/uio.ping"
check "uio: and from the other host, IPv6" grep -q ' 3 received' "$QS_TMP/uio.ping6"
arrived uio video 5001 250 1000
arrived uio other 5003 500 701
same "uio: six: as many arrived as were sent" "$(field 5002 packets)" "$(cell "$QS_TMP/uio.out" left six sent)"
check "uio: every packet is accounted for" balanced "$QS_TMP/uio.out"
same "uio: checksums that the kernel found wrong" "$(bad_sums)" 0
summed uio 300

# ---------------------------------------------------------------- a program of qsocket.h
listen 5004
QSOCK_EAL_ARGS="--lcores 0@0,1@1 $QSOCK_EAL --log-level=*:error -m 128 -a $E1000E" \
	QSOCK_PORT_ARGS="rate=20mbit,twin=qs0,sleep-after=100ms" timeout 60 "$QSOCK_BUILD/test/smoke/tools/qsocket-do" \
	init "$E1000E" dwcs say up await "$QS_TMP/go" udp 1 512 connect 10.9.0.2 5004 send 200 700 sent 200 info \
	>"$QS_TMP/program" 2>&1 &
program=$!
until_true 40 grep -q '^up' "$QS_TMP/program"
twin_addresses
touch "$QS_TMP/go"
check "qsocket.h: a program sends" wait $program
listened
check "qsocket.h: by its stream" grep -q '^accepted=200 sent=200 queued=0 neigh_drop=0 kernel=0 ' "$QS_TMP/program"
same "qsocket.h: packets that arrived" "$(field 5004 packets)" 200
same "qsocket.h: bytes that arrived" "$(field 5004 bytes)" 140000
same "qsocket.h: out of order" "$(field 5004 disorder)" 0
same "qsocket.h: checksums that the kernel found wrong" "$(bad_sums)" 0
[ $QS_FAILED = 0 ] || cat "$QS_TMP/program"

# ---------------------------------------------------------------- back to the kernel
check "devbind: e1000e back to the kernel" devbind e1000e "$E1000E"
check "its interface works" works "$E1000E" 2
check "devbind: virtio back to the kernel" devbind virtio-pci "$VIRTIO"
check "its interface works" works "$VIRTIO" 3
finish
