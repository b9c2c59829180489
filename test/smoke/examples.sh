#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# examples.sh - each small example does what it says.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/qsocket-lib.sh
. "$(dirname "$0")/qsocket-lib.sh"
EX=$QSOCK_BUILD/examples
[ -x "$EX/hello-qsocket/hello-qsocket" ] || skip 'the examples are not built'
hosts_up || skip 'no namespaces'
export QSOCK_PORT_ARGS=rate=10mbit,twin=qs0

run() { in_a timeout 60 "$@" >"$QS_TMP/out" 2>"$QS_TMP/err" || { cat "$QS_TMP/out" "$QS_TMP/err"; return 1; }; }
usage() { "$1" >"$QS_TMP/out" 2>&1; [ $? = 2 ] && grep -q '^usage: ' "$QS_TMP/out"; }

for name in hello-qsocket attach-existing adaptive-sender; do
	check "$name says how to use it" usage "$EX/$name/$name"
done

receive 5000 50 --seconds 8
check 'hello-qsocket' run "$EX/hello-qsocket/hello-qsocket" v0 10.9.0.2 5000
wait "$RECEIVER" # its messages are not of the receiver's pattern
# Of ten it lets one be lost, should the machine take the TX core away for a period.
check 'it says hello 50 times, or nearly' said 'got=(4[5-9]|50) ' "$QS_TMP/received"

in_b timeout 30 python3 -c '
import socket
s = socket.socket()
s.bind(("0.0.0.0", 6000))
s.listen(1)
c = s.accept()[0]
while c.recv(65536):
    pass' &
QS_PIDS+=("$!")
until_true 5 listens "$QS_B" 6000
check 'attach-existing' run "$EX/attach-existing/attach-existing" v0 10.9.0.2 5000 6000
check 'the UDP socket is scheduled' said '^udp: (9[0-9]|100) packets accepted' "$QS_TMP/out"
check 'the TCP socket is scheduled' said '^tcp: [1-9][0-9]+ packets accepted.*window [1-9]' "$QS_TMP/out"

# 60 frames of 60 kB would be three times the link.
check 'adaptive-sender' run "$EX/adaptive-sender/adaptive-sender" v0 10.9.0.2 5000 4 60000
check 'it goes on' said '[0-9]+ frames/s  sent [1-9]' "$QS_TMP/out"
check 'it stays below what it could' said '^ ?(5|[12][0-9]) frames/s' "$QS_TMP/out"

check 'nfv-mbufs' run "$EX/nfv-mbufs/nfv-mbufs" --no-huge --no-pci --no-shconf -m 256 --file-prefix="ex$QS_ID" \
	--log-level='*:error' --vdev net_null0,copy=0 -- 100 1
sweep_eal # the program's own EAL
check 'the urgent ones leave' said '^urgent offered [1-9][0-9]* accepted [1-9][0-9]* on time [1-9]' "$QS_TMP/out"

finish
