#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The comparison of ways to send, short: runs end, the stream arrives whole, the figures are there and make sense. What
# they are is not judged.
# shellcheck disable=SC2317 # functions are called by name
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(nproc)" -ge 2 ] || skip "one core: the TX core needs one of its own"

# compared WAY-FLOOD: run it, and look at what it left.
compared() {
	timeout 90 "$QS_TOP/usertools/qsock-compare.sh" --quick --no-huge --build "$QSOCK_BUILD" --out "$QS_TMP/out" --only "$1" \
		>"$QS_TMP/$1.log" 2>&1 || { cat "$QS_TMP/$1.log"; return 1; }
	python3 - "$QS_TMP/out/delay.json" "$1" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1]))
assert [f'{r["way"]}-{r["flood"]}' for r in rows] == [sys.argv[2]], rows
r = rows[0]
assert r['made'] >= 300 and 0 <= r['lost'] < r['made'], r
assert 0 < r['p50_ms'] <= r['p99_ms'] <= r['max_ms'], r
assert (r['flood_mbps'] is None) == (r['flood'] == 'none'), r
if r['flood'] != 'none':
    assert 1 < r['flood_mbps'] < 20, r      # something got through, and no more than the link takes
PY
}

check "plain sockets, HTB alone, beside UDP" compared htb-udp
check "driver kernel, beside UDP" compared kernel-udp
check "driver af_xdp, alone" compared af_xdp-none
none_left() { ! ip netns list | grep -q '^qc[ABR]'; }
check "nothing is left" none_left
refused() { "$QS_TOP/usertools/qsock-compare.sh" --what 2>"$QS_TMP/err"; [ $? = 2 ] && grep -q "unknown option '--what'" "$QS_TMP/err"; }
check "an unknown option is an error" refused
finish
