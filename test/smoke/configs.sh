#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The configurations that stand beside the examples: each loads, and null.ini runs as its first lines say.
set -u
. "$(dirname "$0")/lib.sh"

SIM=$QSOCK_BUILD/app/dpdk-qsock-sim/dpdk-qsock-sim
CONFIG=$QS_TOP/examples/config
[ -x "$SIM" ] || skip "no $SIM"

# plans FILE: the simulator reads it, as the daemon does, and runs its sources.
plans() { timeout 20 "$SIM" --scenario "$1" --until 1s >"$QS_TMP/plan" 2>&1 || { cat "$QS_TMP/plan"; false; }; }
for file in "$CONFIG"/*.ini; do check "$(basename "$file") loads" plans "$file"; done

# violations STREAM: its column of the last plan.
violations() { awk -v name="$1" '$1 == name {print $10; exit}' "$QS_TMP/plan"; }
plans "$CONFIG/plan.ini"
check "plan.ini fits" [ "$(violations camera)$(violations control)" = 00 ]
sed 's/10mbit/1mbit/' "$CONFIG/plan.ini" >"$QS_TMP/slow.ini"
plans "$QS_TMP/slow.ini"
check "and a tenth of its rate does not do" [ "$(violations camera)" -gt 0 ]

[ $QS_FAILED = 0 ] || finish
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"
cd "$QS_TOP" || exit 1
{ sleep 2; echo "show stats all"; echo "show latency all"; echo quit; } |
	timeout 60 "$DAEMON" -l 0,1 --no-huge --no-pci --no-shconf -m 256 --file-prefix="qs$QS_ID" --vdev net_null0 \
		-- --config examples/config/null.ini -i >"$QS_TMP/out" 2>"$QS_TMP/err"
check "null.ini runs" [ $? = 0 ] || cat "$QS_TMP/err"
check "with two streams" grep -q '^dpdk-qsock .*ports 1, streams 2, rules 0$' "$QS_TMP/out"
for stream in camera bulk; do check "$stream sends" [ "$(cell "$QS_TMP/out" left $stream sent)" -gt 10 ]; done
check "the balance at the end" bash -c "awk '/balance\$/ {on = 1; next} NF == 0 {on = 0} on' '$QS_TMP/out' | grep -v ' ok\$' | { ! grep .; }"
finish
