#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Instructions of a decision and of an arrival, counted: unlike a time they are the same on a busy machine.
#
#     instructions.sh SCHED_DECIDE OPTIMIZATION SANITIZE
#
# A limit is 1.1 times what was counted when it was set (gcc 12 or clang 14, the greater, at -O3): whoever needs more says why here.
set -u
PROGRAM=$1 OPTIMIZATION=$2 SANITIZE=$3
STREAMS=1024 LOAD=105 PACKETS=24000

skip() { echo "SKIP: $*"; exit 77; }
case $OPTIMIZATION in 3) ;; *) skip "built with -O$OPTIMIZATION, limits are those of -O3" ;; esac
[ "$SANITIZE" = none ] || skip "built with sanitizers"
command -v valgrind >/dev/null || skip "valgrind is not installed"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# instructions FUNCTION DISCIPLINE: a packet's, of all of FUNCTION.
instructions() {
	local packets total
	packets=$(valgrind --tool=callgrind --callgrind-out-file="$dir/out" --toggle-collect="$1" "$PROGRAM" --once $PACKETS "$2" \
		$LOAD $STREAMS 2>"$dir/log") || { grep -m1 -o 'Unrecognised instruction\|unhandled instruction' "$dir/log"; return 1; }
	total=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$dir/log")
	[ -n "$total" ] && [ "$total" -gt 0 ] && echo $((total / packets))
}

"$PROGRAM" --once 1000 dwcs $LOAD 16 >/dev/null || { echo "the load cannot be run"; exit 1; }
failed=0
while read -r discipline function limit; do
	count=$(instructions "$function" "$discipline")
	case $count in
	*instruction) skip "valgrind does not know this CPU's instructions" ;;
	'') echo "$discipline $function: nothing was counted"; cat "$dir/log"; failed=1; continue ;;
	esac
	echo "$discipline $function: $count instructions a packet, limit $limit"
	[ "$count" -le "$limit" ] || failed=1
done <<'LIMITS'
dwcs load_decide 695
dwcs load_arrive 146
dwcs:deadline load_decide 840
dwcs:deadline load_arrive 144
vds load_decide 665
vds load_arrive 146
edf load_decide 620
edf load_arrive 304
fifo load_decide 94
fifo load_arrive 148
LIMITS
exit $failed
