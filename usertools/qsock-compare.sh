#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsock-compare.sh - the same stream by every way of sending it, beside floods, over one exact bottleneck.
#
#     sudo usertools/qsock-compare.sh [--quick] [--no-huge] [--out DIR] [--build DIR] [--only WAY-FLOOD]
#
# Plain kernel sockets, HTB alone, and the drivers kernel, af_xdp and ethdev: the stream's delay in each, as a
# table and as DIR/delay.json (qsock-compare/). --quick: 4 s a run instead of 20. See doc/guides/compare.rst.
# shellcheck disable=SC2015,SC2317 # as meant; called by traps
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=usertools/lib/packages.sh
. "$TOP/usertools/lib/packages.sh"
# shellcheck source=usertools/lib/build.sh
. "$TOP/usertools/lib/build.sh"
# shellcheck source=usertools/lib/hugepages.sh
. "$TOP/usertools/lib/hugepages.sh"
# shellcheck source=usertools/demo/bed.sh
. "$TOP/usertools/demo/bed.sh"
# shellcheck source=usertools/compare/bed.sh
. "$TOP/usertools/compare/bed.sh"

OUT=qsock-compare BUILD=$TOP/build RUN_SECONDS=20 HUGE=1 ONLY=''
while [ $# -gt 0 ]; do
	case $1 in
	--quick) RUN_SECONDS=4 ;;
	--no-huge) HUGE='' ;;
	--out | --build | --only)
		[ $# -ge 2 ] || { echo "qsock-compare.sh: $1 needs a value" >&2; exit 2; }
		case $1 in --out) OUT=$2 ;; --build) BUILD=$2 ;; --only) ONLY=$2 ;; esac
		shift
		;;
	-h | --help) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*)
		echo "qsock-compare.sh: unknown option '$1'; allowed: --quick --no-huge --out DIR --build DIR --only WAY-FLOOD" >&2
		exit 2
		;;
	esac
	shift
done
[ "$(id -u)" -eq 0 ] || { echo "qsock-compare.sh: needs root: namespaces, hugepages, packages" >&2; exit 1; }

RUNNER=''
clean_up() {
	trap '' INT TERM
	[ -n "$RUNNER" ] && kill "$RUNNER" 2>/dev/null && wait "$RUNNER"
	compare_down
	hugepages_down
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2086  # a list of words
need_packages $QS_BUILD_PACKAGES python3 iproute2 ethtool iputils-ping iperf3 procps util-linux || exit 1
build_project qsock-compare.sh "$TOP" "$BUILD" || exit 1

EAL="--no-pci --no-telemetry --file-prefix=qsock-compare$$ --log-level=*:error"
if [ -n "$HUGE" ] && hugepages_up 192; then
	EAL="$EAL --in-memory -m 320"
else
	EAL="$EAL --no-huge --no-shconf -m 320"
fi
mkdir -p "$OUT" || exit 1
# 25 ms of the link: what a small router has.
compare_up 20mbit 64000 || { echo "qsock-compare.sh: the namespaces could not be set up" >&2; exit 1; }
python3 "$TOP/usertools/compare/run.py" --out "$OUT" --build "$BUILD" --namespaces "$CMP_A,$CMP_B" --eal "$EAL" \
	--seconds "$RUN_SECONDS" --only "$ONLY" </dev/null &
RUNNER=$!
wait "$RUNNER"
STATUS=$?
RUNNER=''
echo "figures: $OUT/delay.json"
exit $STATUS
