#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# af_xdp.sh - scheduled sockets over net_af_xdp on a veth pair, beside dpdk-testpmd's txonly on the same pair.
#
#     sudo test/perf/af_xdp.sh [DPDK_QSOCK_PERF [SOCKETS [REPETITIONS [SECONDS]]]]
#
# Both send 64 bytes in bursts of 32 from one core, in turn; the rate is that at which the other end of the pair
# receives. JSON as of dpdk-qsock-perf: medians, and the ratio of the rates. For people: no test runs it.
set -u
PROGRAM=${1:-build/app/dpdk-qsock-perf/dpdk-qsock-perf} SOCKETS=${2:-65536} REPS=${3:-7} WINDOW=${4:-3}
NS=qsaf$$ NEAR=qsafn$$ FAR=qsaff$$
PREFIX=qsaf$$

fail() { echo "af_xdp.sh: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "needs root, for network namespaces and AF_XDP"
command -v dpdk-testpmd >/dev/null || fail "dpdk-testpmd is not installed"
[ -x "$PROGRAM" ] || fail "no program $PROGRAM"

log=$(mktemp)
trap 'ip netns del "$NS" 2>/dev/null; rm -f "$log"' EXIT
ip netns add "$NS" || exit 1
# The other end lies in the same namespace: nobody answers there, and every frame is counted.
ip -n "$NS" link add "$NEAR" type veth peer name "$FAR" || exit 1
for dev in "$NEAR" "$FAR"; do
	ip netns exec "$NS" sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
	ip netns exec "$NS" ethtool -K "$dev" tx off gso off tso off gro off >/dev/null 2>&1
	ip -n "$NS" link set "$dev" up
done

received() { ip netns exec "$NS" cat "/sys/class/net/$FAR/statistics/rx_packets"; }

# rate COMMAND...: frames a second that arrive while it runs, from 3 s after its start.
rate() {
	local pid from to start_ns end_ns
	ip netns exec "$NS" "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	sleep 3
	from=$(received) start_ns=$(date +%s%N)
	sleep "$WINDOW"
	to=$(received) end_ns=$(date +%s%N)
	kill -INT "$pid" 2>/dev/null
	( sleep 5; kill -KILL "$pid" 2>/dev/null ) &
	wait "$pid" 2>/dev/null
	kill $! 2>/dev/null
	sleep 1 # binding to the queue again at once fails
	echo $(((to - from) * 1000000000 / (end_ns - start_ns)))
}

# Others may take hugepages away between two runs: both programs do without unless there are plenty.
MEMORY=(--no-huge --no-shconf) HOW="ordinary memory"
[ "$(awk '/^HugePages_Free/ {print $2}' /proc/meminfo)" -ge 1000 ] && MEMORY=(--in-memory) HOW="hugepages"
EAL=(--lcores "0,1" "${MEMORY[@]}" -m 256 --no-pci --no-telemetry --log-level=4 "--file-prefix=$PREFIX"
	"--vdev=net_af_xdp0,iface=$NEAR,start_queue=0,queue_count=1")
testpmd() {
	rate dpdk-testpmd "${EAL[@]}" -- --forward-mode=txonly --txpkts=64 --burst=32 --nb-cores=1 --txd=2048 --rxd=2048 \
		--total-num-mbufs=16384 --no-mlockall --stats-period=100
}
ours() {
	# On the lcore that testpmd sends from.
	rate "$PROGRAM" "${EAL[@]/256/$(($1 > 262144 ? 1300 : 400))}" --main-lcore 1 -- --mode wire --sockets "$1" --packets 1000000000
}

# sent RATE WHO: or say what it said, and end.
sent() {
	[ "$1" -gt 0 ] && return
	cat "$log" >&2
	fail "$2 sent nothing"
}

theirs=() all=() one=()
for ((i = 0; i < REPS; i++)); do
	theirs+=("$(testpmd)")
	sent "${theirs[-1]}" testpmd
	all+=("$(ours "$SOCKETS")")
	sent "${all[-1]}" "$PROGRAM"
	one+=("$(ours 1)")
	sent "${one[-1]}" "$PROGRAM"
done

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
least() { printf '%s\n' "$@" | sort -n | head -1; }
most() { printf '%s\n' "$@" | sort -n | tail -1; }
FLOOR=$(median "${theirs[@]}")
# row WHAT SCHED SOCKETS RATES...
row() {
	local what=$1 sched=$2 sockets=$3
	shift 3
	printf '  {"mode": "af_xdp", "what": "%s", "sched": %s, "sockets": %u, "unit": "frames/s", ' "$what" "$sched" "$sockets"
	printf '"median": %u, "min": %u, "max": %u, "of_testpmd": %s}' "$(median "$@")" "$(least "$@")" "$(most "$@")" \
		"$(awk "BEGIN {printf \"%.3f\", $(median "$@") / $FLOOR}")"
}
printf '{"program": "af_xdp.sh", "how": "net_af_xdp on veth, copy mode, 64 bytes, bursts of 32, one core, %s; in turn, %u times %u s", "results": [\n' \
	"$HOW" "$REPS" "$WINDOW"
row "dpdk-testpmd txonly" null 1 "${theirs[@]}"
printf ',\n'
row "socket to net_af_xdp" '"dwcs"' "$SOCKETS" "${all[@]}"
printf ',\n'
row "socket to net_af_xdp" '"dwcs"' 1 "${one[@]}"
printf '\n]}\n'
