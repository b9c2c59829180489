#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# run.sh - install what is missing, build, run every test.
#
#     sudo test/run.sh [--quick] [--no-huge] [--guest] [PATTERN]
#
# PATTERN: only tests whose name contains it. --quick: leave out the clang and sanitizer builds.
# --guest: also NICs and a kernel of its own, in a guest under QEMU (downloads Debian's kernel, 70 MB).
# The last line is `N passed, N failed`; exit 1 if one failed. A skip is told with its reason.
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
cd "$TOP" || exit 1
# shellcheck source=usertools/lib/packages.sh
. usertools/lib/packages.sh
# shellcheck source=usertools/lib/hugepages.sh
. usertools/lib/hugepages.sh

QUICK='' HUGE=1 GUEST='' PATTERN=''
for arg in "$@"; do
	case $arg in
	--quick) QUICK=1 ;;
	--no-huge) HUGE='' ;;
	--guest) GUEST=1 ;;
	-h | --help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
	-*) echo "run.sh: unknown option '$arg'; allowed: --quick --no-huge --guest [PATTERN]" >&2; exit 2 ;;
	*) PATTERN=$arg ;;
	esac
done

BUILD=$TOP/build
SIM=app/dpdk-qsock-sim/dpdk-qsock-sim
LOGS=$(mktemp -d /tmp/qsock-test-XXXXXX)
PASSED=0 FAILED=0 SKIPPED=() LANE='' ASIDE=''

finish() {
	[ -z "$LANE" ] || { pkill -TERM -P "$LANE"; kill "$LANE"; } 2>/dev/null # interrupted
	hugepages_down
	echo
	[ ${#SKIPPED[@]} -gt 0 ] && printf 'skipped: %s\n' "${SKIPPED[@]}"
	echo "${#SKIPPED[@]} skipped"
	[ "$FAILED" -gt 0 ] && echo "logs: $LOGS" || rm -rf "$LOGS"
	echo "$PASSED passed, $FAILED failed"
	[ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
	exit
}
trap 'FAILED=$((FAILED + 1)); finish' INT TERM

# result NAME STATUS SECONDS LOG: count one test and say how it ended; later, if it is one of those aside.
result() {
	local name=$1 status=$2 seconds=$3 log=$4 why
	[ -z "$ASIDE" ] || { printf '%s\t%s\t%s\t%s\n' "$@" >>"$ASIDE"; return; }
	case $status in
	0)
		PASSED=$((PASSED + 1))
		printf 'ok    %-40s %5ss\n' "$name" "$seconds"
		while read -r why; do SKIPPED+=("$name: ${why#SKIP: }"); done < <(grep -a '^SKIP: ' "$log" 2>/dev/null)
		;;
	77)
		why=$(grep -a -m1 '^SKIP: ' "$log")
		SKIPPED+=("$name: ${why#SKIP: }")
		printf 'SKIP  %-40s %s\n' "$name" "${why#SKIP: }"
		;;
	*)
		FAILED=$((FAILED + 1))
		printf 'FAIL  %-40s %5ss (status %s)\n' "$name" "$seconds" "$status"
		tail -n 30 "$log" | sed 's/^/      | /'
		;;
	esac
}

