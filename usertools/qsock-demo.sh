#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# qsock-demo.sh - the paper's evaluation on real packets; leaves a report.
#
#     sudo usertools/qsock-demo.sh [--quick] [--no-huge] [--out DIR] [--build DIR] [--only RUN] [--driver DRIVER]
#
# Installs what is missing, builds, runs everything in network namespaces of its own, and cleans up.
# --quick: short runs, under 90 s after the build. --no-huge: without hugepages. --out: where the
# report goes (qsock-report/). --only: runs whose name contains RUN. --driver: ethdev (the default), af_xdp or kernel.
# See doc/guides/demonstration.rst.
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

OUT=qsock-report BUILD=$TOP/build QUICK='' HUGE=1 ONLY='' DRIVER=ethdev
while [ $# -gt 0 ]; do
	case $1 in
	--quick) QUICK=--quick ;;
	--no-huge) HUGE='' ;;
	--out | --build | --only | --driver)
		[ $# -ge 2 ] || { echo "qsock-demo.sh: $1 needs a value" >&2; exit 2; }
		case $1 in --out) OUT=$2 ;; --build) BUILD=$2 ;; --only) ONLY=$2 ;; --driver) DRIVER=$2 ;; esac
		shift
		;;
	-h | --help) sed -n '3,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*)
		echo "qsock-demo.sh: unknown option '$1'; allowed: --quick --no-huge --out DIR --build DIR --only RUN --driver DRIVER" >&2
		exit 2
		;;
	esac
	shift
done
[ "$(id -u)" -eq 0 ] || { echo "qsock-demo.sh: needs root: namespaces, hugepages, packages" >&2; exit 1; }

tool_traps bed_down

# dumpcap and tshark judge the RTP streams; rsvg-convert, with a font, makes the PNG files.
# shellcheck disable=SC2086  # a list of words
need_packages $QS_BUILD_PACKAGES python3 iproute2 ethtool iputils-ping iperf3 procps util-linux tshark \
	librsvg2-bin fonts-dejavu-core || exit 1

DRIVERS=$(python3 "$TOP/usertools/demo/ways.py" --ports)
grep -qxF -e "$DRIVER" <<<"$DRIVERS" || { echo "qsock-demo.sh: driver '$DRIVER': one of" $DRIVERS >&2; exit 2; }
build_project qsock-demo.sh "$TOP" "$BUILD" || exit 1

EAL="--no-pci --no-telemetry --file-prefix=qsock-demo$$"
tool_memory "$HUGE"
echo "$MEMORY"

mkdir -p "$OUT" || exit 1
bed_up || { echo "qsock-demo.sh: the namespaces could not be set up" >&2; exit 1; }
START=$SECONDS
tool_run python3 "$TOP/usertools/demo/run.py" --out "$OUT" --build "$BUILD" --namespaces "$BED_A,$BED_B" \
	--eal "$EAL" --memory "$MEMORY" --only "$ONLY" --driver "$DRIVER" $QUICK
STATUS=$?
echo "report: $OUT/report.html, report.json; $((SECONDS - START)) s"
exit $STATUS
