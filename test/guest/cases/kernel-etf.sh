#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Driver kernel with etf over the kernel's ETF: the test that is skipped where the kernel has none.
# machine: -c 2
set -u
. "$(dirname "$0")/../guest-lib.sh"

modprobe -a tun veth sch_htb sch_tbf sch_etf
"$QSOCK_BUILD/test/api/qsocket/test_qsocket_kernel_etf" >"$QS_TMP/etf" 2>&1
check "driver kernel with ETF" [ $? = 0 ]
check "what is late below is dropped, and what may not be is kept" grep -q '^\[  PASSED  \] 9 test' "$QS_TMP/etf"
[ $QS_FAILED = 0 ] || cat "$QS_TMP/etf"
finish
