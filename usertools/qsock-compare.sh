#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsock-compare.sh - every way of sending side by side: the delay of a stream beside floods, and the paper's figures.
#
#     sudo usertools/qsock-compare.sh [--quick] [--delay] [--figures 4,5,6,7] [--only NAME] [--no-huge] [--out DIR] [--build DIR]
#
# Plain kernel sockets, HTB alone, and the drivers kernel, af_xdp and ethdev, in one run of less than 20 minutes: tables, and
# compare.json and compare.html in DIR (qsock-compare/). --quick: short runs. --delay, --figures: these parts only. --only: runs whose
# name, WAY-FLOOD or WAY-RUN, contains NAME. Exit status: 0 all is shown that has to be, 3 something falls short, 1 a run failed.
# See doc/guides/compare.rst.
# shellcheck disable=SC2015,SC2317 # as meant; called by traps
set -u
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=usertools/lib/packages.sh
. "$TOP/usertools/lib/packages.sh"
# shellcheck source=usertools/lib/build.sh
. "$TOP/usertools/lib/build.sh"
# shellcheck source=usertools/lib/hugepages.sh
. "$TOP/usertools/lib/hugepages.sh"
# shellcheck source=usertools/lib/tool.sh
. "$TOP/usertools/lib/tool.sh"
# shellcheck source=usertools/demo/bed.sh
. "$TOP/usertools/demo/bed.sh"
# shellcheck source=usertools/compare/bed.sh
. "$TOP/usertools/compare/bed.sh"

OUT=qsock-compare BUILD=$TOP/build QUICK='' HUGE=1 ONLY='' DELAY='' FIGURES=''
while [ $# -gt 0 ]; do
	case $1 in
	--quick) QUICK=--quick ;;
	--delay) DELAY=--delay ;;
	--no-huge) HUGE='' ;;
	--out | --build | --only | --figures)
		[ $# -ge 2 ] || { echo "qsock-compare.sh: $1 needs a value" >&2; exit 2; }
		case $1 in --out) OUT=$2 ;; --build) BUILD=$2 ;; --only) ONLY=$2 ;; --figures) FIGURES=$2 ;; esac
		shift
		;;
	-h | --help) sed -n '3,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*)
		echo "qsock-compare.sh: unknown option '$1'; allowed: --quick --delay --figures LIST --only NAME --no-huge --out DIR --build DIR" >&2
		exit 2
		;;
	esac
	shift
done
if [ -n "$FIGURES" ] && ! [[ $FIGURES =~ ^[4-7](,[4-7])*$ ]]; then
	echo "qsock-compare.sh: figures '$FIGURES': a list of 4, 5, 6, 7" >&2
	exit 2
fi
[ -n "$DELAY$FIGURES" ] || DELAY=--delay FIGURES=4,5,6,7
[ "$(id -u)" -eq 0 ] || { echo "qsock-compare.sh: needs root: namespaces, hugepages, packages" >&2; exit 1; }

tool_traps compare_down bed_down

# shellcheck disable=SC2086  # a list of words
need_packages $QS_BUILD_PACKAGES python3 iproute2 ethtool iputils-ping iperf3 procps util-linux || exit 1
build_project qsock-compare.sh "$TOP" "$BUILD" || exit 1

EAL="--no-pci --no-telemetry --file-prefix=qsock-compare$$ --log-level=*:error"
tool_memory "$HUGE"
mkdir -p "$OUT" || exit 1
# Behind the router 25 ms of the link: what a small one has.
compare_up 20mbit 64000 && bed_up || { echo "qsock-compare.sh: the namespaces could not be set up" >&2; exit 1; }
# shellcheck disable=SC2086  # nothing, or one word
tool_run python3 "$TOP/usertools/compare/run.py" --out "$OUT" --build "$BUILD" --delay-namespaces "$CMP_A,$CMP_B" \
	--figure-namespaces "$BED_A,$BED_B" --eal "$EAL" --memory "$MEMORY" --figures "$FIGURES" --only "$ONLY" $DELAY $QUICK
STATUS=$?
echo "$MEMORY; report: $OUT/compare.html, compare.json"
exit $STATUS
