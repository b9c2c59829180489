#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The comparison of ways to send, short: runs end, the stream arrives whole, the figures are there and make sense. What
# they are is not judged.
# shellcheck disable=SC2317 # functions are called by name
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(nproc)" -ge 2 ] || skip "one core: the TX core needs one of its own"

# compare NAME OPTION...: run it; what the figures are does not matter (3), a run that fails does (1).
compare() {
	local name=$1
	shift
	timeout 90 "$QS_TOP/usertools/qsock-compare.sh" --quick --no-huge --build "$QSOCK_BUILD" --out "$QS_TMP/out" --only "$name" "$@" \
		>"$QS_TMP/$name.log" 2>&1
	case $? in 0 | 3) ;; *) cat "$QS_TMP/$name.log"; return 1 ;; esac
	grep -q '<h1>dpdk-qsock: every way of sending, side by side</h1>' "$QS_TMP/out/compare.html"
}

# compared WAY-FLOOD: its delay, and what is left of it.
compared() {
	compare "$1" --delay || return 1
	python3 - "$QS_TMP/out/compare.json" "$1" <<'PY'
import json, sys
found = json.load(open(sys.argv[1]))
rows = found['delay']
assert found['figures'] == [] and [f'{r["way"]}-{r["flood"]}' for r in rows] == [sys.argv[2]], found
r = rows[0]
assert r['made'] >= 300 and 0 <= r['lost'] < r['made'], r
assert 0 < r['p50_ms'] <= r['p99_ms'] <= r['max_ms'], r
assert (r['flood_mbps'] is None) == (r['flood'] == 'none'), r
if r['flood'] != 'none':
    assert 1 < r['flood_mbps'] < 20, r      # something got through, and no more than the link takes
PY
}

# figured: figures 4 and 5 by sockets in HTB classes; their runs end and are judged.
figured() {
	compare htb-video --figures 4,5 || return 1
	python3 - "$QS_TMP/out" <<'PY'
import csv, json, sys
found = json.load(open(sys.argv[1] + '/compare.json'))
assert found['delay'] == [] and [(f['figure'], f['way']) for f in found['figures']] == [(4, 'htb'), (5, 'htb')], found
rate, gaps = found['figures']
assert 0 <= rate['worst_window_percent'] <= rate['in_time_percent'] <= 100 and rate['transfer_mbps'] > 0, rate
assert 0 < gaps['least_ms'] <= gaps['median_ms'] <= gaps['longest_ms'], gaps
made = list(csv.DictReader(open(sys.argv[1] + '/figures/htb/video/made-managed.csv')))
assert len(made) == 126, len(made)      # 20 a second
PY
}

# stale: namespaces whose script is gone; somebody else's may run at the same time.
stale() {
	local ns
	for ns in $(ip netns list 2>/dev/null | grep -o '^q[cd][ABR][0-9]*'); do kill -0 "${ns:3}" 2>/dev/null || echo "$ns"; done
}

BEFORE=$(stale)
check "plain sockets, HTB alone, beside UDP" compared htb-udp
check "driver kernel, beside UDP" compared kernel-udp
check "driver af_xdp, alone" compared af_xdp-none
check "figures 4 and 5, HTB alone" figured
nothing_left() { [ "$(stale)" = "$BEFORE" ]; }
check "nothing is left" nothing_left
refused() { "$QS_TOP/usertools/qsock-compare.sh" --what 2>"$QS_TMP/err"; [ $? = 2 ] && grep -q "unknown option '--what'" "$QS_TMP/err"; }
check "an unknown option is an error" refused
mistyped() {
	! "$QS_TOP/usertools/qsock-compare.sh" --quick --no-huge --build "$QSOCK_BUILD" --out "$QS_TMP/out" --only nosuch >"$QS_TMP/err" 2>&1 &&
		grep -q "no run has that in its name" "$QS_TMP/err" && [ -d "$QS_TMP/out/figures/htb" ]
}
check "so is a run that there is not, and nothing is lost" mistyped
unknown_figure() { "$QS_TOP/usertools/qsock-compare.sh" --figures 3 2>"$QS_TMP/err"; [ $? = 2 ] && grep -q "figures '3'" "$QS_TMP/err"; }
check "a figure that the paper does not have is an error" unknown_figure
finish
