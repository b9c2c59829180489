#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# af_xdp.sh - scheduled sockets over the driver af_xdp, and over net_af_xdp, on a veth pair, beside dpdk-testpmd's
# txonly over net_af_xdp on the same pair.
#
#     sudo test/perf/af_xdp.sh [DPDK_QSOCK_PERF [SOCKETS [REPETITIONS [SECONDS]]]]
#
# All send 64 bytes in bursts of 32 from one core, in turn; the rate is that at which the other end of the pair
# receives, in CPU time of the sender. JSON as of dpdk-qsock-perf: medians, and the ratio of the rates. For people: no test runs it.
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

# The CPU time that a process has had, in ms.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 1000 / hz }' "/proc/$1/stat"; }

# rate COMMAND...: frames that arrive while it runs, from 3 s after its start, in a second of its CPU time: a core
# that others use too makes all alike slower, but not by the same.
rate() {
	local pid from to from_ms to_ms
	ip netns exec "$NS" "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	sleep 3
	from=$(received) from_ms=$(cpu_ms $pid)
	sleep "$WINDOW"
	to=$(received) to_ms=$(cpu_ms $pid)
	kill -INT "$pid" 2>/dev/null
	( sleep 5; kill -KILL "$pid" 2>/dev/null ) &
	wait "$pid" 2>/dev/null
	kill $! 2>/dev/null
	sleep 1 # binding to the queue again at once fails
	awk "BEGIN { ms = ${to_ms:-0} - ${from_ms:-0}; printf \"%u\", (ms > 0 ? ($to - $from) * 1000 / ms : 0) }"
}

# Others may take hugepages away between two runs: both programs do without unless there are plenty.
MEMORY=(--no-huge --no-shconf) HOW="ordinary memory"
[ "$(awk '/^HugePages_Free/ {print $2}' /proc/meminfo)" -ge 1000 ] && MEMORY=(--in-memory) HOW="hugepages"
EAL=(--lcores "0,1" "${MEMORY[@]}" -m 256 --no-pci --no-telemetry --log-level=4 "--file-prefix=$PREFIX")
PMD="--vdev=net_af_xdp0,iface=$NEAR,start_queue=0,queue_count=1"
testpmd() {
	rate dpdk-testpmd "${EAL[@]}" "$PMD" -- --forward-mode=txonly --txpkts=64 --burst=32 --nb-cores=1 --txd=2048 --rxd=2048 \
		--total-num-mbufs=16384 --no-mlockall --stats-period=100
}
# ours SOCKETS ARG...: on the lcore that testpmd sends from.
ours() {
	rate "$PROGRAM" "${EAL[@]/256/$(($1 > 262144 ? 1300 : 400))}" --main-lcore 1 "${@:2}" --mode wire --sockets "$1" \
		--packets 1000000000
}
over_pmd() { ours "$1" "$PMD" --; }
over_driver() { ours "$1" -- --interface "$NEAR"; }

# sent RATE WHO: or say what it said, and end.
sent() {
	[ "$1" -gt 0 ] && return
	cat "$log" >&2
	fail "$2 sent nothing"
}

theirs=() all=() one=() pmd_all=() pmd_one=()
for ((i = 0; i < REPS; i++)); do
	theirs+=("$(testpmd)")
	sent "${theirs[-1]}" testpmd
	all+=("$(over_driver "$SOCKETS")")
	sent "${all[-1]}" "$PROGRAM"
	one+=("$(over_driver 1)")
	sent "${one[-1]}" "$PROGRAM"
	pmd_all+=("$(over_pmd "$SOCKETS")")
	sent "${pmd_all[-1]}" "$PROGRAM"
	pmd_one+=("$(over_pmd 1)")
	sent "${pmd_one[-1]}" "$PROGRAM"
done

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
least() { printf '%s\n' "$@" | sort -n | head -1; }
most() { printf '%s\n' "$@" | sort -n | tail -1; }
FLOOR=$(median "${theirs[@]}")
# row WHAT SCHED SOCKETS RATES...
row() {
	local what=$1 sched=$2 sockets=$3
	shift 3
	printf '  {"mode": "af_xdp", "what": "%s", "sched": %s, "sockets": %u, "unit": "frames/CPU s", ' "$what" "$sched" "$sockets"
	printf '"median": %u, "min": %u, "max": %u, "of_testpmd": %s}' "$(median "$@")" "$(least "$@")" "$(most "$@")" \
		"$(awk "BEGIN {printf \"%.3f\", $(median "$@") / $FLOOR}")"
}
printf '{"program": "af_xdp.sh", "how": "veth, copy mode, 64 bytes, bursts of 32, one core, %s; in turn, %u times %u s", "results": [\n' \
	"$HOW" "$REPS" "$WINDOW"
row "dpdk-testpmd txonly, net_af_xdp" null 1 "${theirs[@]}"
printf ',\n'
row "socket to af_xdp" '"dwcs"' "$SOCKETS" "${all[@]}"
printf ',\n'
row "socket to af_xdp" '"dwcs"' 1 "${one[@]}"
printf ',\n'
row "socket to net_af_xdp" '"dwcs"' "$SOCKETS" "${pmd_all[@]}"
printf ',\n'
row "socket to net_af_xdp" '"dwcs"' 1 "${pmd_one[@]}"
printf '\n]}\n'
