#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Frames built here against those that the kernel builds, byte for byte; datagrams of all sizes put together
# by the kernel that receives them.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/twin-lib.sh
. "$(dirname "$0")/twin-lib.sh"

command -v tcpdump >/dev/null || skip "no tcpdump"
command -v tshark >/dev/null || skip "no tshark"
hosts_up || skip "no network namespaces"
in_a sysctl -qw net.ipv6.auto_flowlabels=0
twin_up || { fail "start"; finish; }
twin_addresses
pings "$QS_A" 10.9.0.2
pings "$QS_A" fd09::2
check "socket" tell_ok sock app

ip netns exec "$QS_B" tcpdump -i v1 -U -s 0 -w "$QS_TMP/all.pcap" udp port 7001 or 'ip6[6]==44' or \
	'ip[6:2]&0x3fff!=0' >/dev/null 2>"$QS_TMP/dump.err" &
DUMP=$!
QS_PIDS+=("$DUMP")
until_true 5 grep -q listening "$QS_TMP/dump.err"

# Byte i of datagram k is i * 7 + k, as the daemon's.
kernel_send() { # ADDRESS BYTES
	in_a python3 - "$@" <<'PY'
import socket, sys
address, n = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
if ':' not in address:
    s.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER: no DF
s.bind(('', 40000))
s.sendto(bytes((i * 7) & 255 for i in range(n)), (address, 7001))
PY
}
for address in 10.9.0.2 fd09::2; do
	for bytes in 0 1 2 64 1001 1452; do
		check "native $address $bytes" tell_ok send app $address 7001 $bytes 1
		kernel_send $address $bytes
	done
done
captured() { [ "$(tcpdump -r "$QS_TMP/all.pcap" 2>/dev/null | wc -l)" -ge "$1" ]; }
check "24 frames are captured" until_true 10 captured 24
end_process "$DUMP" INT

# Each frame was sent once by each; a slow machine may change their order.
compare() {
	python3 - "$QS_TMP/all.pcap" <<'PY'
import collections, struct, sys
data, at, frames = open(sys.argv[1], 'rb').read(), 24, []
while at < len(data):
    n = struct.unpack_from('<I', data, at + 8)[0]
    frames.append(bytearray(data[at + 16:at + 16 + n]))
    at += 16 + n
for f in frames:
    if f[12:14] == b'\x08\x00':
        f[18:20] = f[24:26] = b'\0\0'  # identification, and the checksum that holds it
counts = collections.Counter(bytes(f) for f in frames)
bad = [f for f, n in counts.items() if n != 2]
for f in bad:
    print(f'{counts[f]} of {f.hex()[:140]}')
print(len(frames), 'frames,', len(bad), 'without their like')
sys.exit(bool(bad) or len(counts) != 12)
PY
}
check "frames are the kernel's, byte for byte" compare
sums_good() {
	! tshark -r "$QS_TMP/all.pcap" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-Y 'ip.checksum.status == 0 || udp.checksum.status == 0' 2>/dev/null | grep .
}
check "tshark finds no wrong checksum" sums_good

# A receiver that compares: exits 0 after all datagrams, each byte right.
ip netns exec "$QS_B" python3 - <<'PY' >"$QS_TMP/compared" 2>&1 &
import select, socket, sys, time
socks = []
for family, address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind((address, 7002))
    socks.append(s)
sizes, end = [], time.monotonic() + 40
while len(sizes) < 16 and time.monotonic() < end:
    for s in select.select(socks, [], [], 0.2)[0]:
        d = s.recv(70000)
        if d != bytes((i * 7) & 255 for i in range(len(d))):
            sys.exit(f'{len(d)} bytes: not what was sent')
        sizes.append(len(d))
print(sorted(sizes))
sys.exit(len(sizes) != 16)
PY
RECEIVER=$!
QS_PIDS+=("$RECEIVER")
until_true 5 listens "$QS_B" 7002
for address in 10.9.0.2 fd09::2; do
	for bytes in 1472 1473 1500 2952 2953 9000 40001 65507; do
		check "native $address $bytes" tell_ok send app $address 7002 $bytes 1
		sleep 0.02
	done
done
wait "$RECEIVER"
WHOLE=$?
check "the kernel put every datagram together: $(cat "$QS_TMP/compared")" test $WHOLE = 0

check "a datagram in fragments is one packet" until_true 5 is app.sent 28
check "every packet is accounted for" balanced
check "orderly end" twin_down
finish
