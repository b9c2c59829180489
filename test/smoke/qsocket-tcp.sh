#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsocket-tcp.sh - TCP sockets of the kernel, made with qsocket() and attached with qattach(): their segments are the stream's.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
hosts_up || skip 'no namespaces'
export QSOCK_PORT_ARGS=rate=100mbit,twin=qs0

# sink BYTES: accept one connection in host B and count what it brings.
sink() {
	rm -f "$QS_TMP/ready"
	in_b timeout 30 python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 6000))
s.listen(1)
open(sys.argv[1], "w").close()
c = s.accept()[0]
n = 0
while n < int(sys.argv[2]):
    data = c.recv(65536)
    if not data:
        break
    n += len(data)
print("bytes=%d" % n)' "$QS_TMP/ready" "$1" >"$QS_TMP/sunk" 2>&1 &
	SINK=$!
	QS_PIDS+=("$SINK")
	until_true 5 test -e "$QS_TMP/ready"
}
sunk() { wait "$SINK" && said "bytes=$1\$" "$QS_TMP/sunk"; }

# 200 kB are 139 segments and more: so many packets of the stream.
sink 200000
check 'TCP by qsocket()' send tcp 1 1024 connect 10.9.0.2 6000 refresh send 200 1000 sent 130 info
check 'all bytes came' sunk 200000
check 'its segments were scheduled' said '^accepted=(1[3-9][0-9]|[2-9][0-9][0-9]) ' "$QS_TMP/sent"
check 'the stack is asked' said 'cwnd=[1-9][0-9]* rtt_us=[1-9]' "$QS_TMP/sent"

sink 200000
check 'an existing connection' send kernel-tcp connect 10.9.0.2 6000 attach 1 1024 plain 200 1000 sent 130 info
check 'all bytes came' sunk 200000
check 'its segments were scheduled' said '^accepted=(1[3-9][0-9]|[2-9][0-9][0-9]) ' "$QS_TMP/sent"

# A program that returns from main() at once, and a peer that reads nothing for a second: it stays until all is there.
slow_sink() {
	rm -f "$QS_TMP/ready"
	in_b timeout 30 python3 -c '
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
s.bind(("0.0.0.0", 6000))
s.listen(1)
open(sys.argv[1], "w").close()
c = s.accept()[0]
time.sleep(1)
print("began=%d" % time.time_ns(), flush=True)
n = 0
data = b"x"
while data:
    data = c.recv(65536)
    n += len(data)
print("bytes=%d" % n)' "$QS_TMP/ready" >"$QS_TMP/sunk" 2>&1 &
	SINK=$!
	QS_PIDS+=("$SINK")
	until_true 5 test -e "$QS_TMP/ready"
}
slow_sink
check 'TCP, and the end at once' send tcp 1 1024 connect 10.9.0.2 6000 set sndbuf 400000 refresh send 200 1000
ended=$(date +%s%N)
check 'all bytes came' sunk 200000
began=$(sed -n 's/^began=//p' "$QS_TMP/sunk")
check 'before it ended' [ "${began:-$ended}" -lt "$ended" ]

finish