# one NAME LIMIT_SECONDS COMMAND...: run a command as one test.
one() {
	local name=$1 limit=$2 start=$SECONDS log=$LOGS/${1//\//_}.log
	shift 2
	[[ $name == *"$PATTERN"* ]] || return 0
	timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null
	result "$name" $? $((SECONDS - start)) "$log"
}

# aside FUNCTION: tests whose result does not depend on time, beside others, which have precedence; joined: they are counted.
aside() {
	: >"$LOGS/aside"
	(ASIDE=$LOGS/aside && renice -n 10 $BASHPID >/dev/null 2>&1 && "$@") &
	LANE=$!
}
joined() {
	local record
	wait "$LANE"
	LANE=''
	while IFS=$'\t' read -ra record; do result "${record[@]}"; done <"$LOGS/aside"
}

# meson_tests NAME BUILD_DIR: run what meson knows, one by one, and count each.
meson_tests() {
	local label=$1 dir=$2 name status seconds log=$LOGS/$1.meson.log
	meson test -C "$dir" --no-rebuild --num-processes 1 "${@:3}" >"$log" 2>&1 </dev/null
	while IFS=$'\t' read -r name status seconds; do
		[[ $label/$name == *"$PATTERN"* ]] || continue
		python3 test/tools/meson_log.py --output "$name" "$dir/meson-logs/testlog.json" >"$LOGS/one.log"
		result "$label/$name" "$status" "$seconds" "$LOGS/one.log"
	done < <(python3 test/tools/meson_log.py "$dir/meson-logs/testlog.json")
}

# build NAME DIR ARG...: configure and compile, as one test.
build() {
	local name=$1 dir=$2
	shift 2
	if [ -f "$dir/build.ninja" ]; then
		one "$name" 600 sh -c 'meson configure "$0" "$@" && ninja -C "$0"' "$dir" "$@"
	else
		one "$name" 600 sh -c 'meson setup "$0" "$@" && ninja -C "$0"' "$dir" "$@"
	fi
}

# shellcheck disable=SC2086  # lists of words
need_packages $QS_BUILD_PACKAGES ccache clang g++ python3-minimal iproute2 ethtool iputils-ping iperf3 tshark tcpdump \
	procps shellcheck || { FAILED=1; finish; }

# A fresh clone compiles again only what another has not, wherever that lay.
export CCACHE_NOHASHDIR=1

if [ -n "$HUGE" ] && hugepages_up 256; then
	echo "hugepages: 256 of 2 MiB for the tests that take them; the others run with --no-huge"
	export QSOCK_HUGE=1
else
	echo "hugepages: none; every test runs with --no-huge"
	export QSOCK_HUGE=0
fi
export QSOCK_BUILD=$BUILD
# A TX core that others push aside for a second answers nobody. Tests judge no times, but need answers.
renice -n -10 $$ >/dev/null 2>&1

# Where EAL has its files: this run's own, so that what is left there is its own.
export RUNTIME_DIRECTORY=$LOGS/run
mkdir "$RUNTIME_DIRECTORY"
test/tools/left.py >"$LOGS/before"

keep=$PATTERN PATTERN=''
build build/gcc "$BUILD" -Dwerror=true
PATTERN=$keep
[ "$FAILED" -eq 0 ] || finish
meson_tests gcc "$BUILD"

# Compilers and what else needs a CPU and nothing more have the time in which the others wait, which may be little: limits are wide.
computed() {
	local check
	for check in test/check/*.sh; do one "check/$(basename "$check" .sh)" 600 "$check"; done
	if [ -z "$QUICK" ]; then
		CC='ccache clang' build build/clang "$TOP/build-clang" -Dwerror=true -Dfuzz=true
		one fuzz/sched 120 "$TOP/build-clang/test/fuzz/fuzz_sched" -error_exitcode=1 -max_total_time=20 -max_len=3000 -verbosity=0 &
		build build/asan "$TOP/build-asan" -Dwerror=true -Db_sanitize=address,undefined -Dbuildtype=debugoptimized
		wait
	fi
	one oracle/self 600 python3 -m unittest discover -s test/oracle -p 'test_*.py'
	one oracle/compare 600 python3 test/oracle/compare.py --sim "$BUILD/$SIM" --count 5000
	one oracle/theorem 600 python3 test/oracle/theorem.py --sim "$BUILD/$SIM"
	one demo/analysis 600 python3 -m unittest discover -s usertools/demo/tests
	one compare/analysis 600 python3 -m unittest discover -s usertools/compare/tests
	[ -n "$QUICK" ] || one asan/compare 600 env "${ASAN[@]}" python3 test/oracle/compare.py --sim "$TOP/build-asan/$SIM" \
		--count 300 --seed 50000
}
ASAN=(ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1)
aside computed

for script in test/smoke/*.sh; do
	case $script in */lib.sh | */*-lib.sh) continue ;; esac
	one "smoke/$(basename "$script" .sh)" 300 "$script"
done

if [ -n "$GUEST" ]; then
	one guest/image 240 test/guest/boot.sh
	one guest/nic 280 test/guest/boot.sh nic kept af_xdp
	one guest/numa 360 test/guest/boot.sh machine numa etf kernel-etf
fi
joined

if [ -z "$QUICK" ]; then
	export "${ASAN[@]}"
	meson_tests asan "$TOP/build-asan" --timeout-multiplier 5 --no-suite perf # that measures
	# libxdp leaks when a queue is busy, which is not ours: the programs are looked at for errors, not for leaks.
	# Left out is what measures time. A program that runs in the background reports to a file.
	report=$LOGS/asan-report
	for name in sim configs dpdk-qsock dpdk-qsock-pty dpdk-qsock-queues dpdk-qsock-streams dpdk-qsock-twin dpdk-qsock-af_xdp qsocket qsocket-af_xdp qsocket-life \
		qsocket-multicast qsocket-tcp twin twin-classify twin-frames twin-link twin-move twin-neigh; do
		one "asan/$name" 300 env ASAN_OPTIONS="detect_leaks=0:log_path=$report" QSOCK_BUILD="$TOP/build-asan" \
			"test/smoke/$name.sh"
	done
	one asan/reports 10 sh -c '! cat "$0".*' "$report"
fi
one run/leaves-nothing 40 test/tools/left.py --since "$LOGS/before" "$RUNTIME_DIRECTORY/dpdk"
finish
