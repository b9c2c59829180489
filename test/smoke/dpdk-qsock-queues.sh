#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A port of two queues, each with a TX core of its own: streams on both, one rate, shares that are told, and
# everything adds up.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

cat >"$QS_TMP/two.ini" <<'INI'
[port 0]
device = net_null0
rate = 100mbit
twin = no
tx-queues = 2

[stream camera]
ipg = 10ms
oln = 9
old = 10
source = cbr
packet = 1400
dst = 10.9.0.2:5004
dst-mac = 02:00:00:00:00:02
src = 10.9.0.1:5004

[stream bulk]
class = best-effort
source = greedy
packet = 1500
dst = 10.9.0.2:5006
dst-mac = 02:00:00:00:00:02
src = 10.9.0.1:5006
INI
cat >"$QS_TMP/cmds" <<'COMMANDS'
wait 1500ms
show port 0
show port 0 stats
set port 0 rate 50mbit
wait 200ms
add stream late class best-effort queue 64
show config
del stream late
clear stats port 0
wait 300ms
show port 0 stats
quit
COMMANDS
# Three lcores on two CPUs: the two TX cores take turns where there are no more.
# shellcheck disable=SC2086
timeout 60 "$DAEMON" --lcores '0,1@(0,1),2@(0,1)' $QSOCK_EAL --log-level=*:error --vdev=net_null0 -- \
	--config "$QS_TMP/two.ini" --cmdline-file "$QS_TMP/cmds" >"$QS_TMP/out" 2>"$QS_TMP/err" </dev/null
check "it runs and ends" [ $? = 0 ]
check "each queue has an lcore and a stream" [ "$(grep -cE '^ *[01]  +[12] .*bit/s .* 1$' "$QS_TMP/out")" -ge 2 ]
check "the shares' sum is told" grep -qE '^ *all .*bit/s' "$QS_TMP/out"
check "a stream on each queue sends" eval \
	'[ "$(cell "$QS_TMP/out" left camera sent)" -gt 0 ] && [ "$(cell "$QS_TMP/out" left bulk sent)" -gt 0 ]'
check "everything adds up" eval \
	'grep -q "whole port.* ok$" "$QS_TMP/out" && ! grep -q "off by" "$QS_TMP/out"'
check "the rate is that of all queues" grep -q '######## port 0: .* 50.000 Mbit/s' "$QS_TMP/out"
check "the configuration says how many" [ "$(sections "$QS_TMP/out" | grep -c '^tx-queues = 2$')" = 1 ]
[ "$QS_FAILED" = 0 ] || sed 's/^/      | /' "$QS_TMP/out" "$QS_TMP/err"
finish
