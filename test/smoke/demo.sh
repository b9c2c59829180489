#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# demo.sh - the demonstration runs, balances its packets, reports and leaves nothing behind. What it measures is
# not asserted: times are the machine's.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"

OUT=$QS_TMP/report
HUGE=--no-huge
[ "${QSOCK_HUGE:-0}" = 1 ] && HUGE=''

# left_behind: namespaces of the demonstration that were not there before.
left_behind() { [ "$(ip netns list | grep -c '^qd[ABK]')" -le "$BEFORE" ]; }

# balanced RUN: each packet that the run's socket took ended in one counter, and all that was sent arrived.
balanced() {
	python3 - "$OUT/runs/$1" <<'PY'
import json, sys
where = sys.argv[1]
with open(where + '/info.json') as f:
    info = json.load(f)['sockets'][0]
with open(where + '/packets.csv') as f:
    received = sum(not line.startswith(('#', 'port')) for line in f)
ends = ('sent', 'late_drop', 'frame_drop', 'closed', 'neigh_drop', 'tx_error', 'queued')
assert info['offered'] > 1000, info
assert info['offered'] == info['refused'] + info['queue_drop'] + info['accepted'], info
assert info['accepted'] == sum(info[end] for end in ends), info
# What was still queued when the account was taken had its linger time to leave.
assert info['sent'] <= received <= info['sent'] + info['queued'], (received, info)
PY
}

# refused: a run that there is not; what an earlier one left stays.
refused() {
	"$QS_TOP/usertools/qsock-demo.sh" --quick --no-huge --build "$QSOCK_BUILD" --out "$OUT" --only nosuch >"$QS_TMP/refused" 2>&1 && return 1
	grep -q "no run has that in its name; runs: video-dwcs " "$QS_TMP/refused" && [ -e "$OUT/runs/video-dwcs/info.json" ]
}

BEFORE=$(ip netns list | grep -c '^qd[ABK]')
# shellcheck disable=SC2086  # nothing, or one word
check "the demonstration runs" timeout -k 10 240 "$QS_TOP/usertools/qsock-demo.sh" --quick $HUGE --build "$QSOCK_BUILD" \
	--out "$OUT" --only video-dwcs
check "every packet ended in one counter" balanced video-dwcs
check "a report that needs no other file" grep -q '<h2 id="figure4">' "$OUT/report.html"
check "a report for programs" python3 -m json.tool "$OUT/report.json" /dev/null
check "a run that there is not is refused, and nothing lost" refused
check "nothing is left behind" left_behind
finish
