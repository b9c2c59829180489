#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Streams of the daemon over devices that need no network: what the sources send is what the simulator
# says, frames are right to the last byte, and every packet is in the balance.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

SIM=$QSOCK_BUILD/app/dpdk-qsock-sim/dpdk-qsock-sim
MAC=02:00:00:00:00:02

# run NAME VDEV [OPTION...]: the daemon with $QS_TMP/NAME.ini; what it says in NAME.out.
run() {
	local name=$1 vdev=$2
	shift 2
	# shellcheck disable=SC2086  # lists of words
	timeout 30 "$DAEMON" $EAL "--vdev=$vdev" -- --config "$QS_TMP/$name.ini" "$@" \
		>"$QS_TMP/$name.out" 2>"$QS_TMP/$name.err" </dev/null || { cat "$QS_TMP/$name.err"; return 1; }
}
# ---------------------------------------------------------------- sources against the simulator
stream() { # NAME PORT KEY=VALUE...: a stream with a source to UDP port PORT
	local pair
	printf '[stream %s]\ndst = 10.0.0.2:%s\nsrc = 10.0.0.1:5000\ndst-mac = %s\nstop = 1s\n' "$1" "$2" "$MAC"
	for pair in "${@:3}"; do echo "${pair/=/ = }"; done
}
{
	printf '[port 0]\ndevice = net_null0\nrate = 100mbit\nscheduler = edf\ntwin = no\n'
	stream cbr 1 source=cbr interval=7ms deadline=20ms
	stream poisson 2 source=poisson interval=3ms deadline=20ms seed=5 start=100ms
	stream onoff 3 source=onoff interval=1ms on=30ms off=50ms deadline=20ms packet=200
	stream be 4 source=cbr interval=2ms class=best-effort
} >"$QS_TMP/sources.ini"
check "sources run" run sources net_null0 --duration 1500ms
check "sources: balance" balanced "$QS_TMP/sources.out"
"$SIM" --scenario "$QS_TMP/sources.ini" --json >"$QS_TMP/sim.json"
for s in cbr poisson onoff be; do
	sim=$(python3 -c "
import json, sys
for s in json.load(open('$QS_TMP/sim.json'))['streams']:
    if s['name'] == '$s': print(s['offered'])")
	live=$(cell "$QS_TMP/sources.out" came "$s" offered)
	check "source $s sends what the simulator says: $sim" [ "$live" = "$sim" ]
done

# ---------------------------------------------------------------- a greedy source keeps the link busy, never overflows
{
	printf '[port 0]\ndevice = net_null0\nrate = 10mbit\ntwin = no\n'
	stream full 1 source=greedy class=best-effort queue=64
} >"$QS_TMP/greedy.ini"
check "greedy runs" run greedy net_null0 --duration 1s
check "greedy: balance" balanced "$QS_TMP/greedy.out"
overflowed() { cell "$QS_TMP/greedy.out" came full '+ queue-drop'; }
check "greedy: nothing overflows" [ "$(overflowed)" = 0 ]
check "greedy: something is sent" [ "$(cell "$QS_TMP/greedy.out" left full sent)" -gt 64 ]
# Another source in its place, while its packets are in the queue: there is no room but for those that leave it.
printf '%s\n' 'wait 100ms' 'set port 0 rate 100kbit' 'change stream full packet 500' 'change stream full queue 128' \
	'change stream full packet 600' 'wait 100ms' 'set port 0 rate 10mbit' 'wait 200ms' quit >"$QS_TMP/cmds"
check "greedy changes" run greedy net_null0 --cmdline-file "$QS_TMP/cmds"
check "greedy changed: balance" balanced "$QS_TMP/greedy.out"
check "greedy changed: nothing overflows" [ "$(overflowed)" = 0 ]
check "greedy changed: it goes on" [ "$(cell "$QS_TMP/greedy.out" left full sent)" -gt 64 ]

# ---------------------------------------------------------------- a device that takes nothing: all stays queued or is dropped
{
	printf '[port 0]\ndevice = net_ring0\nrate = 1gbit\ntwin = no\n'
	stream stuck 1 source=cbr interval=100us class=best-effort queue=128
} >"$QS_TMP/ring.ini"
check "net_ring runs" run ring net_ring0 --duration 1s
check "net_ring: balance" balanced "$QS_TMP/ring.out"
check "net_ring: the queue overflows, and it is counted" [ "$(cell "$QS_TMP/ring.out" came stuck '+ queue-drop')" -gt 1000 ]

# ---------------------------------------------------------------- frames
{
	printf '[port 0]\ndevice = net_pcap0\nrate = 100mbit\nscheduler = fifo\ntwin = no\n'
	stream four 5001 source=cbr interval=100ms packet=300 dscp=46
	printf '[stream six]\ndst = [fd00::2]:5002\nsrc = [fd00::1]:5003\ndst-mac = %s\nstop = 1s\n' "$MAC"
	printf 'source = cbr\ninterval = 200ms\npacket = 66\nvlan-priority = 5\n'
} >"$QS_TMP/frames.ini"
check "net_pcap runs" run frames "net_pcap0,tx_pcap=$QS_TMP/frames.pcap" --duration 1200ms
tcpdump -ennvvr "$QS_TMP/frames.pcap" >"$QS_TMP/frames.txt" 2>/dev/null
check "10 frames of IPv4" [ "$(grep -c '10.0.0.1.5000 > 10.0.0.2.5001' "$QS_TMP/frames.txt")" = 10 ]
check "5 frames of IPv6" [ "$(grep -c 'fd00::1.5003 > fd00::2.5002' "$QS_TMP/frames.txt")" = 5 ]
check "their sums are right" [ "$(grep -c 'udp sum ok' "$QS_TMP/frames.txt")" = 15 ]
check "no header sum is wrong" bash -c "! grep -q 'bad cksum' '$QS_TMP/frames.txt'"
check "DSCP 46" grep -q 'tos 0xb8' "$QS_TMP/frames.txt"
check "VLAN priority 5, length as given" grep -q 'length 66: vlan 0, p 5, ethertype IPv6' "$QS_TMP/frames.txt"
check "length as given" grep -q 'length 300: ' "$QS_TMP/frames.txt"

# ---------------------------------------------------------------- a capture, replayed
# 40 frames of all sorts, 20 ms apart, with the first byte of a frame that is no IP too.
python3 - "$QS_TMP/in.pcap" <<'PYTHON'
import random, struct, sys
random.seed(3)
with open(sys.argv[1], 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
    for i in range(40):
        frame = random.randbytes(random.choice([60, 61, 100, 1000, 1514]))
        f.write(struct.pack('<IIII', 1000, i * 20000000, len(frame), len(frame)) + frame)
PYTHON
frames_of() { python3 - "$1" <<'PYTHON'
import struct, sys
data = open(sys.argv[1], 'rb').read()
at = 24
while at < len(data):
    n = struct.unpack_from('<I', data, at + 8)[0]
    print(data[at + 16:at + 16 + n].hex())
    at += 16 + n
PYTHON
}
printf '[port 0]\ndevice = net_pcap0\nrate = 1gbit\ntwin = no\n[stream replay]\nclass = best-effort\nsource = pcap\npcap = %s\nlinger = 1s\n' \
	"$QS_TMP/in.pcap" >"$QS_TMP/replay.ini"
check "replay runs" run replay "net_pcap0,tx_pcap=$QS_TMP/replay.pcap" --duration 1200ms
check "replay: byte for byte and in order" cmp <(frames_of "$QS_TMP/in.pcap") <(frames_of "$QS_TMP/replay.pcap")
check "replay: balance" balanced "$QS_TMP/replay.out"
check "replay: all 40" [ "$(cell "$QS_TMP/replay.out" left replay sent)" = 40 ]
# Times are not judged, but that a replay is no burst.
check "replay: at its own times" python3 - "$QS_TMP/replay.pcap" <<'PYTHON'
import struct, sys
data = open(sys.argv[1], 'rb').read()
times, at = [], 24
unit = 1e9 if data[:4] == struct.pack('<I', 0xa1b23c4d) else 1e6
while at < len(data):
    s, f, n = struct.unpack_from('<III', data, at)
    times.append(s + f / unit)
    at += 16 + n
sys.exit(0 if 0.7 < times[-1] - times[0] < 1.2 else 1)
PYTHON

sed -i 's/^pcap/loop = yes\npcap/' "$QS_TMP/replay.ini"
check "a replay in a loop runs" run replay "net_pcap0,tx_pcap=$QS_TMP/replay.pcap" --duration 1500ms
check "a replay in a loop goes on" [ "$(cell "$QS_TMP/replay.out" left replay sent)" -gt 45 ]

# ---------------------------------------------------------------- sources and streams by command
cat >"$QS_TMP/cmds" <<COMMANDS
stop source all
clear stats
start source cbr
wait 300ms
stop source cbr
show source all
add stream late port 0 deadline 10ms source cbr interval 1ms dst 10.0.0.2:9 src 10.0.0.1:9 dst-mac $MAC linger 500ms
wait 200ms
change stream late packet 500 interval 5ms
wait 200ms
change stream late source none
show stats late
clear stats stream late
del stream late
show stream all
wait 200ms
quit
COMMANDS
check "commands run" run sources net_null0 --cmdline-file "$QS_TMP/cmds"
check "commands: balance" balanced "$QS_TMP/sources.out"
check "a stopped source" grep -Eq '^onoff +onoff +stopped' "$QS_TMP/sources.out"
check "a stream that was added has sent" [ "$(cell "$QS_TMP/sources.out" left late sent)" -gt 100 ]
check "and is gone at the end" [ "$(awk '/^########/ {on = 1} on' "$QS_TMP/sources.out" | grep -c late)" -le 3 ]

# ---------------------------------------------------------------- the end: by time, by signal
printf '[port 0]\ndevice = net_null0\ntwin = no\n' >"$QS_TMP/idle.ini"
for signal in TERM INT HUP; do
	# shellcheck disable=SC2086
	background "$DAEMON" $EAL --vdev=net_null0 -- --config "$QS_TMP/idle.ini" --stats-period 1 >"$QS_TMP/idle.out" 2>&1
	until_true 10 grep -q '^dpdk-qsock' "$QS_TMP/idle.out"
	kill -$signal "$QS_LAST"
	wait "$QS_LAST"
	check "SIG$signal ends it with status 0" [ $? = 0 ]
	check "SIG$signal is named" grep -q "ended by SIG$signal" "$QS_TMP/idle.out"
done
# What can never be sent would keep it for its linger time; who does not want to wait says so again.
sed -i '$a linger = 1000s' "$QS_TMP/ring.ini"
# shellcheck disable=SC2086
background "$DAEMON" $EAL --vdev=net_ring0 -- --config "$QS_TMP/ring.ini" --stats-period 250ms >"$QS_TMP/ring.out" 2>&1
until_true 10 eval '[ "$(cell "$QS_TMP/ring.out" came stuck "+ queue-drop")" -gt 0 ] 2>/dev/null'
kill "$QS_LAST"
check "with much to send it lingers" eval 'sleep 0.5; kill -0 "$QS_LAST"'
kill -INT "$QS_LAST"
check "a second signal ends that" until_true 10 eval '! kill -0 "$QS_LAST" 2>/dev/null'
wait "$QS_LAST"
check "with status 0" [ $? = 0 ]
check "and all accounted for" balanced "$QS_TMP/ring.out"
finish
